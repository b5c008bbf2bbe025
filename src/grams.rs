//! Short pieces of a text, by which it can be found: any text that contains the words has all pieces of the words.
//!
//! pg_trgm's pieces have three letters, which leaves out Chinese and Japanese words of two, and in a database of locale C
//! it leaves out every letter beyond ASCII. Pure.

/// Numbers of the pieces, sorted, each once: pairs of ideographs, kana and hangul, threes and fours of everything else, small letters.
pub fn grams(text: &str) -> Vec<i32> {
    let mut pieces = Pieces::of(text);
    pieces.large.append(&mut pieces.small);
    sorted(pieces.large)
}

/// The pieces to look for: of what a text must have, those that few texts have.
pub fn wanted(words: &str) -> Vec<i32> {
    let pieces = Pieces::of(words);
    sorted(if pieces.large.is_empty() {
        pieces.small
    } else {
        pieces.large
    })
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

struct Pieces {
    /// Threes.
    small: Vec<i32>,
    /// Fours, and pairs of ideographs.
    large: Vec<i32>,
}

impl Pieces {
    fn of(text: &str) -> Pieces {
        let mut pieces = Pieces {
            small: Vec::with_capacity(text.len()),
            large: Vec::with_capacity(2 * text.len()),
        };
        let (mut first, mut before, mut last) = (None, None, None);
        for letter in text.chars().map(small) {
            match (first, before, last) {
                (_, _, Some(last)) if dense(last) && dense(letter) => {
                    pieces.large.push(number(&[last, letter]));
                }
                (first, Some(before), Some(last)) => {
                    pieces.small.push(number(&[before, last, letter]));
                    if let Some(first) = first {
                        pieces.large.push(number(&[first, before, last, letter]));
                    }
                }
                _ => {}
            }
            (first, before, last) = (before, last, Some(letter));
        }
        pieces
    }
}

fn sorted(mut numbers: Vec<i32>) -> Vec<i32> {
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}

/// Whether two such letters make a word.
fn dense(letter: char) -> bool {
    matches!(letter,
        '\u{2e80}'..='\u{9fff}' | '\u{a000}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// FNV-1a: the same on every machine and in every version, as an index is kept.
fn number(letters: &[char]) -> i32 {
    let hash = letters.iter().fold(0x811c_9dc5_u32, |hash, letter| {
        u32::from(*letter)
            .to_le_bytes()
            .iter()
            .fold(hash, |hash, byte| {
                (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193)
            })
    });
    hash.cast_signed()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finds(words: &str, text: &str) -> bool {
        let text = grams(text);
        wanted(words)
            .iter()
            .all(|gram| text.binary_search(gram).is_ok())
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
            ("ab", "anything", true),
            ("", "", true),
        ] {
            assert_eq!(finds(words, text), found, "{words} in {text}");
            assert!(found || !contains(text, words), "{words} in {text}");
        }
    }

    #[test]
    fn numbers_never_change() {
        assert_eq!(grams("abc"), [number(&['a', 'b', 'c'])]);
        assert_eq!(number(&['a', 'b', 'c']), -224_585_515);
    }
}
