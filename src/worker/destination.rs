//! Where to send and how, from the settings or from a foreign server.

use crate::destinations::{Filter, Options};
use crate::otlp::signal::Signal;
use crate::otlp::{Rendering, Resource};
use crate::profiles::Profile;
use crate::settings::Settings;
use crate::store::destinations::Server;
use crate::transport::endpoint::Endpoint;
use crate::transport::file;
use crate::transport::headers;
use crate::transport::protocol::Protocol;
use crate::transport::request::{Peer, Request};
use crate::transport::tls::Tls;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message;
use serde::Serialize;
use std::sync::Arc;

/// A destination that can be sent to.
#[derive(PartialEq)]
pub struct Destination {
    peer: Arc<Peer>,
    pub filter: Filter,
    pub resource: Resource,
    pub rendering: Rendering,
}

impl Destination {
    /// The settings' destination; none when export is off. An error says what is wrong with the settings, without values.
    pub fn of_settings(settings: &Settings, instance_id: &str) -> Result<Option<Self>, String> {
        if !settings.export {
            return Ok(None);
        }
        if settings.endpoint.trim().is_empty() {
            return Err("dify_observe.otlp_endpoint is not set".to_owned());
        }
        let of = |setting: &str, why: String| format!("dify_observe.{setting}: {why}");
        let protocol =
            Protocol::parse(&settings.protocol).map_err(|why| of("otlp_protocol", why))?;
        let endpoint = Endpoint::parse(&settings.endpoint, protocol)
            .map_err(|why| of("otlp_endpoint", why))?;
        let headers = headers::parse(&settings.headers, settings.api_key.as_deref(), protocol)
            .map_err(|why| of("otlp_headers", why))?;
        let tls =
            tls(&endpoint, settings.ca_file.as_deref()).map_err(|why| of("otlp_ca_file", why))?;
        Ok(Some(Self {
            peer: Arc::new(Peer {
                endpoint,
                protocol,
                headers,
                gzip: settings.gzip,
                timeout: settings.timeout,
                tls,
            }),
            filter: Filter::default(),
            resource: resource(settings, instance_id),
            rendering: rendering(settings),
        }))
    }

    /// A foreign server; none when export or the server is off. What its options leave open follows the settings.
    pub fn of_server(
        server: &Server,
        settings: &Settings,
        instance_id: &str,
    ) -> Result<Option<Self>, String> {
        if !server.permitted {
            return Err(
                "the server's owner has no USAGE on the foreign-data wrapper dify_observe".into(),
            );
        }
        let options =
            Options::read(&server.options, &server.mapping).map_err(|fault| fault.to_string())?;
        if !settings.export || !options.enabled {
            return Ok(None);
        }
        let files = [&options.ca_file, &options.api_key_file];
        if files.into_iter().any(Option::is_some) && !server.reads_files {
            return Err(
                "the server's owner must be a member of pg_read_server_files for ca_file and api_key_file"
                    .into(),
            );
        }
        let options = match &options.api_key_file {
            Some(path) => {
                let of = |why: String| format!("option \"api_key_file\": {why}");
                let key = file::secret(path).map_err(of)?;
                Options::read(&server.options, &with_key(&server.mapping, key))
                    .map_err(|fault| of(fault.to_string()))?
            }
            None => options,
        };
        let tls = tls(&options.endpoint, options.ca_file.as_deref())
            .map_err(|why| format!("option \"ca_file\": {why}"))?;
        let general = rendering(settings);
        Ok(Some(Self {
            peer: Arc::new(Peer {
                endpoint: options.endpoint,
                protocol: options.protocol,
                headers: options.headers,
                gzip: options.gzip.unwrap_or(settings.gzip),
                timeout: options.timeout.unwrap_or(settings.timeout),
                tls,
            }),
            filter: options.filter,
            resource: Resource {
                more: options.resource,
                ..resource(settings, instance_id)
            },
            rendering: Rendering {
                profile: options.profile,
                include_content: options.include_content.unwrap_or(general.include_content),
                sampling_rate: options.sampling_rate.unwrap_or(general.sampling_rate),
                ..general
            },
        }))
    }

    /// A request of spans or logs that are written already.
    pub fn events_request(&self, signal: Signal, protobuf: Vec<u8>) -> Result<Request, String> {
        let encoding = self.peer.protocol.encoding();
        let body = if signal == Signal::Traces {
            encoding.rewrite::<ExportTraceServiceRequest>(protobuf)?
        } else {
            encoding.rewrite::<ExportLogsServiceRequest>(protobuf)?
        };
        Ok(self.carrying(signal, body))
    }

    /// A request of a signal with this message.
    pub fn request(
        &self,
        signal: Signal,
        message: &(impl Message + Serialize),
    ) -> Result<Request, String> {
        let body = self.peer.protocol.encoding().encode(message)?;
        Ok(self.carrying(signal, body))
    }

    fn carrying(&self, signal: Signal, body: Vec<u8>) -> Request {
        Request {
            peer: Arc::clone(&self.peer),
            signal,
            body,
        }
    }
}

/// The options with the key in the place of the file that holds it.
fn with_key(mapping: &[(String, String)], key: String) -> Vec<(String, String)> {
    let others = mapping.iter().filter(|(name, _)| name != "api_key_file");
    let key = ("api_key".to_owned(), key);
    others.cloned().chain([key]).collect()
}

fn tls(endpoint: &Endpoint, ca_file: Option<&str>) -> Result<Option<Tls>, String> {
    endpoint
        .is_secure()
        .then(|| Tls::trusting(ca_file))
        .transpose()
}

fn resource(settings: &Settings, instance_id: &str) -> Resource {
    Resource {
        service_name: settings.service_name.clone(),
        host_name: hostname::get()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default(),
        instance_id: instance_id.to_owned(),
        more: Vec::new(),
    }
}

fn rendering(settings: &Settings) -> Rendering {
    Rendering {
        profile: Profile::Dify,
        include_content: settings.include_content,
        span_id_rule: settings.span_id_rule,
        sampling_rate: settings.sampling_rate,
    }
}
