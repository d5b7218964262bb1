use super::*;

fn files<'a>(list: &'a [(&'a str, &'a str)]) -> impl Fn(&str) -> Option<String> + 'a {
    |path| {
        list.iter()
            .find(|(name, _)| *name == path)
            .map(|(_, text)| (*text).to_owned())
    }
}

#[test]
fn what_is_imported_stands_before_what_imports_it() {
    let joined = join(
        "a.js",
        files(&[
            (
                "a.js",
                "import { b } from './in/b.js';\nimport * as c from './c.js';\nb(c.d);\n",
            ),
            (
                "in/b.js",
                "import { d as e } from '../c.js';\nexport function b() { return e; }\n",
            ),
            ("c.js", "export const d = 1;\nconst f = 2;\nexport { f as g };\n"),
        ]),
    )
    .unwrap();
    assert!(
        joined
            .text
            .contains("// ---- c.js\nconst d = 1;\nconst f = 2;\n\nreturn Object.freeze({ d: d, g: f });")
    );
    assert!(
        joined
            .text
            .contains("// ---- in/b.js\nconst { d: e } = $0;\nfunction b() { return e; }\n")
    );
    assert!(joined.text.ends_with("export { $0, $1 };\n"));
    assert_eq!(
        joined.entry,
        "import { $0, $1 } from './modules.js';\nconst { b: b } = $1;\nconst c = $0;\nb(c.d);\n"
    );
    assert_eq!(
        joined.stubs["in/b.js"],
        "import { $1 } from '../modules.js';\nexport const { b } = $1;\n"
    );
}

#[test]
fn an_address_keeps_its_meaning() {
    let joined = join(
        "a.js",
        files(&[
            ("a.js", "import { b } from './in/b.js';\n"),
            (
                "in/b.js",
                "export const b = () => import('./c.js');\nexport const d = new URL('x.json', import.meta.url);\n",
            ),
        ]),
    )
    .unwrap();
    assert!(
        joined.text.contains("const b = () => import('./in/c.js');"),
        "{}",
        joined.text
    );
    assert!(
        joined
            .text
            .contains("new URL('x.json', new URL('in/b.js', import.meta.url).href)")
    );
}

#[test]
fn what_is_not_understood_is_left_alone() {
    let cases = [
        ("import './b.js';\n", "a.js: import './b.js';"),
        ("import b from './b.js';\n", "a.js: import b from './b.js';"),
        ("import { x } from './b.js';\n", "a.js: b.js exports no x"),
        ("import { b } from './c.js';\n", "c.js: not there"),
        ("export default 1;\n", "a.js: export default 1;"),
        ("export let b = 1;\n", "a.js: export let b = 1;"),
        ("export const { b } = c;\n", "a.js: export const { b } = c;"),
        ("export { b } from './b.js';\n", "a.js: export { b } from './b.js';"),
        ("export * from './b.js';\n", "a.js: export * from './b.js';"),
        ("const b = await c;\n", "a.js: const b = await c;"),
        ("const b = import(c);\n", "a.js: const b = import(c);"),
        ("import { a } from './a.js';\n", "a.js: imports itself by way of a.js"),
    ];
    for (text, fault) in cases {
        let list = [("a.js", text), ("b.js", "export const b = 1;\n")];
        assert_eq!(
            join("a.js", files(&list)).unwrap_err(),
            Fault(fault.to_owned()),
            "{text}"
        );
    }
}

#[test]
fn the_graph_names_each_module_once() {
    let list = [
        ("a.js", "import { b } from './b.js';\nimport { c } from './c.js';\n"),
        ("b.js", "import { c } from './c.js';\nexport const b = c;\n"),
        ("c.js", "export const c = () => import('./d.js');\n"),
        ("d.js", ""),
    ];
    assert_eq!(graph("a.js", &files(&list)), ["a.js", "b.js", "c.js"]);
}
