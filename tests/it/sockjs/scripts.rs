//! What is said cannot leave the scripts in which `jsonp` and `htmlfile` carry it.

use super::{
    client::{Lines, Session, text, texts},
    services::services,
};

fn with_callback(session: Session) -> Session {
    Session {
        query: "?c=cb".into(),
        ..session
    }
}

#[tokio::test]
async fn no_text_leaves_its_script() {
    let app = services(1);
    let breaking = [
        "</script><script>alert(1)</script>",
        "<!--<script>",
        "\");alert(1);(\"",
        "\\\");alert(1);//",
        "\u{2028}alert(1)\u{2029}",
        "\r\n\r\nHTTP/1.1 200 OK",
        "]]>",
        "\0",
    ];
    let jsonp = with_callback(Session::new(app.address, "/echo"));
    assert_eq!(text(jsonp.get("jsonp").await).await, "/**/cb(\"o\");\r\n");
    for said in breaking {
        jsonp.send(&[said]).await;
        let script = text(jsonp.get("jsonp").await).await;
        assert_eq!(said_by(script.trim_end().strip_prefix("/**/cb").unwrap()), said);
    }
    let html = with_callback(Session::new(app.address, "/echo"));
    let streamed = html.get("htmlfile").await;
    let policy = streamed.headers()["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("default-src 'none'"), "{policy}");
    let mut lines = Lines::of(streamed);
    while lines.frame().await != "p(\"o\");" {}
    for said in breaking {
        html.send(&[said]).await;
        while lines.frame().await != "<script>" {}
        assert_eq!(said_by(lines.frame().await.strip_prefix('p').unwrap()), said);
        assert_eq!(lines.frame().await, "</script>\r");
    }
}

/// What `("…");` says, which is one string of JavaScript, and of JSON too, with nothing in it that ends a script.
fn said_by(call: &str) -> String {
    let string = call.strip_prefix('(').and_then(|call| call.strip_suffix(");")).unwrap();
    assert!(
        !string.contains(['<', '\u{2028}', '\u{2029}', '\r', '\n', '\0']),
        "{string}"
    );
    let frame: String = serde_json::from_str(string).unwrap();
    texts(&frame).pop().unwrap()
}
