//! All files of the page as they are served. Made once from what the binary embeds; a build for development makes them
//! anew when a file has changed.
//!
//! What a browser needs before it can paint comes in one answer: the server puts the stylesheets that a page links into
//! the page itself, and tells the policy their digest. What it needs before one can talk comes in one more (`modules`).

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, PoisonError},
};

use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use rust_embed::{EmbeddedFile, RustEmbed};
use sha2::{Digest, Sha256};

use super::{
    item::Item,
    modules::{self, JOINED, Joined},
    policy,
};

#[derive(RustEmbed)]
#[folder = "static/"]
struct Files;

/// The page itself.
pub(super) const INDEX: &str = "index.html";
/// The attribute of a page that says its language, as the file has it.
const LANGUAGE: &str = "<html lang=\"en\"";
/// What stands before the digest in the address of a file that is named with it.
pub(super) const VERSION: &str = "v=";
const STYLESHEET: &str = "<link rel=\"stylesheet\" href=\"";
const SCRIPT: &str = "<script type=\"module\" src=\"";

/// All files by their paths.
#[derive(Debug, Default)]
pub(super) struct Site {
    items: BTreeMap<String, Arc<Item>>,
    /// Pages in Chinese, by the same paths.
    chinese: BTreeMap<String, Arc<Item>>,
}

/// The files that the binary holds, or that stand in the folder now.
pub(super) fn site() -> Arc<Site> {
    static MADE: Mutex<Option<(u64, Arc<Site>)>> = Mutex::new(None);
    let now = fingerprint();
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    match &*made {
        Some((then, site)) if *then == now => site.clone(),
        _ => made.insert((now, Arc::new(Site::of(embedded())))).1.clone(),
    }
}

impl Site {
    pub fn item(&self, path: &str, language: &str) -> Option<Arc<Item>> {
        let translated = (language == "zh").then(|| self.chinese.get(path)).flatten();
        translated.or_else(|| self.items.get(path)).cloned()
    }

    fn of(files: BTreeMap<String, (String, Bytes)>) -> Self {
        let read = |path: &str| {
            let (_, bytes) = files.get(path)?;
            std::str::from_utf8(bytes).ok().map(str::to_owned)
        };
        let mut site = Self::default();
        for (path, (kind, bytes)) in &files {
            if !path.ends_with(".html") {
                site.insert(path, kind.clone(), bytes.clone());
            }
        }
        let joined = site.join(&read);
        for (path, (kind, _)) in files.iter().filter(|(path, _)| path.ends_with(".html")) {
            let Some(page) = read(path) else { continue };
            let (page, policy) = with_styles(path, &page, &read);
            let page = site.with_preloads(path, &page, joined.as_ref(), &read);
            let chinese = page.replacen(LANGUAGE, "<html lang=\"zh\"", 1);
            let item = |page: String| Arc::new(Item::new(kind.clone(), page.into(), policy.clone()));
            site.items.insert(path.clone(), item(page));
            site.chinese.insert(path.clone(), item(chinese));
        }
        site
    }

    fn insert(&mut self, path: &str, kind: String, bytes: Bytes) {
        self.items
            .insert(path.to_owned(), Arc::new(Item::new(kind, bytes, None)));
    }

    /// An address that changes with the file, so that browsers need not ask for it again.
    fn versioned(&self, path: &str) -> String {
        match self.items.get(path) {
            Some(item) => format!("{path}?{VERSION}{}", item.digest),
            None => path.to_owned(),
        }
    }

    /// Puts the joined modules and their stubs in the place of the modules of the page.
    fn join(&mut self, read: &impl Fn(&str) -> Option<String>) -> Option<Joined> {
        let page = read(INDEX)?;
        let entry = addresses(&page, SCRIPT).next()?.to_owned();
        match modules::join(&entry, read) {
            Ok(joined) => {
                let kind = content_type("text/javascript");
                self.insert(JOINED, kind.clone(), joined.text.clone().into());
                // All who import it must name it alike, or they would have two of it.
                let named = format!("{}'", self.versioned(JOINED));
                let named = |text: &str| Bytes::from(text.replacen(&format!("{JOINED}'"), &named, 1));
                self.insert(&entry, kind.clone(), named(&joined.entry));
                for (path, stub) in &joined.stubs {
                    self.insert(path, kind.clone(), named(stub));
                }
                Some(joined)
            }
            Err(fault) => {
                tracing::warn!(
                    at = fault.0,
                    "modules of the page stay apart, since one is not understood"
                );
                None
            }
        }
    }
    /// Tells a page's reader at once which modules it will ask for.
    fn with_preloads(
        &self,
        path: &str,
        page: &str,
        joined: Option<&Joined>,
        read: &impl Fn(&str) -> Option<String>,
    ) -> String {
        let Some(address) = addresses(page, SCRIPT).next() else {
            return page.to_owned();
        };
        let entry = modules::resolve(path, address);
        let mut wanted = BTreeSet::new();
        for module in modules::graph(&entry, read).into_iter().skip(1) {
            if joined.is_some_and(|joined| joined.stubs.contains_key(&module)) {
                wanted.insert(self.versioned(JOINED));
                // The page's own first module imports from there; any other has the stubs in between.
                if path == INDEX {
                    continue;
                }
            }
            wanted.insert(module);
        }
        let mut script = String::new();
        for module in wanted {
            script += &format!(
                "<link rel=\"modulepreload\" href=\"{}\" />\n    ",
                modules::way(path, &module)
            );
        }
        script += &format!("{SCRIPT}{}\"", modules::way(path, &self.versioned(&entry)));
        page.replacen(&format!("{SCRIPT}{address}\""), &script, 1)
    }
}

/// Puts the stylesheets that a page links into it, and gives the policy that admits them.
fn with_styles(path: &str, page: &str, read: &impl Fn(&str) -> Option<String>) -> (String, Option<String>) {
    let mut styles = String::new();
    let mut rest = String::new();
    for line in page.split_inclusive('\n') {
        let sheet = addresses(line, STYLESHEET)
            .next()
            .map(|address| modules::resolve(path, address));
        match sheet.and_then(|sheet| Some((read(&sheet)?, sheet))) {
            Some((text, sheet)) => styles += &with_addresses(&text, &sheet, path),
            None => rest += line,
        }
    }
    if styles.is_empty() {
        return (rest, None);
    }
    let digest = BASE64_STANDARD.encode(Sha256::digest(&styles));
    let page = rest.replacen("</head>", &format!("<style>{styles}</style>\n  </head>"), 1);
    (page, Some(policy(&digest)))
}

/// A stylesheet whose addresses count from the page at `path`.
fn with_addresses(text: &str, sheet: &str, path: &str) -> String {
    let mut moved = String::new();
    let mut rest = text;
    while let Some((before, (address, after))) = rest
        .split_once("url(\"")
        .and_then(|(before, after)| Some((before, after.split_once('"')?)))
    {
        let address = match address {
            data if data.starts_with("data:") => data.to_owned(),
            address => modules::way(path, &modules::resolve(sheet, address)),
        };
        moved += &format!("{before}url(\"{address}\"");
        rest = after;
    }
    moved + rest
}

/// What stands in quotes behind each `before`.
fn addresses<'a>(page: &'a str, before: &'a str) -> impl Iterator<Item = &'a str> {
    page.split(before)
        .skip(1)
        .filter_map(|rest| Some(rest.split_once('"')?.0))
}

fn embedded() -> BTreeMap<String, (String, Bytes)> {
    // The compiler reads the types of the scripts, nobody else.
    let served = Files::iter().filter(|path| !path.ends_with(".d.ts"));
    served
        .filter_map(|path| {
            let EmbeddedFile { data, metadata } = Files::get(&path)?;
            let bytes = match data {
                std::borrow::Cow::Borrowed(bytes) => Bytes::from_static(bytes),
                std::borrow::Cow::Owned(bytes) => bytes.into(),
            };
            Some((path.into_owned(), (content_type(metadata.mimetype()), bytes)))
        })
        .collect()
}

fn content_type(kind: &str) -> String {
    let is_text = kind.starts_with("text/") || kind.ends_with("javascript") || kind.ends_with("json");
    if is_text {
        format!("{kind}; charset=utf-8")
    } else {
        kind.to_owned()
    }
}

/// What is embedded never changes.
#[cfg(not(debug_assertions))]
fn fingerprint() -> u64 {
    0
}

/// Changes with any file in the folder.
#[cfg(debug_assertions)]
fn fingerprint() -> u64 {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    let mut folders = vec![std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/static"))];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let Ok(metadata) = entry.metadata() else { continue };
            if metadata.is_dir() {
                folders.push(entry.path());
            } else {
                (entry.path(), metadata.len(), metadata.modified().ok()).hash(&mut hasher);
            }
        }
    }
    hasher.finish()
}

#[cfg(test)]
#[path = "site_tests.rs"]
mod tests;
