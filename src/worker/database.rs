//! The worker of one database: exports, folds and maintains.

use super::lifecycle::{self, attend};
use super::maintenance::Maintenance;
use super::pipeline::Pipeline;
use super::session::Session;
use super::wake::{self, Notice};
use crate::settings;
use crate::store::installation;
use pgrx::bgworkers::BackgroundWorker;
use pgrx::prelude::*;
use std::time::{Duration, Instant};

/// The longest nap: DROP DATABASE waits five seconds for us, other interrupts not even that.
const NAP: Duration = Duration::from_secs(1);
/// So that many small commits are read together.
const BREATH: Duration = Duration::from_millis(50);

/// What a look at the database says.
enum Standing {
    Work,
    /// Nothing to do here until something changes.
    Idle(String),
    Leave(Notice),
}

#[pg_guard]
#[unsafe(no_mangle)]
pub extern "C-unwind" fn dify_observe_worker_main(database: pg_sys::Datum) {
    lifecycle::install_signal_handlers();
    let oid = unsafe { pg_sys::Oid::from_datum(database, false) };
    BackgroundWorker::connect_worker_to_spi_by_oid(oid, None);
    lifecycle::pin_settings();
    let mut seated = false;
    let mut pipeline = None;
    let mut maintenance = Maintenance::new();
    let mut said = String::new();
    loop {
        attend();
        let at_once = wake::take_news();
        lifecycle::report(pg_sys::BackendState::STATE_RUNNING, "working");
        let began = Instant::now();
        let mut rest = NAP;
        let says = match standing() {
            Ok(Standing::Leave(notice)) => {
                wake::post(notice, unsafe { pg_sys::MyDatabaseId }.to_u32());
                return;
            }
            Ok(Standing::Idle(why)) => why,
            Ok(Standing::Work) => {
                if !seated {
                    wake::take_seat();
                    seated = true;
                }
                maintenance.turn(Session::Worker);
                match work(&mut pipeline, at_once) {
                    Ok((next, text)) => {
                        rest = next.min(NAP);
                        text
                    }
                    Err(why) => why,
                }
            }
            Err(why) => why,
        };
        if says != said {
            if said.is_empty() {
                log!("dify_observe worker: {says}");
            } else {
                log!("dify_observe worker: {says} (before: {said})");
            }
            said.clone_from(&says);
        }
        lifecycle::report(pg_sys::BackendState::STATE_IDLE, &says);
        // A failing loop does not spin, and a busy one takes a breath, unless it has a backlog to work off.
        let rest = if rest.is_zero() { rest } else { rest.max(BREATH.saturating_sub(began.elapsed())) };
        if wake::may_sleep() || rest.is_zero() {
            lifecycle::wait(rest, pipeline.as_ref().and_then(Pipeline::bell));
        } else {
            lifecycle::wait(BREATH, None);
        }
    }
}

/// Whether to go on here: each turn in a short transaction, so that nothing is kept over a DROP.
fn standing() -> Result<Standing, String> {
    Session::Worker.transaction(|| {
        if lifecycle::database_is_wanted() {
            return Ok(Standing::Leave(Notice::Returning));
        }
        let library = env!("CARGO_PKG_VERSION");
        Ok(match installation::version()? {
            None => Standing::Leave(Notice::Absent),
            Some(version) if version == library => Standing::Work,
            Some(version) => Standing::Idle(format!(
                "idle: the extension is {version}, the library {library}; ALTER EXTENSION dify_observe UPDATE, or restart with the matching library"
            )),
        })
    })
}

/// One turn: how long may be rested then, and what to say.
fn work(pipeline: &mut Option<Pipeline>, at_once: bool) -> Result<(Duration, String), String> {
    let Some(settings) = settings::snapshot() else {
        return Err("the library was not initialised".to_owned());
    };
    if pipeline.is_none() {
        if !Session::Worker.transaction(installation::try_lock)? {
            return Ok((NAP, "waiting for a procedure of ours to end".to_owned()));
        }
        *pipeline = Some(Pipeline::load(Session::Worker)?);
    }
    let Some(running) = pipeline else { return Err("no pipeline".to_owned()) };
    let outcome = running.turn(&settings, at_once);
    if let Err(why) = outcome {
        // What is in memory may not be what is stored: read it anew.
        *pipeline = None;
        return Err(why);
    }
    let text = running.idle_reason().unwrap_or("exporting").to_owned();
    Ok((running.rest(), text))
}
