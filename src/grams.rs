//! Short pieces of a text, by which it can be found: any text that contains a word has all pieces of the word.
//!
//! pg_trgm's pieces have three letters, which leaves out Chinese and Japanese words of two, and in a database of locale C
//! it leaves out every letter beyond ASCII. Pure.

/// Numbers of a text's pieces, sorted, each once: in every word pairs of ideographs, kana and hangul, and fours of everything else, the last of which
/// may be a three. Small letters. Nothing spans two words: what is looked for is one word.
pub fn grams(text: &str) -> Vec<i32> {
    let mut found = Vec::with_capacity(text.len());
    for letters in words(text) {
        found.extend(
            (0..letters.len()).filter_map(|from| match &letters[from..] {
                [first, second, ..] if dense(*first) && dense(*second) => {
                    Some(pair(*first, *second))
                }
                [first, second, third, rest @ ..] => Some(four([
                    *first,
                    *second,
                    *third,
                    rest.first().copied().unwrap_or(NO_LETTER),
                ])),
                _ => None,
            }),
        );
    }
    sorted(found)
}

/// Pieces that every text with these words has, all of them. None for a word of three letters or less.
pub fn wanted(text: &str) -> Vec<i32> {
    let mut found = Vec::new();
    for letters in words(text) {
        found.extend(
            (0..letters.len()).filter_map(|from| match &letters[from..] {
                [first, second, ..] if dense(*first) && dense(*second) => {
                    Some(pair(*first, *second))
                }
                [first, second, third, fourth, ..] => {
                    Some(four([*first, *second, *third, *fourth]))
                }
                _ => None,
            }),
        );
    }
    sorted(found)
}

/// Pieces of which every text with this word of three letters has one: whatever letter follows. None for any other word.
pub fn wanted_any(text: &str) -> Vec<i32> {
    let mut words = words(text);
    match (words.next().as_deref(), words.next()) {
        (Some(&[first, second, third]), None)
            if !(dense(first) && dense(second) || dense(second) && dense(third)) =>
        {
            let three = four([first, second, third, NO_LETTER]);
            sorted((0..=0xff).map(|last| three | last).collect())
        }
        _ => Vec::new(),
    }
}

/// Whether the words are in the text, capitals or not, the same in every locale.
pub fn contains(text: &str, words: &str) -> bool {
    folded(text).contains(&folded(words))
}

fn folded(text: &str) -> String {
    if text.is_ascii() {
        text.to_ascii_lowercase()
    } else {
        text.chars().map(small).collect()
    }
}

fn small(letter: char) -> char {
    letter.to_lowercase().next().unwrap_or(letter)
}

fn words(text: &str) -> impl Iterator<Item = Vec<char>> {
    text.split_whitespace()
        .map(|word| word.chars().map(small).collect())
}

fn sorted(mut numbers: Vec<i32>) -> Vec<i32> {
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}

/// Whether two such letters make a word.
pub fn dense(letter: char) -> bool {
    matches!(letter,
        '\u{2e80}'..='\u{9fff}' | '\u{a000}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// No text has it.
const NO_LETTER: char = '\0';

// Numbers are the same on every machine and in every version, as an index is kept. Two pieces may have one: what is found is looked at.

/// A byte for each letter, so that what begins with the same three is together.
fn four(letters: [char; 4]) -> i32 {
    i32::from_be_bytes(letters.map(byte))
}

fn byte(letter: char) -> u8 {
    let code = u32::from(letter);
    if letter.is_ascii() {
        code.to_le_bytes()[0]
    } else {
        code.wrapping_mul(0x9e37_79b1).to_be_bytes()[0] | 0x80
    }
}

/// FNV-1a.
fn pair(first: char, second: char) -> i32 {
    let bytes = [first, second].map(|letter| u32::from(letter).to_le_bytes());
    let hash = bytes
        .as_flattened()
        .iter()
        .fold(0x811c_9dc5_u32, |hash, byte| {
            (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193)
        });
    hash.cast_signed()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finds(words: &str, text: &str) -> bool {
        let text = grams(text);
        let known = |gram: &i32| text.binary_search(gram).is_ok();
        let any = wanted_any(words);
        wanted(words).iter().all(known) && (any.is_empty() || any.iter().any(known))
    }

    #[test]
    fn a_text_has_all_pieces_of_every_part_of_it() {
        let text = "Die Rückgabefrist ist 30 天,退货期限是多久? ありがとう \u{1f600}\u{1f600} \"q\" 한국어 a";
        let letters: Vec<char> = text.chars().collect();
        for from in 0..letters.len() {
            for to in from..=letters.len() {
                let part: String = letters[from..to].iter().collect();
                assert!(finds(&part, text), "{part}");
                assert!(finds(&part.to_uppercase(), &text.to_uppercase()), "{part}");
                assert!(contains(text, &part.to_uppercase()), "{part}");
            }
        }
    }

    #[test]
    fn words_of_two_ideographs_and_of_three_letters_are_told_apart() {
        for (words, text, found) in [
            ("退货", "退货期限", true),
            ("货退", "退货期限", false),
            ("とう", "ありがとう", true),
            ("한국", "한국어", true),
            ("ABC", "xabcx", true),
            ("acb", "xabcx", false),
            ("ÉTÉ", "un été", true),
            ("the", "in the end", true),
            ("end", "in the end", true),
            ("end", "in then d", false),
            ("ab", "anything", true),
            ("天是多", "30 天是多久", true),
            ("", "", true),
        ] {
            assert_eq!(finds(words, text), found, "{words} in {text}");
            assert!(found || !contains(text, words), "{words} in {text}");
        }
    }

    #[test]
    fn numbers_never_change() {
        assert_eq!(grams("Abcd"), [0x6162_6364, 0x6263_6400]);
        assert_eq!(grams("é退货"), [-2_135_644_160, 956_868_057]);
    }

    #[test]
    fn words_of_three_letters_are_looked_for_by_whatever_follows() {
        for (words, pieces) in [
            ("abc", 256),
            ("ÉTÉ", 256),
            ("ab", 0),
            ("abcd", 0),
            ("退货期", 0),
            ("a退b", 256),
            ("abc def", 0),
        ] {
            assert_eq!(wanted_any(words).len(), pieces, "{words}");
        }
    }
}
