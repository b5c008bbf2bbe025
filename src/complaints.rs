//! What a comment complains of. Pure.

use crate::grams::dense;
use std::collections::BTreeSet;

const FEWEST: usize = 3;
const MOST: usize = 40;
/// Words of many comments, whatever they are about.
const COMMON: [&str; 24] = [
    "the", "and", "for", "was", "were", "are", "you", "your", "this", "that", "with", "not", "but",
    "have", "has", "had", "from", "they", "its", "all", "can", "did", "very", "too",
];

/// Words of three letters and more, in small letters, and pairs of ideographs, each once.
pub fn words(comment: &str) -> BTreeSet<String> {
    let small: Vec<char> = comment.to_lowercase().chars().collect();
    let kind = |letter: &char| in_word(*letter).then(|| dense(*letter));
    let mut found = BTreeSet::new();
    for run in small.chunk_by(|one, next| kind(one) == kind(next)) {
        match run.first().and_then(kind) {
            Some(true) => found.extend(run.windows(2).map(String::from_iter)),
            Some(false) => found.extend(
                run.chunks(MOST)
                    .filter(|word| word.len() >= FEWEST)
                    .map(String::from_iter)
                    .filter(|word| !COMMON.contains(&word.as_str())),
            ),
            None => {}
        }
    }
    found
}

/// Letters, numbers, and the signs that scripts put on letters.
fn in_word(letter: char) -> bool {
    letter.is_alphanumeric()
        || matches!(letter, '\u{300}'..='\u{36f}' | '\u{900}'..='\u{963}' | '\u{966}'..='\u{109f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_is_its_words_and_pairs_of_ideographs() {
        for (comment, expected) in [
            ("", ""),
            (
                "The answer was WRONG, and wrong again!",
                "again answer wrong",
            ),
            ("it is ok", ""),
            ("don't", "don"),
            ("Größe 100%_x_12345", "100 12345 größe"),
            ("退货太慢。慢", "太慢 货太 退货"),
            ("很慢slow。答案abc错误", "abc slow 很慢 答案 错误"),
            ("느려요", "느려 려요"),
            ("ग़लत उत्तर।", "उत्तर ग़लत"),
        ] {
            let found: Vec<String> = words(comment).into_iter().collect();
            assert_eq!(found.join(" "), expected, "{comment}");
        }
        assert_eq!(words(&"x".repeat(83)).len(), 2);
    }
}
