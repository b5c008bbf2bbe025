//! The logs console: lists that page without loss, details of runs and conversations, annotations, search and export.

// Shared with the tests of logging, which use all of it.
#[allow(dead_code)]
#[path = "../logging/asking.rs"]
mod asking;
#[allow(dead_code)]
#[path = "../logging/call.rs"]
mod call;

mod logged;
mod traced_run;

mod annotation_files;
mod annotations;
mod conversations;
mod exports;
mod feedbacks;
mod filters;
mod paging;
mod payloads;
mod plans;
mod report;
mod roles;
mod run_details;
mod search;
mod sort_indexes;
mod ties;
mod timelines;
