//! The worker of one database: exports, folds and maintains.

use super::lifecycle::{self, attend};
use super::maintenance::Maintenance;
use super::pipeline::Pipeline;
use super::reader;
use super::retention::Retention;
use super::session::Session;
use super::wake::{self, Notice};
use crate::settings;
use crate::store::installation::{self, RESTORING};
use pgrx::bgworkers::BackgroundWorker;
use pgrx::prelude::*;
use std::time::{Duration, Instant};

/// The longest nap: DROP DATABASE waits five seconds for us, other interrupts not even that.
const NAP: Duration = Duration::from_secs(1);
/// So that many small commits are read together.
const BREATH: Duration = Duration::from_millis(50);

/// What a look at the database says.
enum Standing {
    /// The extension is here, and this is its instance id.
    Work(String),
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
    let launches = wake::launches();
    let mut seated = false;
    let mut pipeline = None;
    let mut maintenance = Maintenance::new();
    let mut retention = Retention::new();
    let mut said = String::new();
    loop {
        attend();
        if wake::launches() != launches {
            return;
        }
        let at_once = wake::take_news();
        lifecycle::report(pg_sys::BackendState::STATE_RUNNING, "working");
        let began = Instant::now();
        let mut rest = NAP;
        // An answer that nobody takes now would wake us without end.
        let mut listens = false;
        let says = match standing() {
            Ok(Standing::Leave(notice)) => {
                wake::post(notice, unsafe { pg_sys::MyDatabaseId }.to_u32());
                return;
            }
            Ok(Standing::Idle(why)) => {
                pipeline = None;
                why
            }
            Ok(Standing::Work(instance)) => {
                maintenance.turn(Session::Worker);
                let text = match work(&mut pipeline, &instance, at_once) {
                    Ok((next, text)) => {
                        rest = next.min(NAP);
                        listens = true;
                        text
                    }
                    Err(why) => why,
                };
                if listens {
                    let enabled = settings::snapshot().is_some_and(|settings| settings.cleanup);
                    rest = rest.min(retention.turn(Session::Worker, enabled));
                }
                // Not while another worker is still leaving: it has the seat.
                if !seated && pipeline.is_some() {
                    wake::take_seat();
                    seated = true;
                    rest = Duration::ZERO;
                }
                text
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
        let bell = pipeline
            .as_ref()
            .and_then(Pipeline::bell)
            .filter(|_| listens);
        if rest.is_zero() {
            // A backlog to work off.
            lifecycle::wait(rest, bell);
            continue;
        }
        // Commits do not wake us while we take a breath, so that many of them cost one turn and no signal.
        lifecycle::wait(BREATH.saturating_sub(began.elapsed()), bell);
        if rest > BREATH && wake::may_sleep() {
            lifecycle::wait(rest, bell);
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
            Some(version) if version == library => {
                let ours = installation::load()?;
                if ours.restoring {
                    Standing::Idle(RESTORING.to_owned())
                } else {
                    Standing::Work(ours.instance_id)
                }
            }
            Some(version) => Standing::Idle(format!(
                "idle: the extension is {version}, the library {library}; ALTER EXTENSION dify_observe UPDATE, or restart with the matching library"
            )),
        })
    })
}

/// One turn: how long may be rested then, and what to say.
fn work(
    pipeline: &mut Option<Pipeline>,
    instance: &str,
    at_once: bool,
) -> Result<(Duration, String), String> {
    let Some(settings) = settings::snapshot() else {
        return Err("the library was not initialised".to_owned());
    };
    // Another one: the extension was dropped and created again, and what is in memory belongs to the old one.
    if pipeline
        .as_ref()
        .is_none_or(|running| running.instance_id() != instance)
    {
        *pipeline = None;
        if !reader::try_lock() {
            return Ok((NAP, "waiting for a procedure of ours to end".to_owned()));
        }
        *pipeline = Some(Pipeline::load(Session::Worker)?);
    }
    let Some(running) = pipeline else {
        return Err("no pipeline".to_owned());
    };
    running.turn(&settings, at_once)?;
    let text = running
        .trouble()
        .or(running.idle_reason())
        .unwrap_or("exporting");
    Ok((running.rest(), text.to_owned()))
}
