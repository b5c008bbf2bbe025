//! log_batch: whatever a batch holds is logged as by the functions of its events, in whole or with the bad ones kept aside.

// Shared with the tests of those functions, which use all of it.
#[allow(dead_code)]
#[path = "../logging/asking.rs"]
mod asking;
#[allow(dead_code)]
#[path = "../logging/call.rs"]
mod call;
#[allow(dead_code)]
#[path = "../logging/event_catalogue.rs"]
mod event_catalogue;

mod bad_events;
mod event;
mod random_fields;
mod stored;

mod abort;
mod app_changes;
mod drafts;
mod duration;
mod grants;
mod kinds;
mod not_at_fault;
mod odd_batches;
mod odd_keys;
mod odd_values;
mod order;
mod quarantine;
mod repeats;
mod retries;
mod same_as_call;
mod simultaneous;
mod standby;
mod started;
