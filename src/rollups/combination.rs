//! The labels by which rollups are kept apart.

use super::usage::Charted;
use crate::metrics::Measurement;

/// Labels of rows, in the order of the key of `rollup_dimensions`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Combination(pub [String; 14]);

/// What is stored for a combination.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dimension {
    pub id: i32,
    /// Whether its money is of one currency.
    pub is_priced: bool,
}

impl Combination {
    pub fn of(event: &Measurement<'_>, charted: &Charted<'_>) -> Self {
        Self([
            charted.kind.to_owned(),
            event.tenant_id.to_owned(),
            event.app_id.to_owned(),
            charted.debug.to_string(),
            charted.compat.to_string(),
            charted.part_of_run.to_string(),
            event.failed.to_string(),
            label(event.status),
            label(event.invoke_from),
            label(event.model_provider),
            label(event.model_name),
            label(event.node_type),
            label(charted.workflow_version),
            label(charted.currency),
        ])
    }
}

/// As the SQL function `rollup_label()`.
fn label(value: &str) -> String {
    if value.len() > 256 {
        value.chars().take(64).collect()
    } else {
        value.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::label;

    #[test]
    fn long_labels_are_cut() {
        assert_eq!(label(&"x".repeat(256)), "x".repeat(256));
        assert_eq!(label(&"x".repeat(257)), "x".repeat(64));
        assert_eq!(label(&"é".repeat(200)), "é".repeat(64));
    }
}
