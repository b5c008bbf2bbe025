//! Events as sums by combination of labels and quarter hour, which charts are drawn from. Pure: the sums themselves live in tables.

pub mod accumulator;
pub mod combination;
pub mod conversation;
pub mod decimal;
pub mod latency;
pub mod member;
pub mod sums;
pub mod usage;

pub use accumulator::Accumulator;
pub use combination::{Combination, Dimension};
pub use conversation::Conversation;
pub use latency::{Latency, Measure};
pub use member::{Actor, Member};
pub use sums::Sums;
pub use usage::{Charted, Usage};
