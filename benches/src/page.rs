//! docs/performance.md: between its markers a part's section is as that part last measured it, with the command and the machine; the rest is prose.

use std::fs;
use std::process::Command;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/performance.md");

pub struct Section<'a> {
    pub name: &'a str,
    pub scale: &'a str,
    pub text: String,
}

impl Section<'_> {
    pub fn whole(&self) -> String {
        let scale = match self.scale {
            "1" => String::new(),
            scale => format!(" SCALE={scale}"),
        };
        format!(
            "`make bench PART={}{scale}`: {}\n\n{}\n",
            self.name,
            machine(),
            self.text.trim()
        )
    }

    pub fn write(&self) {
        let page = fs::read_to_string(PAGE).expect(PAGE);
        let begin = format!("<!-- {}: measured -->\n", self.name);
        let end = format!("<!-- end of {} -->", self.name);
        let (before, rest) = page.split_once(&begin).expect(&begin);
        let (_, after) = rest.split_once(&end).expect(&end);
        let page = format!("{before}{begin}{}{end}{after}", self.whole());
        fs::write(PAGE, page).expect(PAGE);
    }
}

/// A Markdown table: a name, then numbers.
pub fn table(heads: &[&str], rows: &[Vec<String>]) -> String {
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let heads: Vec<String> = heads.iter().map(|head| (*head).to_owned()).collect();
    let numbers = "---:|".repeat(heads.len() - 1);
    let rows: String = rows.iter().map(|row| line(row)).collect();
    format!("{}|---|{numbers}\n{rows}", line(&heads))
}

fn machine() -> String {
    let told = |path| fs::read_to_string(path).unwrap_or_default();
    let processors = told("/proc/cpuinfo");
    let processors: Vec<&str> = processors
        .lines()
        .filter_map(|line| Some(line.strip_prefix("model name")?.split_once(": ")?.1))
        .collect();
    let memory: f64 = told("/proc/meminfo")
        .split_whitespace()
        .nth(1)
        .and_then(|kibibytes| kibibytes.parse().ok())
        .unwrap_or(0.0);
    let load = told("/proc/loadavg");
    format!(
        "{} × {}, {:.0} GiB, Linux {}, {}, dify_observe {}. Load average in the end: {}.",
        processors.len(),
        processors.first().unwrap_or(&std::env::consts::ARCH),
        memory / f64::from(1 << 20),
        told("/proc/sys/kernel/osrelease")
            .split('-')
            .next()
            .unwrap_or_default()
            .trim(),
        server(),
        env!("CARGO_PKG_VERSION"),
        load.split_whitespace().next().unwrap_or_default()
    )
}

fn server() -> String {
    let pg_config = std::env::var("PG_CONFIG").expect("PG_CONFIG");
    let told = Command::new(pg_config).arg("--version").output();
    let told = String::from_utf8_lossy(&told.expect("pg_config").stdout).into_owned();
    let mut words = told.split_whitespace();
    format!(
        "{} {}",
        words.next().unwrap_or_default(),
        words.next().unwrap_or_default()
    )
}
