//! Sums of prices, exact however large or fine they are: the column has no scale.

use std::fmt;
use std::iter;

/// A number that is not negative, digit by digit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decimal {
    /// From the ones upward.
    whole: Vec<u8>,
    /// From the tenths downward, as many as the finest summand had.
    fraction: Vec<u8>,
}

impl Decimal {
    /// Reads what Postgres writes of a finite numeric that is not negative.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = |text: &str| -> Option<Vec<u8>> {
            let digits = text.bytes().map(|byte| byte.wrapping_sub(b'0'));
            digits.map(|digit| (digit < 10).then_some(digit)).collect()
        };
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let (mut whole, fraction) = (digits(whole)?, digits(fraction)?);
        whole.reverse();
        Some(Self { whole, fraction })
    }

    pub fn add(&mut self, other: &Decimal) {
        let fine = self.fraction.len().max(other.fraction.len());
        self.fraction.resize(fine, 0);
        let large = self.whole.len().max(other.whole.len());
        self.whole.resize(large, 0);
        let nothing_finer = iter::repeat_n(&0, fine - other.fraction.len());
        let summands = nothing_finer
            .chain(other.fraction.iter().rev())
            .chain(&other.whole)
            .chain(iter::repeat(&0));
        let mut carry = 0;
        let digits = self.fraction.iter_mut().rev().chain(&mut self.whole);
        for (digit, more) in digits.zip(summands) {
            let sum = *digit + more + carry;
            (*digit, carry) = (sum % 10, sum / 10);
        }
        if carry > 0 {
            self.whole.push(carry);
        }
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |digit: &u8| char::from(b'0' + digit);
        let whole: String = self.whole.iter().rev().map(text).collect();
        f.write_str(if whole.is_empty() { "0" } else { &whole })?;
        if self.fraction.is_empty() {
            return Ok(());
        }
        write!(f, ".{}", self.fraction.iter().map(text).collect::<String>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sum(texts: &[&str]) -> String {
        let mut sum = Decimal::default();
        for text in texts {
            sum.add(&Decimal::parse(text).unwrap());
        }
        sum.to_string()
    }

    #[test]
    fn sums_keep_the_finest_scale() {
        assert_eq!(sum(&[]), "0");
        assert_eq!(sum(&["0.0010", "0.01"]), "0.0110");
        assert_eq!(sum(&["0.01", "0.0010"]), "0.0110");
        assert_eq!(sum(&["99.95", "0.05"]), "100.00");
        assert_eq!(sum(&["7", "93", "0.5"]), "100.5");
    }

    #[test]
    fn large_and_fine_at_once() {
        let large = format!("9{}", "0".repeat(298));
        let fine = format!("0.{}1", "0".repeat(100));
        assert_eq!(
            sum(&[&large, &fine]),
            format!("{large}.{}1", "0".repeat(100))
        );
    }

    #[test]
    fn what_is_no_such_number() {
        for text in ["-1", "NaN", "Infinity", "1e5", "1.2.3"] {
            assert_eq!(Decimal::parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn as_whole_numbers_are(numbers in proptest::collection::vec((0_u64..u64::MAX, 0_u32..6), 0..20)) {
            let mut decimal = Decimal::default();
            let mut expected: u128 = 0;
            for (number, scale) in numbers {
                let ten = 10_u64.pow(scale);
                let fraction = match scale {
                    0 => String::new(),
                    _ => format!(".{:0width$}", number % ten, width = scale as usize),
                };
                decimal.add(&Decimal::parse(&format!("{}{fraction}", number / ten)).unwrap());
                expected += u128::from(number) * u128::from(10_u64.pow(5 - scale));
            }
            let text = decimal.to_string();
            let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
            prop_assert_eq!(format!("{whole}{fraction:0<5}").parse::<u128>().unwrap(), expected);
        }
    }
}
