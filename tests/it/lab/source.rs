//! The source that frames of the lab point to.

use std::{fs, path::Path};

use tertulia::settings::Settings;

use super::{until, watch};
use crate::{
    app::{TestApp, spawn_app},
    raw::{Answer, RawSocket, Request},
};

async fn get(app: &TestApp, path: &str) -> Answer {
    RawSocket::connect(app.address)
        .await
        .ask(&Request::new("GET", path, app.address))
        .await
}

#[tokio::test]
async fn every_place_that_is_named_can_be_read() {
    let app = spawn_app(Settings::default());
    let mut tab = watch(&app.sign_in("Ada").await).await;
    for frame in until(&mut tab, "told").await {
        let place = frame["where"].as_str().unwrap();
        let answer = get(&app, &format!("/lab/source/{place}")).await;
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (200, Some("text/plain; charset=utf-8"))
        );
        let written = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(place)).unwrap();
        assert_eq!(answer.body, written);
        let line = frame["line"].as_u64().unwrap() as usize;
        assert!(line <= written.lines().count(), "{place}:{line}");
    }
}

#[tokio::test]
async fn nothing_else_can_be_read_and_nothing_where_there_is_no_lab() {
    let app = spawn_app(Settings::default());
    for path in [
        "src/../Cargo.toml",
        "src/%2e%2e/Cargo.toml",
        "src/..%2fCargo.toml",
        "src/%2e%2e%2fsrc/main.rs",
        "Cargo.toml",
        "src/",
        "src/registry",
        "src/nowhere.rs",
        "/etc/passwd",
        "src//etc/passwd",
    ] {
        assert_eq!(get(&app, &format!("/lab/source/{path}")).await.status, 404, "{path}");
    }
    let closed = spawn_app(Settings {
        lab: false,
        ..Settings::default()
    });
    assert_eq!(get(&closed, "/lab/source/src/main.rs").await.status, 404);
}
