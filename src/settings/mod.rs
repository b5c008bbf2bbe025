//! Every setting, its environment name, and one snapshot of them per turn of a loop.

mod declare;
mod environment;
mod masking;

pub use declare::declare;
pub use masking::mask_changes;

use crate::ids::SpanIdRule;
use crate::metrics::parse_bounds;
use pgrx::guc::{GucSetting, PostgresGucEnum};
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
    cleanup_enabled: &'static GucSetting<bool>,
    retention_days: &'static GucSetting<i32>,
    cleanup_batch_size: &'static GucSetting<i32>,
}

static DECLARED: OnceLock<Declared> = OnceLock::new();
static SPAN_ID_RULE: GucSetting<RuleName> = GucSetting::<RuleName>::new(RuleName::Sha256);
static HISTOGRAM_BOUNDS: Text = Text::new(None);
static METRIC_INTERVAL: GucSetting<i32> = GucSetting::<i32>::new(60);
static OTLP_TIMEOUT: GucSetting<i32> = GucSetting::<i32>::new(10_000);
static OTLP_COMPRESSION: GucSetting<Compression> =
    GucSetting::<Compression>::new(Compression::Gzip);
static RETENTION_LOCK_TIMEOUT: GucSetting<i32> = GucSetting::<i32>::new(100);
static MAX_BACKLOG_AGE: GucSetting<i32> = GucSetting::<i32>::new(0);
static MAX_BACKLOG_BYTES: GucSetting<f64> = GucSetting::<f64>::new(0.0);
static OTLP_CA_FILE: Text = Text::new(None);
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
    pub ca_file: Option<String>,
    pub gzip: bool,
    /// Expired logs are removed without being asked.
    pub cleanup: bool,
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
        ca_file: Some(text(&OTLP_CA_FILE)).filter(|path| !path.is_empty()),
        gzip: OTLP_COMPRESSION.get() == Compression::Gzip,
        cleanup: declared.cleanup_enabled.get(),
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
