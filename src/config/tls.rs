//! `cert` and `key` under `[server]`: what the server speaks TLS with.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::pem::{Error as PemError, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use thiserror::Error;

use super::token::readable_by_all;
use crate::toml_file::Fields;

/// The files of a certificate, with what leads to its authority, and of its key; PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    pub cert: PathBuf,
    pub key: PathBuf,
}

/// Why the server cannot speak TLS with these files.
#[derive(Debug, Error)]
pub enum TlsFault {
    #[error("{}: cannot be read ({fault}): check the path and who may read it", .path.display())]
    Unread { path: PathBuf, fault: io::Error },
    #[error("{}: no PEM ({detail}): it has to hold lines that begin with -----BEGIN", .path.display())]
    NoPem { path: PathBuf, detail: String },
    #[error("{}: no certificate is in it: name the file with -----BEGIN CERTIFICATE----- as `cert`", .0.display())]
    NoCertificate(PathBuf),
    #[error("{}: no private key is in it that is not locked: name the file with -----BEGIN PRIVATE KEY----- as `key`", .0.display())]
    NoKey(PathBuf),
    #[error("{} and {} do not go together ({detail}): name the key that the certificate was made for", .cert.display(), .key.display())]
    Mismatch { cert: PathBuf, key: PathBuf, detail: String },
}

impl TlsFiles {
    /// Reads the files, as a server needs them.
    ///
    /// # Errors
    /// [`TlsFault`].
    pub fn load(&self) -> Result<Arc<ServerConfig>, TlsFault> {
        let read = |certs: Result<Vec<_>, PemError>| certs.map_err(|fault| of_pem(&self.cert, fault));
        let certs = read(CertificateDer::pem_file_iter(&self.cert).and_then(Iterator::collect))?;
        if certs.is_empty() {
            return Err(TlsFault::NoCertificate(self.cert.clone()));
        }
        let key = PrivateKeyDer::from_pem_file(&self.key).map_err(|fault| match fault {
            PemError::NoItemsFound => TlsFault::NoKey(self.key.clone()),
            fault => of_pem(&self.key, fault),
        })?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .and_then(|builder| builder.with_no_client_auth().with_single_cert(certs, key));
        let mut config = config.map_err(|fault| TlsFault::Mismatch {
            cert: self.cert.clone(),
            key: self.key.clone(),
            detail: fault.to_string(),
        })?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }
}

fn of_pem(path: &Path, fault: PemError) -> TlsFault {
    let path = path.to_owned();
    match fault {
        PemError::Io(fault) => TlsFault::Unread { path, fault },
        fault => TlsFault::NoPem { path, detail: fault.to_string() },
    }
}

/// Both or neither; what is wrong with them is told.
pub(super) fn read_tls(fields: &mut Fields<'_, '_>, folder: &Path) -> Option<TlsFiles> {
    let (cert, key) = (fields.text("cert"), fields.text("key"));
    let doc = fields.doc;
    let (cert, key) = match (cert, key) {
        (Some(cert), Some(key)) => (cert, key),
        (None, None) => return None,
        (Some(one), None) => {
            doc.error(one.at, "`cert` stands without `key`", "name the file of its private key as `key`");
            return None;
        }
        (None, Some(one)) => {
            doc.error(one.at, "`key` stands without `cert`", "name the file of its certificate as `cert`");
            return None;
        }
    };
    let files = TlsFiles { cert: folder.join(cert.text), key: folder.join(key.text) };
    if let Err(fault) = files.load() {
        let at = match &fault {
            TlsFault::Unread { path, .. } | TlsFault::NoPem { path, .. } if *path == files.cert => cert.at,
            TlsFault::NoCertificate(_) => cert.at,
            _ => key.at,
        };
        let told = fault.to_string();
        let (found, remedy) = told.rsplit_once(": ").unwrap_or((&told, "name another file"));
        doc.error(at, found, remedy);
    } else if readable_by_all(&files.key) {
        let found = format!("everyone on this machine can read {}", files.key.display());
        doc.warning(key.at, &found, &format!("run `chmod o-r {}`", files.key.display()));
    }
    Some(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_fault_of_the_files_is_told_by_itself() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            path
        };
        let (cert, key) = (PathBuf::from("tests/tls/cert.pem"), PathBuf::from("tests/tls/key.pem"));
        let other_key = "-----BEGIN PRIVATE KEY-----\n\
            MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAGhRANC\n\
            AARrF9Hy4SxCR/i85uVjpEDydwN9gS3rM6D0oTlF2JjClk/jQuL+Gn+bjufrSnwPnhYrzjNXazFezsu2QGg3v1H1\n\
            -----END PRIVATE KEY-----\n";
        let text = file("text", "none of these");
        let absent = folder.path().join("absent");
        for (cert, key, wanted) in [
            (&cert, &key, None),
            (&absent, &key, Some("cannot be read")),
            (&cert, &absent, Some("cannot be read")),
            (&text, &key, Some("no certificate")),
            (&cert, &text, Some("no private key")),
            (&cert, &cert, Some("no private key")),
            (&cert, &file("other", other_key), Some("do not go together")),
        ] {
            let loaded = TlsFiles { cert: cert.clone(), key: key.clone() }.load();
            match (loaded, wanted) {
                (Ok(_), None) => {}
                (Err(fault), Some(wanted)) => assert!(fault.to_string().contains(wanted), "{fault}"),
                (loaded, wanted) => panic!("{cert:?} {key:?}: {:?}, not {wanted:?}", loaded.err()),
            }
        }
    }
}
