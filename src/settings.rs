//! Every setting, its environment name, and one snapshot of them per turn of a loop.

use crate::ids::SpanIdRule;
use crate::metrics::{DEFAULT_BOUNDS, parse_bounds};
use pgrx::guc::{GucContext, GucFlags, GucRegistry, GucSetting, PostgresGucEnum};
use pgrx::prelude::*;
use std::ffi::{CStr, CString};
use std::sync::OnceLock;
use std::time::Duration;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PostgresGucEnum)]
pub enum Compression {
    #[name = c"gzip"]
    Gzip,
    #[name = c"none"]
    None,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PostgresGucEnum)]
pub enum RuleName {
    #[name = c"sha256"]
    Sha256,
    #[name = c"uuid_low64"]
    UuidLow64,
}

type Text = GucSetting<Option<CString>>;

/// The boot value may come from the environment, so these are made at load time.
struct Declared {
    enabled: &'static GucSetting<bool>,
    telemetry_enabled: &'static GucSetting<bool>,
    otlp_endpoint: &'static Text,
    otlp_headers: &'static Text,
    otlp_protocol: &'static Text,
    otlp_api_key: &'static Text,
    include_content: &'static GucSetting<bool>,
    service_name: &'static Text,
    otel_sampling_rate: &'static GucSetting<f64>,
}

static DECLARED: OnceLock<Declared> = OnceLock::new();
static SPAN_ID_RULE: GucSetting<RuleName> = GucSetting::<RuleName>::new(RuleName::Sha256);
static HISTOGRAM_BOUNDS: Text = Text::new(None);
static METRIC_INTERVAL: GucSetting<i32> = GucSetting::<i32>::new(60);
static OTLP_TIMEOUT: GucSetting<i32> = GucSetting::<i32>::new(10_000);
static OTLP_COMPRESSION: GucSetting<Compression> =
    GucSetting::<Compression>::new(Compression::Gzip);
static RETENTION_LOCK_TIMEOUT: GucSetting<i32> = GucSetting::<i32>::new(100);
static EXPORT_ONLY_ON_CLUSTER: Text = Text::new(None);

/// What the settings say now.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Both switches are on, and this cluster is the one that may export.
    pub export: bool,
    pub endpoint: String,
    pub headers: String,
    pub protocol: String,
    pub api_key: Option<String>,
    pub include_content: bool,
    pub service_name: String,
    pub sampling_rate: f64,
    pub span_id_rule: SpanIdRule,
    pub bounds: Vec<f64>,
    pub metric_interval: Duration,
    pub timeout: Duration,
    pub gzip: bool,
}

pub fn span_id_rule() -> SpanIdRule {
    match SPAN_ID_RULE.get() {
        RuleName::Sha256 => SpanIdRule::Sha256,
        RuleName::UuidLow64 => SpanIdRule::UuidLow64,
    }
}

/// None before the library's initialisation, which Postgres runs first.
pub fn snapshot() -> Option<Settings> {
    let declared = DECLARED.get()?;
    let milliseconds = |value: i32| Duration::from_millis(u64::try_from(value).unwrap_or(0));
    let only_on = text(&EXPORT_ONLY_ON_CLUSTER);
    Some(Settings {
        export: declared.enabled.get()
            && declared.telemetry_enabled.get()
            && (only_on.is_empty() || only_on == cluster_name()),
        endpoint: text(declared.otlp_endpoint),
        headers: text(declared.otlp_headers),
        protocol: text(declared.otlp_protocol),
        api_key: Some(text(declared.otlp_api_key)).filter(|key| !key.is_empty()),
        include_content: declared.include_content.get(),
        service_name: text(declared.service_name),
        sampling_rate: declared.otel_sampling_rate.get(),
        span_id_rule: span_id_rule(),
        bounds: parse_bounds(&text(&HISTOGRAM_BOUNDS)).unwrap_or_default(),
        metric_interval: milliseconds(METRIC_INTERVAL.get()) * 1000,
        timeout: milliseconds(OTLP_TIMEOUT.get()),
        gzip: OTLP_COMPRESSION.get() == Compression::Gzip,
    })
}

fn text(setting: &Text) -> String {
    setting
        .get()
        .map(|value| value.to_string_lossy().into_owned())
        .unwrap_or_default()
}

fn cluster_name() -> String {
    let name = unsafe { pg_sys::GetConfigOption(c"cluster_name".as_ptr(), true, false) };
    if name.is_null() {
        return String::new();
    }
    unsafe { CStr::from_ptr(name) }
        .to_string_lossy()
        .into_owned()
}

fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn boot_bool(name: &str, default: bool) -> &'static GucSetting<bool> {
    let value = match environment(name)
        .map(|value| value.to_ascii_lowercase())
        .as_deref()
    {
        Some("true" | "on" | "yes" | "1") => true,
        Some("false" | "off" | "no" | "0") => false,
        Some(_) => {
            warning!("the environment variable {name} is not a boolean and is ignored");
            default
        }
        None => default,
    };
    Box::leak(Box::new(GucSetting::<bool>::new(value)))
}

fn boot_text(name: &str, default: Option<&'static CStr>) -> &'static Text {
    let given = environment(name).and_then(|value| CString::new(value).ok());
    let value = given.map(|value| &*Box::leak(value.into_boxed_c_str()));
    Box::leak(Box::new(Text::new(value.or(default))))
}

fn boot_rate(name: &str) -> &'static GucSetting<f64> {
    let given = environment(name).map(|value| value.parse::<f64>());
    let value = match given {
        Some(Ok(rate)) if (0.0..=1.0).contains(&rate) => rate,
        Some(_) => {
            warning!("the environment variable {name} is not a number from 0 to 1 and is ignored");
            1.0
        }
        None => 1.0,
    };
    Box::leak(Box::new(GucSetting::<f64>::new(value)))
}

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
    let words = |name, short, setting, flags| {
        GucRegistry::define_string_guc(name, short, c"", setting, GucContext::Sighup, flags);
    };
    words(
        c"dify_observe.otlp_endpoint",
        c"Base URL of the OTLP receiver, such as http://otel-collector:4318.",
        declared.otlp_endpoint,
        plain(),
    );
    words(
        c"dify_observe.otlp_protocol",
        c"OTLP transport: http (protobuf).",
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
        c"dify_observe.otlp_headers",
        c"Headers of every request: key=value pairs separated by commas.",
        declared.otlp_headers,
        secret(),
    );
    words(
        c"dify_observe.otlp_api_key",
        c"Sent as authorization: Bearer <key>.",
        declared.otlp_api_key,
        secret(),
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
