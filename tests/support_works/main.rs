//! What the other tests stand on is itself tested: cluster, receivers.

mod cluster;
mod collector;
mod reference;
mod rotel;
