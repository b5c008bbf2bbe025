//! Faults, and what becomes of what was committed: all of it arrives, each event is counted once, and how long that took is
//! written down. `make reliability` makes the tables of docs/reliability.md from these tests.

mod committed;
mod incident;
mod record;
mod tally;
mod wire;
mod writers;

mod backlog;
mod clock;
mod copies;
mod crash_loop;
mod databases;
mod destinations;
mod disk;
mod grpc;
mod idle;
mod phase;
mod phases;
mod poison;
mod prepared;
mod receivers;
mod recovery;
mod soak;
mod surroundings;
