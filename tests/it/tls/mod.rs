//! TLS of the server's own: the same chat, and what only TLS has.

mod chat;
mod client;
mod doors;
mod files;

use std::path::Path;

use tempfile::TempDir;

use crate::program::{Program, command};
use client::Certificate;

/// A server that speaks TLS.
struct Secured {
    app: Program,
    certificate: Certificate,
    folder: TempDir,
}

impl Secured {
    fn start(options: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let certificate = Certificate::new();
        certificate.write(folder.path());
        let mut command = command(&folder.path().join("data"));
        command.args(files(folder.path())).args(options);
        Self {
            app: Program::spawn(command, folder.path()),
            certificate,
            folder,
        }
    }
}

/// The options that name the files in `folder`.
fn files(folder: &Path) -> [String; 4] {
    let path = |name| folder.join(name).to_str().unwrap().to_owned();
    [
        "--tls-cert".into(),
        path("cert.pem"),
        "--tls-key".into(),
        path("key.pem"),
    ]
}
