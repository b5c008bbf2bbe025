//! The declaration of every setting.

use super::environment::{boot_bool, boot_number, boot_rate, boot_text};
use super::masking;
use super::{
    DECLARED, Declared, EXPORT_ONLY_ON_CLUSTER, HISTOGRAM_BOUNDS, MAX_BACKLOG_AGE,
    MAX_BACKLOG_BYTES, METRIC_INTERVAL, OTLP_CA_FILE, OTLP_COMPRESSION, OTLP_TIMEOUT,
};
use super::{RETENTION_LOCK_TIMEOUT, SPAN_ID_RULE};
use crate::metrics::{DEFAULT_BOUNDS, parse_bounds};
use pgrx::guc::{GucContext, GucFlags, GucRegistry};
use pgrx::prelude::*;
use std::ffi::{CStr, CString};

/// Declares every setting. Called once, from the library's initialisation.
pub fn declare() {
    let declared = DECLARED.get_or_init(|| Declared {
        enabled: boot_bool("ENTERPRISE_ENABLED", false),
        telemetry_enabled: boot_bool("ENTERPRISE_TELEMETRY_ENABLED", false),
        otlp_endpoint: boot_text("ENTERPRISE_OTLP_ENDPOINT", None),
        otlp_headers: boot_text("ENTERPRISE_OTLP_HEADERS", None),
        otlp_protocol: boot_text("ENTERPRISE_OTLP_PROTOCOL", Some(c"http")),
        otlp_api_key: boot_text("ENTERPRISE_OTLP_API_KEY", None),
        include_content: boot_bool("ENTERPRISE_INCLUDE_CONTENT", true),
        service_name: boot_text("ENTERPRISE_SERVICE_NAME", Some(c"dify")),
        otel_sampling_rate: boot_rate("ENTERPRISE_OTEL_SAMPLING_RATE"),
        cleanup_enabled: boot_bool("WORKFLOW_LOG_CLEANUP_ENABLED", false),
        retention_days: boot_number("WORKFLOW_LOG_RETENTION_DAYS", 30, 0),
        cleanup_batch_size: boot_number("WORKFLOW_LOG_CLEANUP_BATCH_SIZE", 100, 1),
    });
    let plain = GucFlags::default;
    let secret = || GucFlags::SUPERUSER_ONLY | GucFlags::NO_SHOW_ALL;
    let switch = |name, short, setting| {
        GucRegistry::define_bool_guc(name, short, c"", setting, GucContext::Sighup, plain());
    };
    switch(
        c"dify_observe.enabled",
        c"First switch of export; both are needed. Logging works without.",
        declared.enabled,
    );
    switch(
        c"dify_observe.telemetry_enabled",
        c"Second switch of export; both are needed.",
        declared.telemetry_enabled,
    );
    switch(
        c"dify_observe.include_content",
        c"Sends inputs, outputs and other text that may be sensitive; otherwise references.",
        declared.include_content,
    );
    switch(
        c"dify_observe.workflow_log_cleanup_enabled",
        c"Removes expired logs without being asked; see retention_policies.",
        declared.cleanup_enabled,
    );
    let words = |name, short, setting, flags| {
        GucRegistry::define_string_guc(name, short, c"", setting, GucContext::Sighup, flags);
    };
    words(
        c"dify_observe.otlp_endpoint",
        c"Base URL of the OTLP receiver, such as http://otel-collector:4318; https:// for TLS.",
        declared.otlp_endpoint,
        plain(),
    );
    words(
        c"dify_observe.otlp_protocol",
        c"OTLP transport: http (protobuf), http/json or grpc.",
        declared.otlp_protocol,
        plain(),
    );
    words(
        c"dify_observe.service_name",
        c"service.name of everything sent.",
        declared.service_name,
        plain(),
    );
    words(
        masking::HEADERS,
        c"Headers of every request: key=value pairs separated by commas.",
        declared.otlp_headers,
        secret(),
    );
    words(
        masking::API_KEY,
        c"Sent as authorization: Bearer <key>.",
        declared.otlp_api_key,
        secret(),
    );
    words(
        c"dify_observe.otlp_ca_file",
        c"Certificate authorities to trust, as PEM, in place of the system's, when the endpoint is https://.",
        &OTLP_CA_FILE,
        plain(),
    );
    words(c"dify_observe.export_only_on_cluster", c"Export only where cluster_name has this value; empty: everywhere. For those who clone servers.", &EXPORT_ONLY_ON_CLUSTER, plain());
    GucRegistry::define_float_guc(
        c"dify_observe.otel_sampling_rate",
        c"Fraction of traces whose spans are sent; logs and metrics are always complete.",
        c"",
        declared.otel_sampling_rate,
        0.0,
        1.0,
        GucContext::Sighup,
        plain(),
    );
    let number = |name, short, setting, least, most, unit| {
        GucRegistry::define_int_guc(
            name,
            short,
            c"",
            setting,
            least,
            most,
            GucContext::Sighup,
            unit,
        );
    };
    number(
        c"dify_observe.metric_interval",
        c"Metrics are sent this often.",
        &METRIC_INTERVAL,
        1,
        86_400,
        GucFlags::UNIT_S,
    );
    number(
        c"dify_observe.otlp_timeout",
        c"A request, connection included, may take this long.",
        &OTLP_TIMEOUT,
        100,
        600_000,
        GucFlags::UNIT_MS,
    );
    number(
        c"dify_observe.retention_lock_timeout",
        c"Making and removing partitions waits this long for a lock, and makes nobody wait longer.",
        &RETENTION_LOCK_TIMEOUT,
        1,
        60_000,
        GucFlags::UNIT_MS,
    );
    number(
        c"dify_observe.workflow_log_retention_days",
        c"Logs are kept this many days where no policy says otherwise.",
        declared.retention_days,
        0,
        365_000,
        GucFlags::default(),
    );
    number(
        c"dify_observe.workflow_log_cleanup_batch_size",
        c"Rows of one table that one transaction of retention deletes, where a partition cannot go as a whole.",
        declared.cleanup_batch_size,
        1,
        10_000,
        GucFlags::default(),
    );
    number(
        c"dify_observe.max_backlog_age",
        c"Expired logs that were not exported for so long are removed all the same; 0: never.",
        &MAX_BACKLOG_AGE,
        0,
        i32::MAX,
        GucFlags::UNIT_S,
    );
    GucRegistry::define_float_guc(
        c"dify_observe.max_backlog_bytes",
        c"Of expired logs that only wait for export no more is kept than this; 0: all.",
        c"",
        &MAX_BACKLOG_BYTES,
        0.0,
        1e18,
        GucContext::Sighup,
        GucFlags::UNIT_BYTE,
    );
    GucRegistry::define_enum_guc(
        c"dify_observe.otlp_compression",
        c"Compression of requests.",
        c"",
        &OTLP_COMPRESSION,
        GucContext::Sighup,
        plain(),
    );
    GucRegistry::define_enum_guc(c"dify_observe.span_id_rule", c"How a span id follows from a UUID: sha256, or uuid_low64 to share a backend with the original system's code.", c"", &SPAN_ID_RULE, GucContext::Sighup, plain());
    declare_bounds();
    unsafe {
        pg_sys::MarkGUCPrefixReserved(c"dify_observe".as_ptr());
    }
}

fn declare_bounds() {
    let boot = CString::new(DEFAULT_BOUNDS).unwrap_or_default();
    // Read once, by the declaration that follows.
    unsafe { *HISTOGRAM_BOUNDS.as_ptr() = boot.into_raw() };
    unsafe {
        GucRegistry::define_string_guc_with_hooks(
            c"dify_observe.histogram_bounds",
            c"Upper bounds of the histograms' buckets in seconds, ascending, separated by commas.",
            c"New bounds begin new series; the old ones are no longer sent.",
            &HISTOGRAM_BOUNDS,
            GucContext::Sighup,
            GucFlags::default(),
            Some(check_bounds),
            None,
            None,
        );
    }
}

#[pg_guard]
unsafe extern "C-unwind" fn check_bounds(
    new: *mut *mut std::ffi::c_char,
    _extra: *mut *mut std::ffi::c_void,
    _source: pg_sys::GucSource::Type,
) -> bool {
    let given = unsafe { *new };
    if given.is_null() {
        return false;
    }
    let given = unsafe { CStr::from_ptr(given) }
        .to_string_lossy()
        .into_owned();
    match parse_bounds(&given) {
        Ok(_) => true,
        Err(why) => {
            // Postgres adds its own error; this says what is wrong with the value.
            log!("dify_observe.histogram_bounds: {why}");
            false
        }
    }
}
