//! Joins the modules of the page into one file, so that a browser far away asks once and not forty times. Pure.
//!
//! A module becomes a function that is called once and gives what it exports; what it imports stands at its head. At
//! its own address stands a stub that hands on what the joined file has, so that a module that comes later (the lab,
//! a plot) shares it instead of having it twice. The first module, which starts the page, stays apart.
//!
//! This is no parser of JavaScript. It knows the forms of `import` and `export` that the page uses, at the start of a
//! line; for any other it gives up and says where, and the page is served as it is written. Decision 0017 tells what
//! that gains.

use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The joined file's name, beside the page.
pub(super) const JOINED: &str = "modules.js";

/// Why modules were not joined: the file, and what stands there.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fault(pub String);

/// The modules of a page, joined.
#[derive(Debug)]
pub(super) struct Joined {
    /// The file `modules.js`.
    pub text: String,
    /// The first module, which imports from it.
    pub entry: String,
    /// What stands at the address of each of the others.
    pub stubs: BTreeMap<String, String>,
}

/// One `import`, or one `export … from`.
#[derive(Debug, PartialEq, Eq)]
enum Names {
    /// Theirs and ours.
    Each(Vec<(String, String)>),
    /// Ours for all of them.
    All(String),
}

#[derive(Debug, Default)]
struct Module {
    imports: Vec<(Names, String)>,
    /// What others call it, and the expression that gives it.
    exports: Vec<(String, String)>,
    body: String,
}

/// Joins all that `entry` imports without condition. `read` gives the text of a file by its path from the page.
///
/// # Errors
///
/// A form that is not known, a file that is not there, a circle of imports, a name that nobody exports.
pub(super) fn join(entry: &str, read: impl Fn(&str) -> Option<String>) -> Result<Joined, Fault> {
    let mut order = Vec::new();
    let mut modules = HashMap::new();
    visit(entry, &read, &mut Vec::new(), &mut modules, &mut order)?;
    let numbers: HashMap<&str, usize> = order.iter().enumerate().map(|(n, path)| (path.as_str(), n)).collect();
    let mut text =
        String::from("// The server joined these modules; each stands, as it is written, in static/ of the sources.\n");
    let mut stubs = BTreeMap::new();
    for (path, number) in order.iter().zip(0..).take(order.len() - 1) {
        let module = &modules[path];
        let head = heads(path, module, &modules, &numbers)?;
        let body = &module.body;
        let exports: Vec<_> = module
            .exports
            .iter()
            .map(|(name, value)| format!("{name}: {value}"))
            .collect();
        let exports = exports.join(", ");
        text += &format!(
            "const ${number} = (() => {{\n// ---- {path}\n{head}{body}\nreturn Object.freeze({{ {exports} }});\n}})();\n"
        );
        stubs.insert(path.clone(), stub(path, number, module));
    }
    let all: Vec<_> = (0..order.len() - 1).map(|number| format!("${number}")).collect();
    text += &format!("export {{ {} }};\n", all.join(", "));
    let first = &modules[entry];
    let entry = format!(
        "import {{ {} }} from '{}';\n{}{}",
        all.join(", "),
        way(entry, JOINED),
        heads(entry, first, &modules, &numbers)?,
        first.body
    );
    Ok(Joined { text, entry, stubs })
}

/// All that `entry` imports without condition, itself first. What cannot be read is left out.
pub(super) fn graph(entry: &str, read: &impl Fn(&str) -> Option<String>) -> Vec<String> {
    let (mut found, mut seen) = (vec![entry.to_owned()], BTreeSet::from([entry.to_owned()]));
    let mut next = 0;
    while let Some(path) = found.get(next).cloned() {
        next += 1;
        let Some(module) = read(&path).and_then(|text| parse(&path, &text).ok()) else {
            continue;
        };
        for (_, import) in module.imports {
            if seen.insert(import.clone()) {
                found.push(import);
            }
        }
    }
    found
}

/// Depth first, as a browser does it: what is imported stands before what imports it.
fn visit(
    path: &str,
    read: &impl Fn(&str) -> Option<String>,
    above: &mut Vec<String>,
    modules: &mut HashMap<String, Module>,
    order: &mut Vec<String>,
) -> Result<(), Fault> {
    if modules.contains_key(path) {
        return Ok(());
    }
    if above.iter().any(|other| other == path) {
        return Err(Fault(format!("{path}: imports itself by way of {}", above.join(", "))));
    }
    let text = read(path).ok_or_else(|| Fault(format!("{path}: not there")))?;
    let module = parse(path, &text)?;
    above.push(path.to_owned());
    for (_, import) in &module.imports {
        visit(import, read, above, modules, order)?;
    }
    above.pop();
    modules.insert(path.to_owned(), module);
    order.push(path.to_owned());
    Ok(())
}

/// The imports of a module, as it gets them from those before it.
fn heads(
    path: &str,
    module: &Module,
    modules: &HashMap<String, Module>,
    numbers: &HashMap<&str, usize>,
) -> Result<String, Fault> {
    let mut text = String::new();
    for (names, from) in &module.imports {
        let number = numbers[from.as_str()];
        match names {
            Names::All(ours) => text += &format!("const {ours} = ${number};\n"),
            Names::Each(each) => {
                let is_there = |name: &str| modules[from].exports.iter().any(|(exported, _)| exported == name);
                if let Some((theirs, _)) = each.iter().find(|(theirs, _)| !is_there(theirs)) {
                    return Err(Fault(format!("{path}: {from} exports no {theirs}")));
                }
                let each: Vec<_> = each.iter().map(|(theirs, ours)| format!("{theirs}: {ours}")).collect();
                text += &format!("const {{ {} }} = ${number};\n", each.join(", "));
            }
        }
    }
    Ok(text)
}

fn stub(path: &str, number: usize, module: &Module) -> String {
    let names: Vec<_> = module.exports.iter().map(|(name, _)| name.as_str()).collect();
    let (names, joined) = (names.join(", "), way(path, JOINED));
    format!("import {{ ${number} }} from '{joined}';\nexport const {{ {names} }} = ${number};\n")
}

fn parse(path: &str, text: &str) -> Result<Module, Fault> {
    let mut module = Module::default();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if line.starts_with("import ") {
            import(path, &statement(line, &mut lines), &mut module)?;
        } else if line.starts_with("export {") {
            let whole = statement(line, &mut lines);
            let names = whole
                .strip_prefix("export {")
                .and_then(|rest| rest.trim_end().strip_suffix("};"));
            let names = names.ok_or_else(|| strange(path, &whole))?;
            module
                .exports
                .extend(pairs(names).into_iter().map(|(ours, theirs)| (theirs, ours)));
        } else if let Some(declared) = line.strip_prefix("export ") {
            let name = declares(declared).ok_or_else(|| strange(path, line))?;
            module.exports.push((name.to_owned(), name.to_owned()));
            add(path, declared, &mut module)?;
        } else {
            add(path, line, &mut module)?;
        }
    }
    Ok(module)
}

/// From its first line to the semicolon.
fn statement<'a>(line: &str, lines: &mut impl Iterator<Item = &'a str>) -> String {
    let mut whole = line.to_owned();
    while !whole.trim_end().ends_with(';') {
        let Some(more) = lines.next() else { break };
        whole = format!("{whole} {}", more.trim());
    }
    whole
}

fn import(path: &str, whole: &str, module: &mut Module) -> Result<(), Fault> {
    let parts = whole
        .strip_prefix("import ")
        .and_then(|rest| rest.trim_end().strip_suffix("';"))
        .and_then(|rest| rest.split_once(" from '"));
    let (names, from) = parts.ok_or_else(|| strange(path, whole))?;
    let names = names.trim();
    let names = if let Some(ours) = names.strip_prefix("* as ") {
        Names::All(ours.trim().to_owned())
    } else {
        let each = names.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
        Names::Each(pairs(each.ok_or_else(|| strange(path, whole))?))
    };
    module.imports.push((names, resolve(path, from)));
    Ok(())
}

/// `a, b as c`: what stands before `as`, and what behind.
fn pairs(list: &str) -> Vec<(String, String)> {
    let names = list.split(',').map(str::trim).filter(|name| !name.is_empty());
    names
        .map(|name| {
            let (before, after) = name.split_once(" as ").unwrap_or((name, name));
            (before.trim().to_owned(), after.trim().to_owned())
        })
        .collect()
}

/// The name that a declaration gives. None for a binding that may change, since an importer would not see that.
fn declares(declaration: &str) -> Option<&str> {
    let rest = declaration.strip_prefix("async ").unwrap_or(declaration);
    let rest = ["function* ", "function ", "class ", "const "]
        .iter()
        .find_map(|word| rest.strip_prefix(word))?;
    let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$'))?;
    (end > 0).then(|| &rest[..end])
}

/// A line of the body. What depends on the module's own address is made to depend on that of the joined file.
fn add(path: &str, line: &str, module: &mut Module) -> Result<(), Fault> {
    let is_outermost = line.starts_with(|c: char| c.is_alphabetic());
    if is_outermost && line.contains("await ") && !line.contains("async ") {
        return Err(strange(path, line));
    }
    let mut rest = line;
    while let Some((before, after)) = rest.split_once("import(") {
        module.body += before;
        module.body += "import(";
        rest = after;
        let is_comment = line.trim_start().starts_with(['*', '/']);
        if let Some((address, after)) = after.strip_prefix('\'').and_then(|after| after.split_once('\'')) {
            module.body += &format!("'./{}'", resolve(path, address));
            rest = after;
        } else if !is_comment {
            return Err(strange(path, line));
        }
    }
    let here = format!("new URL('{path}', import.meta.url).href");
    module.body += &rest.replace(
        "import.meta.url",
        if path.contains('/') { &here } else { "import.meta.url" },
    );
    module.body.push('\n');
    Ok(())
}

fn strange(path: &str, line: &str) -> Fault {
    Fault(format!("{path}: {line}"))
}

/// The path of what the file at `base` calls `address`.
pub(super) fn resolve(base: &str, address: &str) -> String {
    let mut parts: Vec<&str> = base.split('/').collect();
    parts.pop();
    for part in address.split('/') {
        match part {
            "." | "" => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// How the module at `path` calls a file beside the page.
pub(super) fn way(path: &str, name: &str) -> String {
    match path.matches('/').count() {
        0 => format!("./{name}"),
        depth => format!("{}{name}", "../".repeat(depth)),
    }
}

#[cfg(test)]
#[path = "modules_tests.rs"]
mod tests;
