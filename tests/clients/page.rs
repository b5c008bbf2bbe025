//! What `docs/clients.md` shows.

const PAGE: &str = include_str!("../../docs/clients.md");

/// The first program below a heading.
pub fn program(heading: &str, language: &str) -> &'static str {
    let below = PAGE
        .split_once(&format!("\n## {heading}\n"))
        .unwrap_or_else(|| panic!("no heading {heading}"))
        .1;
    let section = below.split("\n## ").next().unwrap_or(below);
    section
        .split_once(&format!("```{language}\n"))
        .and_then(|(_, program)| program.split_once("```"))
        .unwrap_or_else(|| panic!("no {language} below {heading}"))
        .0
}
