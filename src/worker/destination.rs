//! Where to send, from the settings.

use crate::otlp::signal::Signal;
use crate::otlp::{Rendering, Resource};
use crate::settings::Settings;
use crate::transport::endpoint::Endpoint;
use crate::transport::headers;
use crate::transport::protocol::Protocol;
use crate::transport::request::{Peer, Request};
use crate::transport::tls::Tls;
use prost::Message;
use serde::Serialize;
use std::sync::Arc;

/// The name under which the settings' destination appears in `export_status`.
pub const DEFAULT: &str = "default";

/// A destination that can be sent to.
#[derive(PartialEq)]
pub struct Destination {
    peer: Arc<Peer>,
    pub resource: Resource,
    pub rendering: Rendering,
}

impl Destination {
    /// The settings' destination; none when export is off. An error says what is wrong with the settings, without values.
    pub fn of(settings: &Settings, instance_id: &str) -> Result<Option<Self>, String> {
        if !settings.export {
            return Ok(None);
        }
        if settings.endpoint.trim().is_empty() {
            return Err("dify_observe.otlp_endpoint is not set".to_owned());
        }
        let of = |setting: &str, why: String| format!("dify_observe.{setting}: {why}");
        let protocol =
            Protocol::parse(&settings.protocol).map_err(|why| of("otlp_protocol", why))?;
        let endpoint =
            Endpoint::parse(&settings.endpoint).map_err(|why| of("otlp_endpoint", why))?;
        let headers = headers::parse(&settings.headers, settings.api_key.as_deref())
            .map_err(|why| of("otlp_headers", why))?;
        let tls = if endpoint.is_secure() {
            let trusted = Tls::trusting(settings.ca_file.as_deref());
            Some(trusted.map_err(|why| of("otlp_ca_file", why))?)
        } else {
            None
        };
        Ok(Some(Self {
            peer: Arc::new(Peer {
                endpoint,
                protocol,
                headers,
                gzip: settings.gzip,
                timeout: settings.timeout,
                tls,
            }),
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

    /// A request of a signal with this message.
    pub fn request(
        &self,
        signal: Signal,
        message: &(impl Message + Serialize),
    ) -> Result<Request, String> {
        Ok(Request {
            peer: Arc::clone(&self.peer),
            signal,
            body: self.peer.protocol.encoding().encode(message)?,
        })
    }
}
