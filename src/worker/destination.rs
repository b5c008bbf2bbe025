//! Where to send, from the settings.

use crate::otlp::signal::Signal;
use crate::otlp::{Rendering, Resource};
use crate::settings::Settings;
use crate::transport::endpoint::Endpoint;
use crate::transport::headers;
use crate::transport::http::Request;
use std::time::Duration;

/// The name under which the settings' destination appears in `export_status`.
pub const DEFAULT: &str = "default";

/// A destination that can be sent to.
pub struct Destination {
    endpoint: Endpoint,
    headers: Vec<(String, String)>,
    gzip: bool,
    timeout: Duration,
    pub resource: Resource,
    pub rendering: Rendering,
}

impl Destination {
    /// The settings' destination; none when export is off. An error says what is wrong with the settings, without values.
    pub fn of(settings: &Settings, instance_id: &str) -> Result<Option<Self>, String> {
        if !settings.export {
            return Ok(None);
        }
        if settings.protocol != "http" {
            return Err(
                "dify_observe.otlp_protocol: only http (protobuf) is in this version".to_owned(),
            );
        }
        if settings.endpoint.trim().is_empty() {
            return Err("dify_observe.otlp_endpoint is not set".to_owned());
        }
        let of = |setting: &str, why: String| format!("dify_observe.{setting}: {why}");
        Ok(Some(Self {
            endpoint: Endpoint::parse(&settings.endpoint)
                .map_err(|why| of("otlp_endpoint", why))?,
            headers: headers::parse(&settings.headers, settings.api_key.as_deref())
                .map_err(|why| of("otlp_headers", why))?,
            gzip: settings.gzip,
            timeout: settings.timeout,
            resource: Resource {
                service_name: settings.service_name.clone(),
                host_name: hostname::get()
                    .map(|name| name.to_string_lossy().into_owned())
                    .unwrap_or_default(),
                instance_id: instance_id.to_owned(),
            },
            rendering: Rendering {
                include_content: settings.include_content,
                span_id_rule: settings.span_id_rule,
                sampling_rate: settings.sampling_rate,
            },
        }))
    }

    /// A request of a signal with this body.
    pub fn request(&self, signal: Signal, body: Vec<u8>) -> Request {
        Request {
            url: self.endpoint.url(signal),
            headers: self.headers.clone(),
            body,
            gzip: self.gzip,
            timeout: self.timeout,
        }
    }
}
