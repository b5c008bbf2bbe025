//! The procedures `export_now`, `fold_metrics`, `run_maintenance` and `run_retention`: they wake this database's worker and wait for it, or do
//! the work themselves where there is none. Each transaction is short; none is open while the network is waited for.

use super::lifecycle;
use super::maintenance;
use super::pipeline::Pipeline;
use super::reader;
use super::retention;
use super::session::Session;
use super::wake;
use crate::settings::{self, Settings};
use crate::store::{activity, progress};
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::prelude::*;
use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

/// Until the worker is asked again, at most.
const LONGEST_PATIENCE: Duration = Duration::from_secs(2);
const POLL: Duration = Duration::from_millis(50);

/// What a procedure waits for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Until<'a> {
    Folded,
    /// To this destination, by the key of its progress, or to all.
    Sent(Option<&'a str>),
}

#[pg_extern(volatile)]
fn export_now(destination: default!(Option<&str>, "NULL"), fcinfo: pg_sys::FunctionCallInfo) {
    let key = match destination.map(progress::key_of).transpose() {
        Ok(key) => key,
        Err(why) => error!("{why}"),
    };
    if key == Some(None) {
        refuse(
            PgSqlErrorCode::ERRCODE_INVALID_PARAMETER_VALUE,
            &format!(
                "there is no destination \"{}\"",
                destination.unwrap_or_default()
            ),
            "Allowed: default, the name of a foreign server of dify_observe, or null for all.",
            "See dify_observe.export_status.",
        );
    }
    let key = key.flatten();
    run(fcinfo, |settings| {
        bring_forward(settings, Until::Sent(key.as_deref()))
    });
}

#[pg_extern(volatile)]
fn fold_metrics(fcinfo: pg_sys::FunctionCallInfo) {
    run(fcinfo, |settings| bring_forward(settings, Until::Folded));
}

#[pg_extern(volatile)]
fn run_maintenance(fcinfo: pg_sys::FunctionCallInfo) {
    run(fcinfo, |_| {
        maintenance::make_partitions(Session::Procedure)?;
        while maintenance::pack_part(Session::Procedure)? {
            lifecycle::attend();
        }
        while maintenance::index_day(Session::Procedure)? {
            lifecycle::attend();
        }
        Ok(())
    });
}

/// What is not counted yet cannot go, so it is counted first.
#[pg_extern(volatile)]
fn run_retention(fcinfo: pg_sys::FunctionCallInfo) {
    run(fcinfo, |settings| {
        let counted = bring_forward(settings, Until::Folded);
        // A long removal is no reason for the worker to stand aside.
        reader::unlock();
        retention::run(Session::Procedure)?;
        counted
    });
}

/// Runs the body where it may end transactions. An Err becomes a WARNING: what was done until then is committed and stays.
fn run(fcinfo: pg_sys::FunctionCallInfo, body: impl Fn(&Settings) -> Result<(), String>) {
    let context = unsafe { (*fcinfo).context.cast::<pg_sys::CallContext>() };
    let free = !context.is_null()
        && unsafe { (*context).type_ == pg_sys::NodeTag::T_CallContext && !(*context).atomic };
    if !free {
        refuse(
            PgSqlErrorCode::ERRCODE_ACTIVE_SQL_TRANSACTION,
            "this procedure ends transactions and cannot run inside one",
            "It was called in a transaction block or by a function.",
            "CALL it on its own.",
        );
    }
    let Some(settings) = settings::snapshot() else {
        return;
    };
    unsafe { pg_sys::SPI_connect_ext(pg_sys::SPI_OPT_NONATOMIC as i32) };
    // However it ends, by a cancel too, the next reader must find the lock free.
    let outcome = PgTryBuilder::new(AssertUnwindSafe(|| body(&settings)))
        .finally(reader::unlock)
        .execute();
    unsafe { pg_sys::SPI_finish() };
    if let Err(why) = outcome {
        warning!("{why}");
    }
}

fn bring_forward(settings: &Settings, until: Until<'_>) -> Result<(), String> {
    let target = Session::Procedure.transaction(activity::last_event_id)?;
    if !reader::try_lock() {
        return wait_for_worker(target, until);
    }
    let mut pipeline = Pipeline::load(Session::Procedure)?;
    drive(&mut pipeline, settings, target, until)
}

/// Does the work here.
fn drive(
    pipeline: &mut Pipeline,
    settings: &Settings,
    target: i64,
    until: Until<'_>,
) -> Result<(), String> {
    if let Until::Sent(key) = until {
        pipeline.turn(settings, true)?;
        if let Some(why) = pipeline.idle_reason() {
            return Err(format!("nothing was sent: {why}"));
        }
        while !pipeline.exporters.is_settled(key, target) {
            lifecycle::wait(pipeline.rest().min(POLL), pipeline.bell());
            pipeline.turn(settings, false)?;
        }
        return failure(key);
    }
    while !folded(target)? {
        pipeline.fold_now(settings)?;
        lifecycle::wait(
            if pipeline.folds_on() {
                Duration::ZERO
            } else {
                POLL
            },
            None,
        );
    }
    Ok(())
}

/// Lets the worker do it. Its failure is told by `export_status`, which it writes.
fn wait_for_worker(target: i64, until: Until<'_>) -> Result<(), String> {
    let asked = Session::Procedure.transaction(progress::clock)?;
    let (asked_at, mut told, mut patience) = (Instant::now(), Instant::now(), 2 * POLL);
    wake::tell_worker(true);
    loop {
        let done = match until {
            Until::Folded => folded(target)?,
            Until::Sent(key) => {
                let exports = settings::snapshot()
                    .is_some_and(|settings| settings.export && !settings.endpoint.is_empty());
                Session::Procedure
                    .transaction(|| progress::is_settled(key, target, asked, exports))?
            }
        };
        if done {
            return match until {
                Until::Sent(key) => failure(key),
                Until::Folded => Ok(()),
            };
        }
        lifecycle::wait(POLL, None);
        // A transaction that was writing then holds up what it has meanwhile committed; or the worker was restarted, and knows nothing of us.
        if told.elapsed() > patience {
            told = Instant::now();
            patience = LONGEST_PATIENCE.min(2 * patience);
            wake::tell_worker(true);
            if asked_at.elapsed() > LONGEST_PATIENCE && reader::try_lock() {
                return Err("the worker has ended meanwhile; call again".to_owned());
            }
        }
    }
}

fn folded(target: i64) -> Result<bool, String> {
    Session::Procedure.transaction(|| Ok(progress::passed(progress::FOLD, "metrics")? >= target))
}

/// The error of a destination that is not ok.
fn failure(key: Option<&str>) -> Result<(), String> {
    match Session::Procedure.transaction(|| progress::failure(key))? {
        Some(why) => Err(why),
        None => Ok(()),
    }
}

fn refuse(code: PgSqlErrorCode, message: &str, detail: &str, hint: &str) {
    ErrorReport::new(code, message.to_owned(), "dify_observe")
        .set_detail(detail.to_owned())
        .set_hint(hint.to_owned())
        .report(PgLogLevel::ERROR);
}
