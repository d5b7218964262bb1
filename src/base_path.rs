//! The path below which everything is served: `--base-path /chat`.
//!
//! Behind a proxy that gives one host to several programs, each has a path. The path arrives as the browser sent it, so
//! that cookies, redirects and what is logged name the same address as the browser does. Pure: texts in, a verdict out.

#![forbid(unsafe_code)]

use std::fmt;

use thiserror::Error;

/// Characters of a base path: more is no path that anybody types.
const MOST_BYTES: usize = 200;

/// The path of the page without its slash at the end: nothing for `/`, else `/chat` or `/tools/chat`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BasePath(String);

/// Why a text is no base path.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("a path such as /chat is wanted, of letters, digits and -._~ between single slashes; / is the whole host")]
pub struct BasePathError {
    /// What was probably meant.
    pub meant: Option<String>,
}

/// Where a request leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place<'a> {
    /// To this path below the base path; it begins with a slash.
    Within(&'a str),
    /// To the base path itself, without the slash that relative addresses in the page need.
    Door,
    /// Elsewhere.
    Outside,
}

impl BasePath {
    /// Reads a path. A slash at its end makes no difference.
    ///
    /// # Errors
    ///
    /// [`BasePathError`] for whatever a browser, a proxy or a cookie might read in more than one way.
    pub fn parse(text: &str) -> Result<Self, BasePathError> {
        if text == "/" {
            return Ok(Self::default());
        }
        if !is_path(text) {
            return Err(BasePathError { meant: meant(text) });
        }
        Ok(Self(text.strip_suffix('/').unwrap_or(text).to_owned()))
    }

    /// Nothing for the whole host, else the path without a slash at its end: what stands before `/ws`.
    pub fn prefix(&self) -> &str {
        &self.0
    }

    /// The path of cookies: `/chat` covers itself and all below, but not `/chatter` (RFC 6265 section 5.1.4).
    pub fn cookie_path(&self) -> &str {
        if self.is_root() { "/" } else { &self.0 }
    }

    /// Whether the whole host is ours.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// Where `path` leads.
    pub fn place<'a>(&self, path: &'a str) -> Place<'a> {
        match path.strip_prefix(&*self.0) {
            Some("") => Place::Door,
            Some(rest) if rest.starts_with('/') => Place::Within(rest),
            _ => Place::Outside,
        }
    }
}

/// The address of the page, with its slash.
impl fmt::Display for BasePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/", self.0)
    }
}

fn is_path(text: &str) -> bool {
    let Some(rest) = text.strip_prefix('/') else {
        return false;
    };
    let mut names = rest.strip_suffix('/').unwrap_or(rest).split('/');
    text.len() <= MOST_BYTES && names.all(is_name)
}

/// Neither empty nor `..`, and of what never needs an escape (RFC 3986 section 2.3).
fn is_name(name: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    !matches!(name, "" | "." | "..") && name.bytes().all(is_plain)
}

/// The path of a URL, or one that lacks its slash, or has too many.
fn meant(text: &str) -> Option<String> {
    let path = match text.split_once("://") {
        Some((_, rest)) => rest.split_once('/')?.1,
        None => text,
    };
    let names: Vec<_> = path.split('/').filter(|name| !name.is_empty()).collect();
    let guess = format!("/{}", names.join("/"));
    (is_path(&guess) || guess == "/" && !text.is_empty()).then_some(guess)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slash_at_the_end_makes_no_difference() {
        for (text, prefix, cookie, page) in [
            ("/", "", "/", "/"),
            ("/chat", "/chat", "/chat", "/chat/"),
            ("/chat/", "/chat", "/chat", "/chat/"),
            (
                "/Tools/chat-2.0_~",
                "/Tools/chat-2.0_~",
                "/Tools/chat-2.0_~",
                "/Tools/chat-2.0_~/",
            ),
        ] {
            let base = BasePath::parse(text).unwrap();
            assert_eq!(
                (base.prefix(), base.cookie_path(), &*base.to_string()),
                (prefix, cookie, page)
            );
            assert_eq!(BasePath::parse(page).unwrap(), base);
        }
    }

    #[test]
    fn what_could_be_read_in_two_ways_is_refused() {
        for (text, meant) in [
            ("", None),
            ("chat", Some("/chat")),
            ("chat/", Some("/chat")),
            ("//", Some("/")),
            ("//chat", Some("/chat")),
            ("/chat//", Some("/chat")),
            ("/a//b", Some("/a/b")),
            ("https://example.org/chat/", Some("/chat")),
            ("/a b", None),
            ("/chat/..", None),
            ("/./chat", None),
            ("/%63hat", None),
            ("/chat?x", None),
            ("/chat#x", None),
            ("/chat;x", None),
            ("/{chat}", None),
            ("/聊天", None),
            ("/a\\b", None),
            ("/a\r\nb", None),
        ] {
            let error = BasePath::parse(text).unwrap_err();
            assert_eq!(error.meant.as_deref(), meant, "{text:?}");
        }
        assert!(BasePath::parse(&format!("/{}", "a".repeat(MOST_BYTES))).is_err());
    }

    #[test]
    fn only_whole_names_lead_within() {
        let base = BasePath::parse("/chat").unwrap();
        for (path, place) in [
            ("/chat/", Place::Within("/")),
            ("/chat/ws", Place::Within("/ws")),
            ("/chat/chat/ws", Place::Within("/chat/ws")),
            ("/chat//ws", Place::Within("//ws")),
            ("/chat", Place::Door),
            ("/", Place::Outside),
            ("/ws", Place::Outside),
            ("/chatter", Place::Outside),
            ("/Chat/ws", Place::Outside),
            ("//chat/ws", Place::Outside),
            ("*", Place::Outside),
        ] {
            assert_eq!(base.place(path), place, "{path}");
        }
        assert_eq!(BasePath::default().place("/ws"), Place::Within("/ws"));
        assert_eq!(BasePath::default().place("*"), Place::Outside);
    }
}
