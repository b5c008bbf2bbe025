//! Whom to trust: the system's certificate authorities, or those of a file.

mod fault;

pub use fault::fault;

use super::file;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore, crypto};
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// How to speak TLS. Two are equal when they trust the same authorities.
#[derive(Clone, Debug)]
pub struct Tls {
    config: Arc<ClientConfig>,
    fingerprint: [u8; 32],
}

impl PartialEq for Tls {
    fn eq(&self, other: &Self) -> bool {
        self.fingerprint == other.fingerprint
    }
}

impl Tls {
    /// Trusts the authorities of this file and no others; without a file, the system's. An error names no path.
    pub fn trusting(ca_file: Option<&str>) -> Result<Self, String> {
        match ca_file {
            Some(path) => {
                Self::of(authorities_of(path)?).map_err(|why| format!("certificate {why}"))
            }
            None => Self::of(authorities_of_the_system()?)
                .map_err(|why| format!("the system's certificate {why}")),
        }
    }

    fn of(authorities: Vec<CertificateDer<'static>>) -> Result<Self, String> {
        let mut roots = RootCertStore::empty();
        let mut hash = Sha256::new();
        for (at, authority) in authorities.into_iter().enumerate() {
            hash.update(&authority);
            roots
                .add(authority)
                .map_err(|error| format!("{} cannot be used: {error}", at + 1))?;
        }
        Ok(Self {
            config: Arc::new(config(roots).map_err(|error| error.to_string())?),
            fingerprint: hash.finalize().into(),
        })
    }

    /// For HTTP/1.1; the names of protocols are for the client to add.
    pub fn config(&self) -> ClientConfig {
        ClientConfig::clone(&self.config)
    }
}

/// Trusts nobody: for clients that speak without TLS and must be given something.
pub fn distrustful() -> Result<ClientConfig, String> {
    config(RootCertStore::empty()).map_err(|error| error.to_string())
}

/// With the provider named here: the process's default could be set by another extension, or by nobody.
fn config(roots: RootCertStore) -> Result<ClientConfig, rustls::Error> {
    let provider = Arc::new(crypto::ring::default_provider());
    Ok(ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth())
}

fn authorities_of(path: &str) -> Result<Vec<CertificateDer<'static>>, String> {
    let text = file::read(path)?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
    let found = found.map_err(|_| "it is not PEM".to_owned())?;
    if found.is_empty() {
        return Err("it has no certificate (-----BEGIN CERTIFICATE-----)".to_owned());
    }
    Ok(found)
}

/// What distributions keep in /etc/ssl, or where SSL_CERT_FILE and SSL_CERT_DIR of the server's environment say. One that
/// cannot be used is passed over: of 140 there is always an odd one.
fn authorities_of_the_system() -> Result<Vec<CertificateDer<'static>>, String> {
    let mut found = rustls_native_certs::load_native_certs().certs;
    found.retain(|authority| RootCertStore::empty().add(authority.clone()).is_ok());
    if found.is_empty() {
        return Err(
            "the system has no certificate authorities: install ca-certificates, or name a file"
                .to_owned(),
        );
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &[u8]) -> String {
        let folder = std::env::temp_dir().join(format!("dify_observe.{}", uuid::Uuid::now_v7()));
        std::fs::write(&folder, text).unwrap();
        let error = Tls::trusting(folder.to_str()).unwrap_err();
        std::fs::remove_file(&folder).unwrap();
        assert!(!error.contains("dify_observe"), "{error}");
        error
    }

    #[test]
    fn files_without_a_usable_certificate() {
        let begin = "-----BEGIN CERTIFICATE-----\n";
        let end = "-----END CERTIFICATE-----\n";
        let key = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
        for (text, part) in [
            ("", "no certificate"),
            ("nonsense", "no certificate"),
            (key, "no certificate"),
            (
                &format!("{begin}AAAA\n{end}"),
                "certificate 1 cannot be used",
            ),
            (&format!("{begin}!\n{end}"), "not PEM"),
            (begin, "not PEM"),
        ] {
            let error = refused(text.as_bytes());
            assert!(error.contains(part), "{text}: {error}");
        }
        assert!(refused(&vec![b'a'; 5 << 20]).contains("4 MiB"));
    }

    #[test]
    fn paths_that_are_no_files() {
        for (path, part) in [
            ("/nowhere/ca.pem", "No such file"),
            ("/", "not a file"),
            ("/dev/zero", "not a file"),
        ] {
            let error = Tls::trusting(Some(path)).unwrap_err();
            assert!(error.contains(part), "{path}: {error}");
        }
    }
}
