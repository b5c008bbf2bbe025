//! Which failures of TLS a person must put right, and how they are told.

use rustls::{AlertDescription, CertificateError, Error};

/// What is wrong with the settings, with the peer's or with our trust in it; none where trying again may help. Walks
/// through all causes of an error.
pub fn fault(error: &(dyn std::error::Error + 'static)) -> Option<String> {
    let mut cause = Some(error);
    while let Some(this) = cause {
        if let Some(error) = this.downcast_ref::<Error>() {
            return told(error);
        }
        // The source of an io::Error is that of what it wraps: it leaves out just what is looked for.
        let wrapped = this
            .downcast_ref::<std::io::Error>()
            .and_then(std::io::Error::get_ref);
        cause = match wrapped {
            Some(wrapped) => Some(wrapped),
            None => this.source(),
        };
    }
    None
}

fn told(error: &Error) -> Option<String> {
    Some(match error {
        Error::InvalidCertificate(why) => {
            format!("the receiver's certificate {}", certificate(why))
        }
        Error::InvalidMessage(_) => {
            "the receiver does not speak TLS there: is it an http:// address?".into()
        }
        Error::PeerIncompatible(why) => {
            format!("the receiver speaks no TLS that this server accepts: {why:?}")
        }
        Error::NoApplicationProtocol => {
            "the receiver does not offer the protocol of otlp_protocol".into()
        }
        Error::UnsupportedNameType => {
            "the endpoint's host has no name that a certificate could be for".into()
        }
        Error::AlertReceived(alert) => refusal(*alert)?,
        // A connection that broke in the middle, memory, random numbers, the clock.
        _ => return None,
    })
}

fn certificate(why: &CertificateError) -> String {
    use CertificateError as Why;
    match why {
        Why::Expired | Why::ExpiredContext { .. } => "has expired".into(),
        Why::NotValidYet | Why::NotValidYetContext { .. } => "is not valid yet".into(),
        Why::NotValidForName | Why::NotValidForNameContext { .. } => {
            "is for another name than the endpoint's host".into()
        }
        Why::UnknownIssuer => {
            "was not issued by an authority that is trusted here: see dify_observe.otlp_ca_file"
                .into()
        }
        other => format!("cannot be accepted: {other:?}"),
    }
}

/// What the peer says before it hangs up.
fn refusal(alert: AlertDescription) -> Option<String> {
    use AlertDescription as Alert;
    match alert {
        Alert::InternalError | Alert::UserCanceled | Alert::CloseNotify => None,
        Alert::CertificateRequired => {
            Some("the receiver wants a certificate of the client, which is not supported".into())
        }
        Alert::NoApplicationProtocol => {
            Some("the receiver does not offer the protocol of otlp_protocol".into())
        }
        other => Some(format!(
            "the receiver refuses the TLS connection: {other:?}"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustls::InvalidMessage;

    #[test]
    fn whose_fault_a_failure_is() {
        for (error, part) in [
            (
                Error::InvalidCertificate(CertificateError::Expired),
                Some("has expired"),
            ),
            (
                Error::InvalidCertificate(CertificateError::NotValidYet),
                Some("not valid yet"),
            ),
            (
                Error::InvalidCertificate(CertificateError::NotValidForName),
                Some("another name"),
            ),
            (
                Error::InvalidCertificate(CertificateError::UnknownIssuer),
                Some("otlp_ca_file"),
            ),
            (
                Error::InvalidCertificate(CertificateError::Revoked),
                Some("Revoked"),
            ),
            (
                Error::InvalidMessage(InvalidMessage::InvalidContentType),
                Some("not speak TLS"),
            ),
            (
                Error::AlertReceived(AlertDescription::ProtocolVersion),
                Some("ProtocolVersion"),
            ),
            (
                Error::AlertReceived(AlertDescription::CertificateRequired),
                Some("of the client"),
            ),
            (Error::AlertReceived(AlertDescription::InternalError), None),
            (Error::DecryptError, None),
            (Error::HandshakeNotComplete, None),
        ] {
            let wrapped = std::io::Error::other(std::io::Error::other(error.clone()));
            for cause in [&error as &(dyn std::error::Error + 'static), &wrapped] {
                let found = fault(cause);
                match part {
                    Some(part) => assert!(found.is_some_and(|why| why.contains(part)), "{error:?}"),
                    None => assert_eq!(found, None, "{error:?}"),
                }
            }
        }
        assert_eq!(fault(&std::io::Error::other("cut")), None);
    }
}
