//! The processes: a launcher, and one worker per database that has the extension. The only place with latches, signals
//! and threads.

mod batch;
mod catalog;
mod charting;
mod clock;
mod crashes;
mod database;
mod destination;
mod events_lane;
mod exporter;
mod exporters;
mod fold;
mod launcher;
mod lifecycle;
mod maintenance;
mod metrics_lane;
mod network;
mod pipeline;
mod probe;
mod procedures;
mod reader;
mod reading;
mod retention;
mod session;
mod shelf;
pub mod wake;

use crate::settings;
use pgrx::bgworkers::BackgroundWorkerBuilder;
use pgrx::prelude::*;
use std::time::Duration;

/// Called once when the library is loaded; everything but the commit callback needs `shared_preload_libraries`.
pub fn register() {
    wake::register_callback();
    if !unsafe { pg_sys::process_shared_preload_libraries_in_progress } {
        return;
    }
    settings::mask_changes();
    wake::share();
    crashes::count();
    BackgroundWorkerBuilder::new("dify_observe launcher")
        .set_type("dify_observe launcher")
        .set_library("dify_observe")
        .set_function("dify_observe_launcher_main")
        .set_restart_time(Some(Duration::from_secs(5)))
        .enable_spi_access()
        .load();
}
