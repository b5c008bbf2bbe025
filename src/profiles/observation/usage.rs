//! Tokens and money.

/// Tokens, as far as they are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    pub input: Option<i64>,
    pub output: Option<i64>,
    pub total: Option<i64>,
}

impl Usage {
    /// None where nothing is known.
    pub fn of(input: Option<i64>, output: Option<i64>, total: Option<i64>) -> Option<Self> {
        let usage = Self {
            input,
            output,
            total: total.or_else(|| input?.checked_add(output?)),
        };
        (usage.total.or(input).or(output).is_some()).then_some(usage)
    }
}

/// A price that backends can show: they take every number for US dollars.
pub fn dollars(price: Option<f64>, currency: Option<&str>) -> Option<f64> {
    let is_dollar = matches!(currency, None | Some("" | "USD" | "usd"));
    price.filter(|_| is_dollar)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_total_follows_from_its_parts() {
        assert_eq!(Usage::of(None, None, None), None);
        assert_eq!(Usage::of(Some(3), Some(4), None).unwrap().total, Some(7));
        assert_eq!(Usage::of(Some(3), None, None).unwrap().total, None);
        assert_eq!(Usage::of(None, None, Some(0)).unwrap().total, Some(0));
    }

    #[test]
    fn other_currencies_are_no_dollars() {
        for (currency, shown) in [
            (None, true),
            (Some(""), true),
            (Some("USD"), true),
            (Some("RMB"), false),
        ] {
            assert_eq!(dollars(Some(0.5), currency).is_some(), shown);
            assert_eq!(dollars(None, currency), None);
        }
    }
}
