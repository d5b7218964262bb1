//! The two files of a certificate, and what may be wrong with them.

use std::{
    fs, io,
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::{Path, PathBuf},
    sync::Arc,
};

use chrono::{DateTime, Utc};
use rustls::{
    client::verify_server_name,
    crypto::ring,
    pki_types::{
        CertificateDer, PrivateKeyDer, ServerName,
        pem::{self, PemObject},
    },
    server::ParsedCertificate,
    sign::CertifiedKey,
};
use thiserror::Error;

use super::validity::validity;
use crate::{authority::Host, origin::Origin};

/// What is larger is no certificate.
const MOST_BYTES: u64 = 1 << 20;

/// Why a certificate cannot be used.
#[derive(Debug, Error)]
pub enum TlsError {
    /// The system does not let us read it.
    #[error("--{setting} {path}: cannot be read")]
    Unreadable {
        /// The setting's name, without dashes.
        setting: &'static str,
        /// As it was given.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// It is not what it should be.
    #[error("--{setting} {path}: {wanted}")]
    Wrong {
        /// The setting's name, without dashes.
        setting: &'static str,
        /// As it was given.
        path: PathBuf,
        /// What is wanted.
        wanted: String,
    },
    /// rustls does not take the configuration.
    #[error("TLS cannot be set up")]
    Unusable(#[source] rustls::Error),
}

/// Where a certificate and its key are.
pub(super) struct Files {
    cert: PathBuf,
    key: PathBuf,
    /// The names under which people come.
    names: Vec<Host>,
}

/// What can be seen of both files without reading them. That links lead elsewhere shows, too, and who may read them.
pub(super) type Print = [Option<(u64, u64, u64, u32, [i64; 2])>; 2];

/// A certificate that can be put into force.
#[derive(Debug)]
pub(super) struct Loaded {
    pub key: Arc<CertifiedKey>,
    pub ends_at: DateTime<Utc>,
}

impl Files {
    pub fn new(cert: &Path, key: &Path, public: &[Origin]) -> Self {
        let https = public.iter().filter(|url| url.is_https());
        Self {
            cert: cert.into(),
            key: key.into(),
            names: https.map(|url| url.host().clone()).collect(),
        }
    }

    pub fn print(&self) -> Print {
        [&self.cert, &self.key].map(|path| {
            let data = fs::metadata(path).ok()?;
            let changed_at = [data.ctime(), data.ctime_nsec()];
            Some((data.dev(), data.ino(), data.len(), data.mode(), changed_at))
        })
    }

    /// Reads both and holds them against each other and against the time.
    pub fn load(&self, now: DateTime<Utc>) -> Result<Loaded, TlsError> {
        let wrong = |wanted: &dyn ToString| self.wrong_cert(wanted);
        let pem = read("tls-cert", &self.cert)?;
        let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
        let chain = chain.map_err(|error| wrong(&fault(&error)))?;
        let Some(leaf) = chain.first() else {
            return Err(wrong(&"there is no certificate in it; a chain in PEM is wanted"));
        };
        let (begins_at, ends_at) =
            validity(leaf).ok_or_else(|| wrong(&"the first certificate in it cannot be read"))?;
        if now >= ends_at {
            return Err(wrong(&format_args!("the certificate ended at {ends_at}; renew it")));
        }
        if now < begins_at {
            return Err(wrong(&format_args!(
                "the certificate begins only at {begins_at}; is the clock right?"
            )));
        }
        self.check_names(leaf);
        self.check_readers();
        let key = self.private_key()?;
        let key = CertifiedKey::from_der(chain, key, &ring::default_provider()).map_err(|error| match error {
            rustls::Error::InconsistentKeys(_) => {
                let cert = self.cert.display();
                self.wrong_key(&format_args!(
                    "this key is not that of the certificate in {cert}, whose own must come first in it"
                ))
            }
            rustls::Error::InvalidCertificate(_) => wrong(&"the first certificate in it cannot be read"),
            _ => self.wrong_key(&"an RSA key of 2048 bits or more, or one of ECDSA P-256, P-384 or Ed25519 is wanted"),
        })?;
        Ok(Loaded {
            key: Arc::new(key),
            ends_at,
        })
    }

    fn private_key(&self) -> Result<PrivateKeyDer<'static>, TlsError> {
        let pem = read("tls-key", &self.key)?;
        PrivateKeyDer::from_pem_slice(&pem).map_err(|error| match error {
            _ if pem.windows(9).any(|word| word == b"ENCRYPTED") => {
                self.wrong_key(&"the key is encrypted; one without a passphrase is wanted, which `openssl pkey` writes")
            }
            pem::Error::NoItemsFound => self.wrong_key(&"there is no private key in it; one in PEM is wanted"),
            error => self.wrong_key(&fault(&error)),
        })
    }

    /// Some keep keys where a group of the system reads them. Everybody is a mistake, but none that should end a chat.
    fn check_readers(&self) {
        let is_open = fs::metadata(&self.key).is_ok_and(|data| data.permissions().mode() & 0o007 != 0);
        if is_open {
            let file = self.key.display();
            tracing::warn!(%file, "everybody on this machine may open the private key; chmod o= takes that away");
        }
    }

    /// A certificate for other names is no reason to be off: browsers tell people, and the log the operator.
    fn check_names(&self, leaf: &CertificateDer<'_>) {
        let Ok(leaf) = ParsedCertificate::try_from(leaf) else {
            return;
        };
        for name in &self.names {
            let is_named = ServerName::try_from(name.to_string().trim_matches(['[', ']']))
                .is_ok_and(|name| verify_server_name(&leaf, &name).is_ok());
            if !is_named {
                tracing::warn!(%name, "the certificate is not for a name of --public-url; browsers will warn people");
            }
        }
    }

    fn wrong_cert(&self, wanted: &dyn ToString) -> TlsError {
        TlsError::Wrong {
            setting: "tls-cert",
            path: self.cert.clone(),
            wanted: wanted.to_string(),
        }
    }

    fn wrong_key(&self, wanted: &dyn ToString) -> TlsError {
        TlsError::Wrong {
            setting: "tls-key",
            path: self.key.clone(),
            wanted: wanted.to_string(),
        }
    }
}

/// What is wrong with a PEM file, in words of our own: those of the error would put lines of a key into the log.
fn fault(error: &pem::Error) -> &'static str {
    match error {
        pem::Error::MissingSectionEnd { .. } => {
            "a PEM file is wanted, and this one ends too early; is all of it written?"
        }
        pem::Error::IllegalSectionStart { .. } => "a PEM file is wanted, where BEGIN has a line of its own",
        pem::Error::Base64Decode(_) => "a PEM file is wanted, and between BEGIN and END is no base64",
        _ => "a PEM file is wanted",
    }
}

fn read(setting: &'static str, path: &Path) -> Result<Vec<u8>, TlsError> {
    let read = || {
        let data = fs::metadata(path)?;
        if data.len() > MOST_BYTES {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, "more than 1 MiB"));
        }
        fs::read(path)
    };
    read().map_err(|source| TlsError::Unreadable {
        setting,
        path: path.into(),
        source,
    })
}

#[cfg(test)]
mod tests;
