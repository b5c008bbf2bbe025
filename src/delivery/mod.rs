//! Delivery policy: what an answer means, how long to wait, and whether a signal may be sent. Pure: time is an argument.

pub mod backoff;
pub mod bisection;
pub mod culprit;
pub mod family;
pub mod lane;
pub mod outcome;
pub mod reason;
pub mod rpc_status;
