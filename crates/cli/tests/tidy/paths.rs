//! Which paths a source names: those of its `use` trees, written out, and
//! those that stand in its code.

use crate::{
    none_of,
    rust::{line_of, places},
    sources::{Source, crates, sources_of},
};

/// A path as written, without generic arguments: `["crate", "tar", "Header"]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    pub path: Vec<String>,
    pub at: usize,
    /// The name it gets, for a `use`; `*` for all of a module.
    pub alias: Option<String>,
    /// Whether it is handed on: `pub use`, `pub(crate) use`.
    pub handed_on: bool,
}

/// All paths that `logic` names; of those in code, the ones that begin with
/// one of `starts`.
pub fn named(logic: &str, starts: &[&str]) -> Vec<Named> {
    let (uses, rest) = use_items(logic);
    let mut named: Vec<Named> = uses.iter().flat_map(UseItem::named).collect();
    for start in starts {
        let found = places(&rest, start).filter(|at| is_start(&rest, *at));
        named.extend(found.filter_map(|at| in_code(&rest, at)));
    }
    named
}

struct UseItem {
    tree: String,
    at: usize,
    handed_on: bool,
}

/// The `use` items, and the code without them.
fn use_items(logic: &str) -> (Vec<UseItem>, String) {
    let mut rest = logic.to_owned();
    let mut items = Vec::new();
    for at in places(logic, "use") {
        let line = &logic[logic[..at].rfind(['\n', ';', '}']).map_or(0, |n| n + 1)..at];
        let before = line.trim();
        let Some(length) = logic[at..].find(';') else {
            continue;
        };
        if !before.is_empty() && !before.starts_with("pub") {
            continue;
        }
        items.push(UseItem {
            tree: logic[at + 3..at + length]
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" "),
            at,
            handed_on: before.starts_with("pub"),
        });
        rest.replace_range(at..at + length, &" ".repeat(length));
    }
    (items, rest)
}

impl UseItem {
    fn named(&self) -> Vec<Named> {
        let mut leaves = Vec::new();
        spread(&self.tree, &[], &mut leaves);
        leaves
            .into_iter()
            .map(|(path, alias)| Named {
                path,
                at: self.at,
                alias: Some(alias),
                handed_on: self.handed_on,
            })
            .collect()
    }
}

/// Writes a `use` tree out into its leaves.
fn spread(tree: &str, prefix: &[String], leaves: &mut Vec<(Vec<String>, String)>) {
    let tree = tree.trim();
    if let Some(inner) = tree.strip_prefix('{').and_then(|t| t.strip_suffix('}')) {
        for part in split_commas(inner) {
            spread(part, prefix, leaves);
        }
    } else if let Some((first, rest)) = tree.split_once("::") {
        let mut longer = prefix.to_vec();
        longer.extend(Some(first.trim().to_owned()).filter(|name| !name.is_empty()));
        spread(rest, &longer, leaves);
    } else if !tree.is_empty() {
        let (name, alias) = tree.split_once(" as ").unwrap_or((tree, tree));
        let mut path = prefix.to_vec();
        let alias = match (name, path.last()) {
            ("self", Some(module)) if alias == "self" => module.clone(),
            _ => alias.trim().to_owned(),
        };
        path.extend(Some(name.trim().to_owned()).filter(|name| name != "self" || path.is_empty()));
        leaves.push((path, alias));
    }
}

fn split_commas(text: &str) -> Vec<&str> {
    let (mut parts, mut depth, mut start) = (Vec::new(), 0, 0);
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

/// Not the middle of a path, a visibility, or a macro's `$crate`.
fn is_start(code: &str, at: usize) -> bool {
    let before = code[..at].trim_end();
    !before.ends_with("::") && !before.ends_with('$') && !before.ends_with("(in")
}

fn in_code(code: &str, at: usize) -> Option<Named> {
    let mut path = Vec::new();
    let mut rest = &code[at..];
    loop {
        let end = rest
            .find(|c: char| !c.is_alphanumeric() && c != '_')
            .unwrap_or(rest.len());
        path.push(rest[..end].to_owned());
        match rest[end..].strip_prefix("::") {
            Some(more) if more.starts_with(|c: char| c.is_alphabetic() || c == '_') => rest = more,
            _ => break,
        }
    }
    (path.len() > 1).then_some(Named {
        path,
        at,
        alias: None,
        handed_on: false,
    })
}

fn forbidden(source: &Source, roots: &[&[&str]], why: &str) -> Vec<String> {
    named(&source.logic, &["std"])
        .into_iter()
        .filter(|name| roots.iter().any(|root| begins(&name.path, root)))
        .map(|name| {
            let line = line_of(&source.text, name.at);
            format!("{}:{line}: {} ({why})", source.path, name.path.join("::"))
        })
        .collect()
}

fn begins(path: &[String], root: &[&str]) -> bool {
    path.len() >= root.len() && path.iter().zip(root).all(|(part, name)| part == name)
}

#[test]
fn model_and_plan_do_no_input_or_output() {
    let roots: [&[&str]; 5] = [
        &["std", "fs"],
        &["std", "io"],
        &["std", "net"],
        &["std", "env"],
        &["std", "process"],
    ];
    let sources = ["model", "plan"].into_iter().flat_map(sources_of);
    let why = "model and plan do no input or output";
    none_of(
        sources
            .flat_map(|source| forbidden(source, &roots, why))
            .collect(),
    );
}

#[test]
fn libraries_ask_no_clock_and_no_environment() {
    let roots: [&[&str]; 3] = [
        &["std", "time", "SystemTime"],
        &["std", "time", "Instant"],
        &["std", "env"],
    ];
    let libraries = crates().into_iter().filter(|name| name != "cli");
    let why = "only cli asks the system; pass it in";
    let problems = libraries
        .flat_map(|name| sources_of(&name).collect::<Vec<_>>())
        .flat_map(|source| forbidden(source, &roots, why));
    none_of(problems.collect());
}

#[test]
fn a_tree_is_written_out() {
    let logic =
        "pub use a::{self, b::C, d::{E as F, *}};\nlet x = std::fs::read(y); crate::g::<T>();";
    let found: Vec<String> = named(logic, &["std", "crate"])
        .iter()
        .map(|name| format!("{} {:?}", name.path.join("::"), name.alias))
        .collect();
    let expected = [
        "a Some(\"a\")",
        "a::b::C Some(\"C\")",
        "a::d::E Some(\"F\")",
        "a::d::* Some(\"*\")",
        "std::fs::read None",
        "crate::g None",
    ];
    assert_eq!(found, expected);
}
