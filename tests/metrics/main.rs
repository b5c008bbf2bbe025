//! Counters and histograms: exactly what was logged, each event once.

mod bounds;
mod check;
mod counted;
mod labels;
mod start_time;
mod token_usage;
mod values;
