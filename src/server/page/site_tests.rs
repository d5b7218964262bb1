use super::*;

fn text(path: &str) -> String {
    site()
        .item(path, "en")
        .unwrap_or_else(|| panic!("{path} is there"))
        .plain()
        .to_owned()
}

#[test]
fn every_module_of_the_page_is_understood() {
    let read = |path: &str| Some(String::from_utf8(Files::get(path)?.data.into_owned()).unwrap());
    let entry = addresses(&read(INDEX).unwrap(), SCRIPT).next().unwrap().to_owned();
    let joined = modules::join(&entry, read).unwrap();
    let mut graph = modules::graph(&entry, &read);
    graph.sort();
    let apart: Vec<_> = graph.iter().filter(|path| !joined.stubs.contains_key(*path)).collect();
    assert_eq!(apart, [&entry]);
}

#[test]
fn page_asks_for_one_file_and_the_first_module_alone() {
    let page = text(INDEX);
    let preloads: Vec<_> = addresses(&page, "<link rel=\"modulepreload\" href=\"").collect();
    assert_eq!(preloads, [format!("./{}", site().versioned(JOINED))]);
    assert!(addresses(&page, STYLESHEET).next().is_none());
}

#[test]
fn all_modules_name_the_joined_file_alike() {
    let site = site();
    let named = format!("{}';", site.versioned(JOINED));
    let modules = site.items.iter().filter(|(path, _)| path.ends_with(".js"));
    let importers: Vec<_> = modules
        .filter(|(_, item)| item.plain().contains(&format!("/{JOINED}")))
        .collect();
    assert!(importers.len() > 10);
    for (path, item) in importers {
        assert!(item.plain().contains(&named), "{path}");
    }
}

#[test]
fn policy_admits_the_styles_that_stand_in_the_page() {
    for language in ["en", "zh"] {
        let page = site().item(INDEX, language).unwrap();
        let (_, rest) = page.plain().split_once("<style>").unwrap();
        let (styles, rest) = rest.split_once("</style>").unwrap();
        assert!(!rest.contains("<style"));
        let digest = BASE64_STANDARD.encode(Sha256::digest(styles));
        assert!(
            page.policy
                .as_ref()
                .unwrap()
                .contains(&format!("style-src 'self' 'sha256-{digest}';"))
        );
    }
}

#[test]
fn styles_come_in_the_order_of_their_links() {
    let page = text(INDEX);
    let order = page.find("@layer reset, tokens").unwrap();
    assert!(order < page.find("@layer tokens {").unwrap());
    assert!(page.find("@layer tokens {").unwrap() < page.find("@layer states {").unwrap());
}

#[test]
fn every_address_in_a_page_leads_somewhere() {
    let site = site();
    for (path, page) in &site.items {
        if !path.ends_with(".html") {
            continue;
        }
        let page = page.plain();
        let found = addresses(page, "href=\"")
            .chain(addresses(page, "src=\""))
            .chain(addresses(page, "url(\""));
        let found: Vec<_> = found
            .filter(|address| !address.starts_with("data:") && !address.starts_with('#'))
            .collect();
        assert!(found.len() > 4, "{path}");
        for address in found {
            let file = modules::resolve(path, address.split('?').next().unwrap());
            assert!(file.is_empty() || site.items.contains_key(&file), "{path}: {address}");
        }
    }
}

#[test]
fn addresses_of_a_stylesheet_count_from_the_page() {
    let sheet = "a { mask: url(\"../tile.svg\"), url(\"data:x\") }";
    assert_eq!(
        with_addresses(sheet, "styles/log.css", "index.html"),
        "a { mask: url(\"./tile.svg\"), url(\"data:x\") }"
    );
    assert_eq!(
        with_addresses(sheet, "styles/log.css", "admin/index.html"),
        "a { mask: url(\"../tile.svg\"), url(\"data:x\") }"
    );
}

#[test]
fn page_says_its_language_where_the_server_changes_it() {
    assert!(text(INDEX).contains(LANGUAGE));
    assert!(site().item(INDEX, "zh").unwrap().plain().contains("<html lang=\"zh\""));
}

#[test]
fn page_with_a_module_that_is_not_understood_is_served_as_it_is() {
    let file = |kind: &str, text: &str| (content_type(kind), Bytes::copy_from_slice(text.as_bytes()));
    let script = file("text/javascript", "import b from './b.js';\n");
    let page = file(
        "text/html",
        "<html lang=\"en\"><script type=\"module\" src=\"a.js\"></script>",
    );
    let site = Site::of(BTreeMap::from([("a.js".to_owned(), script), (INDEX.to_owned(), page)]));
    assert_eq!(site.items["a.js"].plain(), "import b from './b.js';\n");
    assert!(!site.items.contains_key(JOINED));
}
