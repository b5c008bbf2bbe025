//! What a foreign server of ours and its user mapping say. Pure.

mod option;

pub use option::{Fault, Known, SERVER, USER_MAPPING, check};

use crate::otlp::signal::Signal;
use crate::profiles::Profile;
use crate::profiles::connection::{self, Backend, Connection};
use crate::transport::endpoint::Endpoint;
use crate::transport::headers;
use crate::transport::protocol::Protocol;
use std::time::Duration;
use uuid::Uuid;

/// A destination as its options describe it. What is not given follows the settings.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    pub profile: Profile,
    /// Attributes of the resource that the backend wants.
    pub resource: Vec<(String, String)>,
    pub endpoint: Endpoint,
    pub protocol: Protocol,
    /// Credentials included, those of a file excepted.
    pub headers: Vec<(String, String)>,
    pub api_key_file: Option<String>,
    pub ca_file: Option<String>,
    pub signals: Vec<Signal>,
    pub filter: Filter,
    pub include_content: Option<bool>,
    pub sampling_rate: Option<f64>,
    pub gzip: Option<bool>,
    pub timeout: Option<Duration>,
    /// Where it begins: `now`, `installation`, or a time as Postgres writes it.
    pub start_at: String,
    pub enabled: bool,
}

/// Whose events a destination is given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    pub tenant_id: Option<Uuid>,
    pub app_id: Option<Uuid>,
}

impl Filter {
    /// Whether what is this tenant's and this app's does.
    pub fn lets_pass(&self, tenant: Option<Uuid>, app: Option<Uuid>) -> bool {
        let allows = |wanted: Option<Uuid>, is| wanted.is_none() || wanted == is;
        allows(self.tenant_id, tenant) && allows(self.app_id, app)
    }

    /// Whether all events pass.
    pub fn is_open(&self) -> bool {
        self.tenant_id.is_none() && self.app_id.is_none()
    }
}

/// Names and values, as they were given.
pub type Given = [(String, String)];

impl Options {
    /// Reads the options of a server and of its mapping. An error names the option, and no value of the mapping.
    pub fn read(server: &Given, mapping: &Given) -> Result<Self, Fault> {
        check(SERVER, server)?;
        check(USER_MAPPING, mapping)?;
        let of = |name: &str| value(server, name);
        let secret = |name: &str| value(mapping, name);
        let wrong = |name: &str| {
            let name = name.to_owned();
            move |why: String| Fault::Value { name, why }
        };
        let protocol =
            Protocol::parse(of("protocol").unwrap_or("http")).map_err(wrong("protocol"))?;
        let backend = of("profile").map_or(Ok(Backend::Of(Profile::Dify)), Backend::parse);
        let backend = backend.map_err(wrong("profile"))?;
        if of("endpoint").is_none() && backend == Backend::Of(Profile::Dify) {
            return Err(Fault::Missing("endpoint"));
        }
        let headers = headers::parse(secret("headers").unwrap_or(""), None, protocol);
        // An empty key is none.
        let key = secret("api_key")
            .map(str::trim)
            .filter(|key| !key.is_empty());
        let given = connection::Given {
            protocol,
            endpoint: of("endpoint"),
            project: of("project"),
            workspace: of("workspace"),
            api_key: key,
            public_key: secret("public_key"),
            secret_key: secret("secret_key"),
            space_id: secret("space_id"),
        };
        let Connection {
            endpoint,
            mut headers,
            resource,
        } = Connection::to(backend, given, headers.map_err(wrong("headers"))?)
            .map_err(|(name, why)| wrong(name)(why))?;
        let profile = backend.profile();
        let signals = match of("signals") {
            Some(list) => option::signals(list).map_err(wrong("signals"))?,
            None => profile.signals().to_vec(),
        };
        if let Some(username) = secret("username") {
            let password = secret("password").unwrap_or("");
            headers::set_basic(&mut headers, username, password).map_err(wrong("username"))?;
        }
        Ok(Self {
            profile,
            resource,
            endpoint: Endpoint::parse(&endpoint, protocol).map_err(wrong("endpoint"))?,
            protocol,
            headers,
            api_key_file: secret("api_key_file").map(str::to_owned),
            ca_file: of("ca_file").map(str::to_owned),
            signals,
            filter: Filter {
                tenant_id: of("tenant_id").and_then(|id| id.parse().ok()),
                app_id: of("app_id").and_then(|id| id.parse().ok()),
            },
            include_content: of("include_content").and_then(option::boolean),
            sampling_rate: of("sampling_rate").and_then(|rate| rate.parse().ok()),
            gzip: of("compression").map(|name| name == "gzip"),
            timeout: of("timeout").and_then(option::duration),
            start_at: of("start_at").unwrap_or("now").to_owned(),
            enabled: of("enabled").and_then(option::boolean).unwrap_or(true),
        })
    }
}

fn value<'a>(given: &'a Given, name: &str) -> Option<&'a str> {
    let found = given.iter().find(|(known, _)| known == name);
    found.map(|(_, value)| value.as_str())
}

#[cfg(test)]
mod tests;
