//! `tertulia check-origin`.

use super::*;

#[test]
fn check_origin_takes_the_settings_before_and_after_its_name() {
    let args = [
        "--allowed-origin=https://a.test",
        "--bind=[::1]:9",
        "check-origin",
        "HTTPS://B.test/page?x",
    ];
    let args = [&args[..], &["--allowed-origin=https://b.test", "--bind=127.0.0.1:9"]].concat();
    let Ok(Command::CheckOrigin { settings, url }) = run(&args, &[], None) else {
        panic!("a command")
    };
    assert_eq!(url, "https://b.test");
    assert_eq!(settings.allowed_origins.len(), 2);
    assert_eq!(settings.bind, "127.0.0.1:9".parse().unwrap());
}

#[test]
fn check_origin_says_whether_and_why() {
    for (args, url, code, told) in [
        (
            "",
            "http://localhost:8080",
            0,
            "admitted: http://localhost:8080 is the server's own page\n",
        ),
        (
            "",
            "http://127.0.0.1:8080/",
            0,
            "admitted: http://127.0.0.1:8080 is the server's own page\n",
        ),
        (
            "",
            "http://localhost:5173",
            1,
            "refused: http://localhost:5173 is not among the admitted origins\n  \
             compared with: http://127.0.0.1:8080, http://localhost:8080\n  \
             to admit it:   --allowed-origin http://localhost:5173\n",
        ),
        ("", "http://evil.test:8080", 1, "refused: http://evil.test:8080 is not"),
        (
            "--allowed-host evil.test",
            "http://evil.test:8080",
            0,
            "admitted: http://evil.test:8080 is the server's",
        ),
        (
            "--bind 0.0.0.0:8080",
            "http://192.168.1.5:8080",
            0,
            "admitted: http://192.168.1.5:8080 is the server's",
        ),
        (
            "--public-url https://a.test",
            "https://a.test",
            0,
            "admitted: https://a.test is the server's own page\n",
        ),
        (
            "--public-url https://a.test",
            "https://a.test:8443",
            1,
            "refused: https://a.test:8443 is not",
        ),
        (
            "--allowed-host a.test --trusted-proxy 10.0.0.0/8",
            "https://a.test",
            0,
            "admitted: https://a.test is the server's own page, when a trusted proxy forwards it so\n",
        ),
        (
            "--allowed-origin https://*.b.test",
            "https://a.b.test",
            0,
            "admitted: https://a.b.test matches \"https://*.b.test\" of --allowed-origin\n",
        ),
        (
            "--allowed-origin *",
            "null",
            1,
            "refused: null is not among the admitted origins\n",
        ),
        (
            "--allowed-origin null",
            "null",
            0,
            "admitted: null matches \"null\" of --allowed-origin\n",
        ),
    ] {
        let args: Vec<_> = args.split_whitespace().chain(["check-origin", url]).collect();
        let Ok(Command::CheckOrigin { settings, url }) = run(&args, &[], None) else {
            panic!("{args:?}")
        };
        let exit = check_origin(&settings, &url);
        assert_eq!(
            (exit.code, exit.stream),
            (code, Stream::Stdout),
            "{args:?}: {}",
            exit.text
        );
        assert!(exit.text.starts_with(told), "{args:?}: {}", exit.text);
    }
    let wrong = error(&["check-origin", "localhost:5173"], &[], None);
    assert!(
        wrong.starts_with("error: check-origin \"localhost:5173\": an origin starts with its scheme"),
        "{wrong}"
    );
    assert!(
        wrong.ends_with("\nhint: did you mean `http://localhost:5173`?\n"),
        "{wrong}"
    );
}
