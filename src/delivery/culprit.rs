//! Which of the things that a person gave is wrong, by what came back when they were tried.

use super::outcome::Reply;
use super::reason;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Culprit {
    Key,
    Address,
    Project,
    /// The key, or the project that it is not for.
    KeyOrProject,
}

/// What backends call the place that is written to, in their complaints. Not "space": that is in too many words.
const PLACES: [&str; 7] = [
    "project",
    "workspace",
    "experiment",
    "space_id",
    "space id",
    "dataset",
    "tenant",
];

impl Culprit {
    /// None where nothing given is to blame, or it cannot be told what.
    pub fn of(reply: &Reply) -> Option<Self> {
        let (status, complaint) = match reply {
            Reply::Answered {
                status, json, body, ..
            } => {
                let page = !json && body.trim_ascii_start().starts_with(b"<");
                if page && (200..=299).contains(status) {
                    return Some(Culprit::Address);
                }
                (*status, reason::of_answer(*status, *json, body))
            }
            Reply::Called { code, message, .. } => {
                let status = match code {
                    3 => 400,
                    5 | 12 => 404,
                    7 => 403,
                    16 => 401,
                    _ => return None,
                };
                (status, message.clone())
            }
            Reply::Failed(_) => return Some(Culprit::Address),
            // It says itself what is to be changed.
            Reply::Unusable(_) => return None,
        };
        let complaint = complaint.to_lowercase();
        let names_place = PLACES.iter().any(|place| complaint.contains(place));
        match status {
            401 => Some(Culprit::Key),
            400 | 403 | 404 | 422 if names_place => Some(Culprit::Project),
            403 => Some(Culprit::KeyOrProject),
            300..=399 | 404 | 405 => Some(Culprit::Address),
            _ => None,
        }
    }

    pub fn text(self) -> &'static str {
        match self {
            Culprit::Key => "wrong or missing key",
            Culprit::Address => "wrong address",
            Culprit::Project => "wrong project",
            Culprit::KeyOrProject => "wrong key, or a project that is not for it",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(status: u16, body: &str) -> Option<Culprit> {
        Culprit::of(&Reply::Answered {
            status,
            retry_after: None,
            json: body.starts_with('{'),
            body: body.into(),
        })
    }

    #[test]
    fn answers() {
        use Culprit::{Address, Key, KeyOrProject, Project};
        for (status, body, culprit) in [
            (200, "", None),
            (200, "{}", None),
            (200, " <!doctype html>", Some(Address)),
            (401, r#"{"detail":"Invalid token"}"#, Some(Key)),
            (
                401,
                r#"{"message":"no such key in this project"}"#,
                Some(Key),
            ),
            (403, "", Some(KeyOrProject)),
            (403, r#"{"message":"not of this workspace"}"#, Some(Project)),
            (404, "not found", Some(Address)),
            (
                404,
                r#"{"message":"No Experiment with id=7 exists"}"#,
                Some(Project),
            ),
            (400, "bad span", None),
            (405, "", Some(Address)),
            (301, "", Some(Address)),
            (415, "", None),
            (429, "too many for this project", None),
            (503, "", None),
        ] {
            assert_eq!(answered(status, body), culprit, "{status} {body}");
        }
    }

    #[test]
    fn calls() {
        for (code, message, culprit) in [
            (0, "", None),
            (16, "", Some(Culprit::Key)),
            (7, "no access", Some(Culprit::KeyOrProject)),
            (7, "unknown space_id", Some(Culprit::Project)),
            (12, "", Some(Culprit::Address)),
            (14, "", None),
        ] {
            let reply = Reply::Called {
                code,
                message: message.to_owned(),
                retry_delay: None,
                body: Vec::new(),
            };
            assert_eq!(Culprit::of(&reply), culprit, "{code} {message}");
        }
    }

    #[test]
    fn silence() {
        let failed = Reply::Failed("connection refused".to_owned());
        assert_eq!(Culprit::of(&failed), Some(Culprit::Address));
        let unusable = Reply::Unusable("the certificate has expired".to_owned());
        assert_eq!(Culprit::of(&unusable), None);
    }
}
