//! Retention: what goes, what stays, and what happens when something is in the way.

mod abandoned;
mod automatic;
mod backlog;
mod charts;
mod erasure;
mod expiry;
mod failures;
mod history;
mod model;
mod operator;
mod policies;
mod staying;
mod whole;
