//! The backends that need more than an endpoint.

use crate::profiles::Profile;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    /// Whoever speaks a profile.
    Of(Profile),
    Honeycomb,
    GrafanaCloud,
    Datadog,
    Opik,
    MlFlow,
}

impl Backend {
    const PRESETS: [Backend; 5] = [
        Backend::Honeycomb,
        Backend::GrafanaCloud,
        Backend::Datadog,
        Backend::Opik,
        Backend::MlFlow,
    ];

    /// Reads the name of a profile or of a preset.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wanted = text.trim().to_ascii_lowercase();
        let known = Profile::ALL.map(Backend::Of);
        let mut all = known.into_iter().chain(Self::PRESETS);
        all.find(|one| one.name() == wanted).ok_or_else(|| {
            let profiles = Profile::ALL.map(Profile::name).join(", ");
            let presets = Self::PRESETS.map(Backend::name).join(", ");
            format!("allowed are {profiles}, and the presets {presets}")
        })
    }

    pub fn name(self) -> &'static str {
        match self {
            Backend::Of(profile) => profile.name(),
            Backend::Honeycomb => "honeycomb",
            Backend::GrafanaCloud => "grafana-cloud",
            Backend::Datadog => "datadog",
            Backend::Opik => "opik",
            Backend::MlFlow => "mlflow",
        }
    }

    /// What it is told in: the LLM views of Datadog and Opik read the GenAI conventions, MLflow reads OpenInference best, the others
    /// take everything.
    pub fn profile(self) -> Profile {
        match self {
            Backend::Of(profile) => profile,
            Backend::Honeycomb | Backend::GrafanaCloud => Profile::Dify,
            Backend::Datadog | Backend::Opik => Profile::GenAi,
            Backend::MlFlow => Profile::OpenInference,
        }
    }

    /// Where it is in the cloud, unless it has an address for every customer or region.
    pub(super) fn endpoint(self) -> Option<&'static str> {
        match self {
            Backend::Of(Profile::Langfuse) => Some("https://cloud.langfuse.com"),
            Backend::Of(Profile::LangSmith) => Some("https://api.smith.langchain.com"),
            Backend::Honeycomb => Some("https://api.honeycomb.io"),
            Backend::Datadog => Some("https://otlp.datadoghq.com"),
            Backend::Opik => Some("https://www.comet.com/opik"),
            Backend::Of(_) | Backend::GrafanaCloud | Backend::MlFlow => None,
        }
    }

    /// What stands between the address and the path of a signal.
    pub(super) fn path(self) -> &'static str {
        match self {
            Backend::Of(Profile::Langfuse) => "/api/public/otel",
            Backend::Of(Profile::LangSmith) => "/otel",
            Backend::GrafanaCloud => "/otlp",
            Backend::Opik => "/api/v1/private/otel",
            Backend::Of(_) | Backend::Honeycomb | Backend::Datadog | Backend::MlFlow => "",
        }
    }

    /// The options it has a use for, beside the endpoint.
    pub(super) fn takes(self) -> &'static [&'static str] {
        match self {
            Backend::Of(Profile::Langfuse) => &["public_key", "secret_key"],
            Backend::Of(Profile::OpenInference) => &["api_key", "project", "space_id"],
            Backend::Of(Profile::LangSmith) | Backend::Opik => &["api_key", "project", "workspace"],
            Backend::Honeycomb | Backend::MlFlow => &["api_key", "project"],
            Backend::GrafanaCloud => &["api_key", "workspace"],
            Backend::Of(Profile::Dify | Profile::GenAi) | Backend::Datadog => &["api_key"],
        }
    }
}
