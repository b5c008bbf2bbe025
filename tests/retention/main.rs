//! Retention: what goes, what stays, and what happens when something is in the way.

mod abandoned;
mod backlog;
mod expiry;
mod history;
mod policies;
mod staying;
