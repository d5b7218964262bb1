//! The five ways in which SockJS frames travel in HTTP answers: what stands before them, around each, and when an answer
//! ends. Pure.

use super::framing::quoted;

/// Bytes that some proxies and browsers want to see before they hand anything on.
const PRELUDE_BYTES: usize = 2048;
/// Letters of a callback's name at most.
const CALLBACK_LETTERS: usize = 64;

/// How an answer carries frames.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Format {
    /// One frame, and the answer ends.
    Xhr,
    /// One frame a line.
    XhrStreaming,
    /// Server-sent events.
    EventSource,
    /// A page that grows by script elements, which call this function of the page around it.
    HtmlFile(String),
    /// A script that calls this function with one frame.
    Jsonp(String),
}

impl Format {
    /// Of the answer.
    pub fn content_type(&self) -> &'static str {
        match self {
            Self::Xhr | Self::XhrStreaming | Self::Jsonp(_) => "application/javascript; charset=UTF-8",
            Self::EventSource => "text/event-stream",
            Self::HtmlFile(_) => "text/html; charset=UTF-8",
        }
    }

    /// Whether the answer ends with the first frame.
    pub fn is_polling(&self) -> bool {
        matches!(self, Self::Xhr | Self::Jsonp(_))
    }

    /// What comes first.
    pub fn prelude(&self) -> Option<String> {
        match self {
            Self::Xhr | Self::Jsonp(_) => None,
            Self::XhrStreaming => Some("h".repeat(PRELUDE_BYTES) + "\n"),
            Self::EventSource => Some("\r\n".to_owned()),
            Self::HtmlFile(callback) => Some(html_head(callback)),
        }
    }

    /// One frame, wrapped.
    pub fn wrap(&self, frame: &str) -> String {
        match self {
            Self::Xhr | Self::XhrStreaming => format!("{frame}\n"),
            // Control characters are escaped in it, so it is one line.
            Self::EventSource => format!("data: {frame}\r\n\r\n"),
            Self::HtmlFile(_) => format!("<script>\np({});\n</script>\r\n", for_script(frame)),
            // The comment in front keeps the answer from being taken for a program of another kind.
            Self::Jsonp(callback) => format!("/**/{callback}({});\r\n", for_script(frame)),
        }
    }
}

/// A string of JavaScript that ends no script element.
fn for_script(frame: &str) -> String {
    quoted(frame).replace('<', "\\u003c")
}

fn html_head(callback: &str) -> String {
    let mut head = format!(
        "<!doctype html>\n\
         <html><head>\n\
         \x20 <meta http-equiv=\"X-UA-Compatible\" content=\"IE=edge\" />\n\
         \x20 <meta http-equiv=\"Content-Type\" content=\"text/html; charset=UTF-8\" />\n\
         </head><body><h2>Don't panic!</h2>\n\
         \x20 <script>\n\
         \x20   document.domain = document.domain;\n\
         \x20   var c = parent.{callback};\n\
         \x20   c.start();\n\
         \x20   function p(d) {{c.message(d);}};\n\
         \x20   window.onload = function() {{c.stop();}};\n\
         \x20 </script>"
    );
    let missing = PRELUDE_BYTES.saturating_sub(head.len());
    head.extend(std::iter::repeat_n(' ', missing));
    head.push_str("\r\n\r\n");
    head
}

/// What is wrong with a callback.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadCallback {
    /// There is none.
    Missing,
    /// It is no name of a function.
    Invalid,
}

impl BadCallback {
    /// In the words of the SockJS protocol.
    pub fn message(self) -> &'static str {
        match self {
            Self::Missing => "\"callback\" parameter required",
            Self::Invalid => "invalid \"callback\" parameter",
        }
    }
}

/// The name of a function, as it may stand in a script: letters, digits, `-`, `_` and `.` only.
///
/// # Errors
///
/// [`BadCallback`].
pub fn callback(given: Option<&str>) -> Result<String, BadCallback> {
    let name = given.filter(|name| !name.is_empty()).ok_or(BadCallback::Missing)?;
    let is_name = name.len() <= CALLBACK_LETTERS
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
    is_name.then(|| name.to_owned()).ok_or(BadCallback::Invalid)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_frame_can_leave_its_script() {
        let frame = "a[\"</script><script>alert(1)</script>\"]";
        for format in [Format::HtmlFile("c".into()), Format::Jsonp("c".into())] {
            let wrapped = format.wrap(frame);
            assert_eq!(
                wrapped.matches('<').count(),
                if format.is_polling() { 0 } else { 2 },
                "{wrapped}"
            );
        }
        assert_eq!(Format::Jsonp("cb".into()).wrap("o"), "/**/cb(\"o\");\r\n");
        assert_eq!(
            Format::HtmlFile("cb".into()).wrap("a[\"x\"]"),
            "<script>\np(\"a[\\\"x\\\"]\");\n</script>\r\n"
        );
    }

    #[test]
    fn streams_begin_with_enough_to_be_shown() {
        assert_eq!(Format::XhrStreaming.prelude().unwrap(), "h".repeat(2048) + "\n");
        let head = Format::HtmlFile("parent.x".into()).prelude().unwrap();
        assert!(head.len() > 1024 && head.contains("var c = parent.parent.x;\n"));
        assert_eq!(Format::Xhr.prelude(), None);
    }

    #[test]
    fn callbacks_are_names() {
        assert_eq!(callback(Some("_jp.a-1")).as_deref(), Ok("_jp.a-1"));
        assert_eq!(callback(None), Err(BadCallback::Missing));
        assert_eq!(callback(Some("")), Err(BadCallback::Missing));
        for bad in [" ", "*", "abc(", "a;b", "é", &"a".repeat(65)] {
            assert_eq!(callback(Some(bad)), Err(BadCallback::Invalid), "{bad}");
        }
    }
}
