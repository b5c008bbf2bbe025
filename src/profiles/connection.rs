//! How each backend is reached: what an operator is asked for, and what becomes of it. So nobody has to know a path or a header.

mod backend;

pub use backend::Backend;

use super::Profile;
use crate::transport::headers::{set_basic, set_bearer, set_header};
use crate::transport::protocol::Protocol;

/// What was given. Keys are secrets; nothing of them is ever in an error.
#[derive(Clone, Copy, Debug)]
pub struct Given<'a> {
    pub protocol: Protocol,
    pub endpoint: Option<&'a str>,
    pub project: Option<&'a str>,
    pub workspace: Option<&'a str>,
    pub api_key: Option<&'a str>,
    pub public_key: Option<&'a str>,
    pub secret_key: Option<&'a str>,
    pub space_id: Option<&'a str>,
}

/// Where and how to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// The base URL, to which the path of a signal is appended.
    pub endpoint: String,
    pub headers: Vec<(String, String)>,
    /// Attributes of the resource.
    pub resource: Vec<(String, String)>,
}

/// Arize AX, which only those have who have a space there.
const ARIZE: &str = "https://otlp.arize.com";

/// An option and what is wrong with it.
pub type Fault = (&'static str, String);

impl Connection {
    /// How a backend is reached. `headers` are those that were given as such; what a key makes wins over them.
    pub fn to(
        backend: Backend,
        given: Given<'_>,
        headers: Vec<(String, String)>,
    ) -> Result<Self, Fault> {
        for (name, value) in [
            ("project", given.project),
            ("workspace", given.workspace),
            ("api_key", given.api_key),
            ("public_key", given.public_key),
            ("secret_key", given.secret_key),
            ("space_id", given.space_id),
        ] {
            if value.is_some() && !backend.takes().contains(&name) {
                let why = format!("{} has no use for it", backend.name());
                return Err((name, why));
            }
        }
        if given.protocol == Protocol::Grpc && !backend.path().is_empty() {
            let why = format!("{} takes OTLP over HTTP only", backend.name());
            return Err(("protocol", why));
        }
        let cloud = given.space_id.map(|_| ARIZE).or(backend.endpoint());
        let endpoint = given.endpoint.or(cloud);
        let endpoint = endpoint.ok_or(("endpoint", "it is required".to_owned()))?;
        let mut to = Self {
            endpoint: based(endpoint, backend.path()),
            headers,
            resource: Vec::new(),
        };
        to.authenticate(backend, given)?;
        to.place(backend, given)?;
        Ok(to)
    }

    /// Headers that tell who sends.
    fn authenticate(&mut self, backend: Backend, given: Given<'_>) -> Result<(), Fault> {
        match backend {
            Backend::Of(Profile::Langfuse) => {
                let both = given.public_key.zip(given.secret_key);
                let missing = if given.public_key.is_some() {
                    "secret_key"
                } else {
                    "public_key"
                };
                if let Some((public, secret)) = both {
                    set_basic(&mut self.headers, public, secret)
                        .map_err(|why| ("public_key", why))?;
                } else if given.public_key.or(given.secret_key).is_some() {
                    return Err((missing, "both keys are needed".to_owned()));
                }
                // Spans are then shown at once, each by itself: every one tells what it knows of its trace.
                self.header("x-langfuse-ingestion-version", "4", "profile", given)
            }
            Backend::Of(Profile::LangSmith) => self.key("x-api-key", given),
            Backend::Of(Profile::OpenInference) => match (given.space_id, given.api_key) {
                (Some(space), Some(_)) => {
                    // By both names that it has had.
                    for name in ["space_id", "arize-space-id"] {
                        self.header(name, space, "space_id", given)?;
                    }
                    self.key("api_key", given)?;
                    self.key("arize-api-key", given)
                }
                (Some(_), None) => Err(("api_key", "it is needed with space_id".to_owned())),
                (None, _) => self.bearer(given),
            },
            Backend::Of(Profile::Dify | Profile::GenAi) | Backend::MlFlow => self.bearer(given),
            Backend::Honeycomb => self.key("x-honeycomb-team", given),
            Backend::Datadog => {
                self.header("dd-otlp-source", "llmobs", "profile", given)?;
                self.key("dd-api-key", given)
            }
            Backend::Opik => self.key("authorization", given),
            Backend::GrafanaCloud => match given.workspace.zip(given.api_key) {
                Some((instance, token)) => {
                    set_basic(&mut self.headers, instance, token).map_err(|why| ("workspace", why))
                }
                None if given.api_key.is_some() => {
                    let why = "it is required: the number of the instance";
                    Err(("workspace", why.to_owned()))
                }
                None => Ok(()),
            },
        }
    }

    /// The project and the workspace, where the backend reads them.
    fn place(&mut self, backend: Backend, given: Given<'_>) -> Result<(), Fault> {
        if let Some(project) = given.project {
            match backend {
                Backend::Of(Profile::OpenInference) => {
                    for name in ["openinference.project.name", "model_id"] {
                        self.resource.push((name.to_owned(), project.to_owned()));
                    }
                }
                Backend::Of(Profile::LangSmith) => {
                    self.header("langsmith-project", project, "project", given)?;
                }
                Backend::Opik => self.header("projectname", project, "project", given)?,
                Backend::Honeycomb => {
                    self.header("x-honeycomb-dataset", project, "project", given)?;
                }
                Backend::MlFlow => {
                    self.header("x-mlflow-experiment-id", project, "project", given)?;
                }
                _ => (),
            }
        }
        if backend == Backend::MlFlow && given.project.is_none() {
            return Err((
                "project",
                "it is required: the id of the experiment".to_owned(),
            ));
        }
        match (backend, given.workspace) {
            (Backend::Opik, Some(workspace)) => {
                self.header("comet-workspace", workspace, "workspace", given)
            }
            (Backend::Of(Profile::LangSmith), Some(workspace)) => {
                self.header("x-tenant-id", workspace, "workspace", given)
            }
            _ => Ok(()),
        }
    }

    fn key(&mut self, header: &'static str, given: Given<'_>) -> Result<(), Fault> {
        match given.api_key {
            Some(key) => self.header(header, key, "api_key", given),
            None => Ok(()),
        }
    }

    fn bearer(&mut self, given: Given<'_>) -> Result<(), Fault> {
        match given.api_key {
            Some(key) => {
                set_bearer(&mut self.headers, key, given.protocol).map_err(|why| ("api_key", why))
            }
            None => Ok(()),
        }
    }

    fn header(
        &mut self,
        name: &'static str,
        value: &str,
        option: &'static str,
        given: Given<'_>,
    ) -> Result<(), Fault> {
        set_header(&mut self.headers, name, value, given.protocol).map_err(|why| (option, why))
    }
}

/// The base URL: what was given, with the backend's path unless it is there already, and without that of a signal.
fn based(endpoint: &str, path: &str) -> String {
    let base = endpoint.trim().trim_end_matches('/');
    let base = base.strip_suffix("/v1/traces").unwrap_or(base);
    if base.ends_with(path) {
        base.to_owned()
    } else {
        format!("{base}{path}")
    }
}

#[cfg(test)]
mod tests;
