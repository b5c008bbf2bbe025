//! `test_destination`: one empty request per signal, and what came back. It runs in the caller's session, which waits for it.

use super::destination::Destination;
use super::lifecycle;
use super::network::Network;
use crate::delivery::culprit::Culprit;
use crate::delivery::outcome::{Outcome, Reply, classify};
use crate::destinations::Options;
use crate::otlp::signal::Signal;
use crate::otlp::traces;
use crate::settings::{self, Settings};
use crate::store::destinations;
use crate::store::progress::DEFAULT;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use pgrx::prelude::*;
use std::time::{Duration, SystemTime};

type Row = (String, bool, String, String);

#[pg_extern(volatile)]
fn test_destination(
    destination: default!(Option<&str>, "NULL"),
) -> TableIterator<
    'static,
    (
        name!(signal, String),
        name!(ok, bool),
        name!(status, String),
        name!(message, String),
    ),
> {
    let Some(name) = destination else {
        ereport!(
            ERROR,
            PgSqlErrorCode::ERRCODE_NULL_VALUE_NOT_ALLOWED,
            "destination must be given",
            "Allowed: default, or the name of a foreign server of dify_observe."
        );
    };
    match probe(name) {
        Ok(rows) => TableIterator::new(rows),
        Err(why) => {
            ereport!(
                ERROR,
                PgSqlErrorCode::ERRCODE_INVALID_PARAMETER_VALUE,
                why,
                "See dify_observe.export_status for the destinations there are."
            );
        }
    }
}

fn probe(name: &str) -> Result<Vec<Row>, String> {
    let Some(mut settings) = settings::snapshot() else {
        return Err("the library was not initialised".to_owned());
    };
    // An address can be tried before export is switched on.
    settings.export = true;
    let (found, signals) = named(name, &settings)?;
    let destination = match found {
        Ok(Some(destination)) => destination,
        Ok(None) => return Err(format!("destination {name} cannot be tried")),
        Err(why) => {
            let row = |signal: &Signal| row(*signal, false, "misconfigured", &why);
            return Ok(signals.iter().map(row).collect());
        }
    };
    let mut network = Network::start()?;
    for (number, signal) in signals.iter().enumerate() {
        let request = match signal {
            Signal::Traces => {
                let message = traces::without_spans(&destination.resource);
                destination.request(*signal, &message)
            }
            Signal::Logs => destination.request(*signal, &ExportLogsServiceRequest::default()),
            Signal::Metrics => {
                destination.request(*signal, &ExportMetricsServiceRequest::default())
            }
        };
        network.send(number, request?)?;
    }
    let mut rows: Vec<Option<Row>> = signals.iter().map(|_| None).collect();
    while rows.iter().any(Option::is_none) {
        // Every request has its time-out, so this ends.
        lifecycle::wait(Duration::from_secs(1), Some(network.bell()));
        while let Some((number, reply)) = network.reply() {
            if let (Some(signal), Some(place)) = (signals.get(number), rows.get_mut(number)) {
                *place = Some(told(*signal, &reply));
            }
        }
    }
    Ok(rows.into_iter().flatten().collect())
}

type Found = Result<Option<Destination>, String>;

fn named(name: &str, settings: &Settings) -> Result<(Found, Vec<Signal>), String> {
    if name == DEFAULT {
        return Ok((Destination::of_settings(settings, ""), Signal::ALL.to_vec()));
    }
    let mut server = destinations::servers()?
        .into_iter()
        .find(|server| server.name == name)
        .ok_or_else(|| format!("there is no destination \"{name}\""))?;
    server.options.retain(|(option, _)| option != "enabled");
    let options = Options::read(&server.options, &server.mapping);
    let signals = options.map_or(Signal::ALL.to_vec(), |options| options.signals);
    Ok((Destination::of_server(&server, settings, ""), signals))
}

fn told(signal: Signal, reply: &Reply) -> Row {
    let outcome = classify(signal, reply, SystemTime::now());
    let (ok, status, reason) = match outcome {
        Outcome::Accepted { message, .. } => (true, "accepted", message),
        Outcome::Retry { reason, .. } => (false, "retry", reason),
        Outcome::Misconfigured { reason, .. } => (false, "misconfigured", reason),
        Outcome::Refused { reason } => (false, "refused", reason),
    };
    match Culprit::of(reply) {
        // It takes whatever is posted, and keeps none of it.
        Some(culprit) if ok => row(
            signal,
            false,
            "misconfigured",
            &format!("{}: a web page answers", culprit.text()),
        ),
        Some(culprit) => row(signal, ok, status, &format!("{}: {reason}", culprit.text())),
        None => row(signal, ok, status, &reason),
    }
}

fn row(signal: Signal, ok: bool, status: &str, message: &str) -> Row {
    (
        signal.name().to_owned(),
        ok,
        status.to_owned(),
        message.to_owned(),
    )
}
