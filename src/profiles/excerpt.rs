//! Long texts, cut to what a backend can show: one attribute must not make a whole request too large to be taken.

/// The longest attribute value of a vendor profile, in bytes.
pub const MOST_BYTES: usize = 128 << 10;

/// The longest name of a span, and the longest text of a list.
pub const MOST_NAME_BYTES: usize = 1 << 10;

/// `text`, or as much of its beginning as fits into `most` bytes with a mark that says how long it was.
pub fn cut(text: String, most: usize) -> String {
    if text.len() <= most {
        return text;
    }
    let mark = format!("… (cut, {} bytes)", text.len());
    let room = most.saturating_sub(mark.len());
    let kept = (0..=room).rev().find(|at| text.is_char_boundary(*at));
    let kept = kept.unwrap_or_default();
    format!("{}{mark}", &text[..kept])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_fits_is_left_alone() {
        assert_eq!(cut("中".repeat(4), 12), "中中中中");
        assert_eq!(cut(String::new(), 0), "");
    }

    #[test]
    fn what_does_not_fit_says_how_long_it_was() {
        let cut = cut("中".repeat(20), 40);
        assert_eq!(cut, "中中中中中中中… (cut, 60 bytes)");
    }

    proptest! {
        #[test]
        fn a_cut_text_is_valid_and_fits(text in "\\PC{0,80}", most in 30_usize..200) {
            let cut = cut(text.clone(), most);
            prop_assert!(cut.len() <= most);
            prop_assert_eq!(cut == text, text.len() <= most);
        }
    }
}
