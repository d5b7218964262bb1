//! The files of the certificate: wrong ones at the start, and others while everything runs.

use std::{fs, path::Path};

use super::{Secured, client::Certificate, files};
use crate::{
    peer::eventually,
    program::{bare, command},
};

/// What the program says that cannot start with the files in `folder`.
fn error(folder: &Path) -> String {
    let output = command(&folder.join("data")).args(files(folder)).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
    let text = String::from_utf8(output.stderr).unwrap();
    let line = text.lines().last().unwrap();
    line.replace(&format!("{}/", folder.display()), "")
}

#[test]
fn files_that_are_no_good_are_a_clear_error() {
    let folder = tempfile::tempdir().unwrap();
    assert!(error(folder.path()).starts_with("error: --tls-cert cert.pem: cannot be read: "));
    Certificate::new().write(folder.path());
    let key = fs::read(folder.path().join("key.pem")).unwrap();
    Certificate::new().write(folder.path());
    fs::write(folder.path().join("key.pem"), key).unwrap();
    assert!(error(folder.path()).starts_with("error: --tls-key key.pem: this key is not that of the certificate"));
}

#[test]
fn half_of_it_is_wrong_usage() {
    for (options, told) in [
        (
            &["--tls-cert", "a"][..],
            "error: --tls-cert \"a\": --tls-key is wanted too",
        ),
        (&["--tls-key", "a"], "error: --tls-key \"a\": --tls-cert is wanted too"),
        (
            &["--tls-redirect-bind", "127.0.0.1:80"],
            "error: --tls-redirect-bind \"127.0.0.1:80\": --tls-cert and --tls-key are wanted too",
        ),
        (
            &["--tls-cert=a", "--tls-key=b", "--tls-challenge-dir", "c"],
            "error: --tls-challenge-dir \"c\": --tls-redirect-bind is wanted too",
        ),
    ] {
        let output = bare(crate::program::BINARY).args(options).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(text.starts_with(told), "{text}");
    }
}

/// Whether the server shows this one to who comes now.
async fn shows(server: &Secured, certificate: &Certificate) -> bool {
    let stream = certificate.client().connect(server.app.address).await;
    stream.is_ok_and(|stream| stream.get_ref().1.peer_certificates() == Some(std::slice::from_ref(&certificate.der)))
}

#[tokio::test]
async fn certificates_change_under_live_sockets() {
    let server = Secured::start(&[]);
    let mut ada = server.certificate.client().chat(server.app.address, "Ada").await;
    assert!(shows(&server, &server.certificate).await);
    // Seen by itself.
    let second = Certificate::new();
    second.write(server.folder.path());
    eventually("the second is shown", async || shows(&server, &second).await).await;
    // Asked for.
    let third = Certificate::new();
    third.write(server.folder.path());
    server.app.signal("HUP");
    eventually("the third is shown", async || shows(&server, &third).await).await;
    // One that is no good.
    fs::write(server.folder.path().join("cert.pem"), "nothing").unwrap();
    server.app.signal("HUP");
    eventually("it is logged", async || {
        server.app.log().contains("the one before stays in force")
    })
    .await;
    assert!(shows(&server, &third).await);
    ada.say("as if nothing had been").await;
    ada.hears("as if nothing had been").await;
}

#[tokio::test]
async fn what_is_half_written_or_has_ended_stays_out_until_it_is_good() {
    let server = Secured::start(&[]);
    let folder = server.folder.path();
    let complains = async |about: &str| {
        eventually(about, async || server.app.log().contains(about)).await;
        assert!(shows(&server, &server.certificate).await, "the one before stays");
    };
    let made = tempfile::tempdir().unwrap();
    let second = Certificate::new();
    second.write(made.path());
    let read = |name: &str| fs::read(made.path().join(name)).unwrap();
    // In place, and somebody asks for it too early.
    let pem = read("cert.pem");
    fs::write(folder.join("cert.pem"), &pem[..pem.len() / 2]).unwrap();
    server.app.signal("HUP");
    complains("is all of it written?").await;
    // The certificate is there and its key is not.
    fs::write(folder.join("cert.pem"), &pem).unwrap();
    server.app.signal("HUP");
    complains("this key is not that of the certificate").await;
    Certificate::ended().write(folder);
    server.app.signal("HUP");
    complains("the certificate ended at").await;
    // Nobody asks.
    fs::write(folder.join("cert.pem"), &pem).unwrap();
    fs::write(folder.join("key.pem"), read("key.pem")).unwrap();
    eventually("the second is shown", async || shows(&server, &second).await).await;
}
