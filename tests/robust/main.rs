//! Input that nobody expects, settings that change at a bad moment, and rows that are gone: what arrives is right all the same.

// Shared with the tests of logging, which use all of it.
#[allow(dead_code)]
#[path = "../logging/asking.rs"]
mod asking;
#[allow(dead_code)]
#[path = "../logging/call.rs"]
mod call;
#[allow(dead_code)]
#[path = "../logging/event_catalogue.rs"]
mod event_catalogue;

mod exporting;

mod dates;
mod empty_texts;
mod gate;
mod gone;
mod gone_tenants;
mod gone_while_killed;
mod payloads;
mod sums;
mod unknown_words;
