use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use tempfile::TempDir;

use super::*;

struct Made {
    folder: TempDir,
    key: KeyPair,
}

impl Made {
    /// A certificate of 2020 to 2030, and its key.
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut params = CertificateParams::new(["chat.example.org".to_owned()]).unwrap();
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(2030, 1, 1);
        let key = KeyPair::generate().unwrap();
        let made = Self { folder, key };
        made.write("cert.pem", &params.self_signed(&made.key).unwrap().pem());
        made.write("key.pem", &made.key.serialize_pem());
        made
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.folder.path().join(name), text).unwrap();
    }

    fn files(&self) -> Files {
        let path = |name| self.folder.path().join(name);
        Files::new(&path("cert.pem"), &path("key.pem"), &[])
    }

    /// What is wrong, without the name of the folder.
    fn error(&self, now: &str) -> String {
        let error = self.files().load(now.parse().unwrap()).unwrap_err();
        error
            .to_string()
            .replace(&format!("{}/", self.folder.path().display()), "")
    }
}

const NOW: &str = "2026-01-01T00:00:00Z";

#[test]
fn pair_is_loaded_and_its_end_is_known() {
    let loaded = Made::new().files().load(NOW.parse().unwrap()).unwrap();
    assert_eq!(loaded.ends_at, "2030-01-01T00:00:00Z".parse::<DateTime<Utc>>().unwrap());
    assert_eq!(loaded.key.cert.len(), 1);
}

#[test]
fn time_is_looked_at() {
    let made = Made::new();
    assert_eq!(
        made.error("2030-01-01T00:00:00Z"),
        "--tls-cert cert.pem: the certificate ended at 2030-01-01 00:00:00 UTC; renew it"
    );
    assert_eq!(
        made.error("2019-12-31T23:59:59Z"),
        "--tls-cert cert.pem: the certificate begins only at 2020-01-01 00:00:00 UTC; is the clock right?"
    );
}

#[test]
fn what_is_wrong_with_the_files_is_told() {
    let made = Made::new();
    made.write("key.pem", &KeyPair::generate().unwrap().serialize_pem());
    assert_eq!(
        made.error(NOW).replace(&made.folder.path().display().to_string(), ""),
        "--tls-key key.pem: this key is not that of the certificate in cert.pem, whose own must come first in it"
    );
    made.write("key.pem", "nothing\n");
    assert_eq!(
        made.error(NOW),
        "--tls-key key.pem: there is no private key in it; one in PEM is wanted"
    );
    // As PKCS #8 has it, and as OpenSSL had it before.
    for sealed in [
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n",
        "-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\nAAAA\n-----END EC PRIVATE KEY-----\n",
    ] {
        made.write("key.pem", sealed);
        assert!(made.error(NOW).contains("the key is encrypted"), "{sealed}");
    }
    let empty = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
    made.write("key.pem", empty);
    assert!(made.error(NOW).starts_with("--tls-key key.pem: an RSA key"));
    made.write("cert.pem", empty);
    assert_eq!(
        made.error(NOW),
        "--tls-cert cert.pem: there is no certificate in it; a chain in PEM is wanted"
    );
    let half = "-----BEGIN CERTIFICATE-----\nAAAA\n";
    made.write("cert.pem", half);
    assert_eq!(
        made.error(NOW),
        "--tls-cert cert.pem: a PEM file is wanted, and this one ends too early; is all of it written?"
    );
    made.write("cert.pem", &format!("{half}????\n-----END CERTIFICATE-----\n"));
    assert!(made.error(NOW).ends_with("between BEGIN and END is no base64"));
    made.write("cert.pem", &empty.replace("PRIVATE KEY", "CERTIFICATE"));
    assert_eq!(
        made.error(NOW),
        "--tls-cert cert.pem: the first certificate in it cannot be read"
    );
    fs::remove_file(made.folder.path().join("cert.pem")).unwrap();
    assert_eq!(made.error(NOW), "--tls-cert cert.pem: cannot be read");
}

#[test]
fn no_error_tells_what_is_in_a_key() {
    let made = Made::new();
    let key = made.key.serialize_pem();
    let secret = key.lines().nth(1).unwrap();
    let as_numbers = format!("{:?}", secret.as_bytes());
    let as_numbers = as_numbers.trim_matches(['[', ']']);
    for spoiled in [
        key.replace('\n', ""),
        key.replacen("KEY-----\n", "KEY-----", 1),
        key.replace("-----END", "-----FIN"),
        key.replacen('M', "\u{e9}", 1),
        key.replacen('M', "?", 1),
    ] {
        made.write("key.pem", &spoiled);
        let error = format!(
            "{:?}",
            anyhow::Error::from(made.files().load(NOW.parse().unwrap()).unwrap_err())
        );
        assert!(error.contains("--tls-key"), "{error}");
        assert!(!error.contains(secret) && !error.contains(as_numbers), "{error}");
    }
}

#[test]
fn change_of_who_may_read_a_file_shows() {
    let made = Made::new();
    let files = made.files();
    let before = files.print();
    let key = made.folder.path().join("key.pem");
    fs::set_permissions(key, fs::Permissions::from_mode(0o600)).unwrap();
    assert_ne!(before, files.print());
}

#[test]
fn change_of_either_file_shows() {
    let made = Made::new();
    let files = made.files();
    let first = files.print();
    assert_eq!(first, files.print());
    made.write("key.pem", "another\n");
    let second = files.print();
    assert_ne!(first, second);
    fs::remove_file(made.folder.path().join("cert.pem")).unwrap();
    assert_ne!(second, files.print());
}
