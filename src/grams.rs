//! Short pieces of a text, by which it can be found: any text that contains the words has all pieces of the words.
//!
//! pg_trgm's pieces have three letters, which leaves out Chinese and Japanese words of two, and in a database of locale C
//! it leaves out every letter beyond ASCII. Pure.

/// Numbers of the pieces, sorted, each once: pairs of ideographs, kana and hangul, and threes of everything else, small letters.
pub fn grams(text: &str) -> Vec<i32> {
    let mut found = Vec::with_capacity(text.len());
    let (mut before, mut last) = (None, None);
    for letter in text.chars() {
        let letter = letter.to_lowercase().next().unwrap_or(letter);
        if let Some(last) = last {
            if dense(last) && dense(letter) {
                found.push(number(&[last, letter]));
            } else if let Some(before) = before {
                found.push(number(&[before, last, letter]));
            }
        }
        (before, last) = (last, Some(letter));
    }
    found.sort_unstable();
    found.dedup();
    found
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
        grams(words)
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
        }
    }

    #[test]
    fn numbers_never_change() {
        assert_eq!(grams("abc"), [number(&['a', 'b', 'c'])]);
        assert_eq!(number(&['a', 'b', 'c']), -224_585_515);
    }
}
