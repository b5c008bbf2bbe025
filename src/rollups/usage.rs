//! What something used.

use super::decimal::Decimal;
use crate::metrics::Measurement;
use crate::otlp::record::Micros;
use serde::Deserialize;
use uuid::Uuid;

/// What charts tell of a row beyond what the metrics count: its columns, in their order.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Charted<'a> {
    pub id: Uuid,
    pub created_at: Micros,
    pub kind: &'a str,
    pub debug: bool,
    pub compat: bool,
    pub part_of_run: bool,
    pub workflow_version: &'a str,
    pub currency: &'a str,
    /// As Postgres writes it.
    #[serde(borrow)]
    pub total_price: Option<&'a str>,
    /// None where it is of no matter who it was.
    #[serde(borrow)]
    pub actor: Option<&'a str>,
    pub actor_id: &'a str,
    #[serde(borrow)]
    pub user_id: Option<&'a str>,
    pub conversation_id: Option<Uuid>,
}

/// Sums over rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    pub count: i64,
    pub input_tokens: i128,
    pub output_tokens: i128,
    pub total_tokens: i128,
    /// Of the rows that told one.
    pub price: Decimal,
    /// Of the rows that told no price.
    pub unpriced_input_tokens: i128,
    pub unpriced_output_tokens: i128,
}

impl Usage {
    /// Of one row. As the view `rollup_points` and the SQL function `unpriced_input()` have it.
    pub fn of(event: &Measurement<'_>, charted: &Charted<'_>) -> Self {
        let whole = |tokens: Option<i64>| i128::from(tokens.unwrap_or_default());
        let (input, output) = (whole(event.input_tokens), whole(event.output_tokens));
        let total = event.total_tokens.map_or(input + output, i128::from);
        let unpriced_input = event
            .input_tokens
            .map_or((total - output).max(0), i128::from);
        let price = charted.total_price.and_then(Decimal::parse);
        let unpriced = charted.total_price.is_none();
        Self {
            count: 1,
            input_tokens: input,
            output_tokens: output,
            total_tokens: total,
            price: price.unwrap_or_default(),
            unpriced_input_tokens: if unpriced { unpriced_input } else { 0 },
            unpriced_output_tokens: if unpriced { output } else { 0 },
        }
    }

    /// Money only where it is of the same currency.
    pub fn add(&mut self, other: &Usage, with_price: bool) {
        self.count += other.count;
        self.input_tokens += other.input_tokens;
        self.output_tokens += other.output_tokens;
        self.total_tokens += other.total_tokens;
        self.unpriced_input_tokens += other.unpriced_input_tokens;
        self.unpriced_output_tokens += other.unpriced_output_tokens;
        if with_price {
            self.price.add(&other.price);
        }
    }
}
