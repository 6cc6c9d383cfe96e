//! No module may, by any way round, use what uses it.
//!
//! A name that a module only hands on (`pub use`) counts for the module where
//! it is defined, so `crate::Digest` means `crate::digest`. Handing on is no
//! use: `lib.rs` and `mod.rs` may show their children.

use {
    crate::{
        none_of,
        paths::{Named, named},
        sources::{Source, crates, module_folder, sources_of},
    },
    std::collections::{BTreeMap, BTreeSet},
};

/// A module's path below the crate's root: `["seal", "plan"]`.
type Module = Vec<String>;

struct House {
    /// What each module names; of a binary beside a library, the binary is
    /// left out, as nothing can use it.
    modules: BTreeMap<Module, Vec<Named>>,
}

impl House {
    fn of(sources: &[&Source]) -> Self {
        let files = sources
            .iter()
            .filter(|source| !source.logic.trim().is_empty() && !source.path.ends_with("/main.rs"));
        let paths: Vec<(Module, &Source)> = files.map(|s| (module_of(&s.path), *s)).collect();
        let modules = paths
            .iter()
            .map(|(module, source)| {
                let children = children(module, &paths);
                let mut starts = vec!["crate", "super", "self"];
                starts.extend(children.iter().map(String::as_str));
                (module.clone(), named(&source.logic, &starts))
            })
            .collect();
        Self { modules }
    }

    /// The modules that `module` uses, itself left out.
    fn used_by(&self, module: &Module) -> BTreeSet<Module> {
        self.modules[module]
            .iter()
            .filter(|name| !name.handed_on)
            .filter_map(|name| self.definer(module, &name.path, 0))
            .filter(|used| used != module)
            .collect()
    }

    /// The module that defines what `module` calls `path`; none for a path
    /// that leads out of the crate.
    fn definer(&self, module: &Module, path: &[String], depth: usize) -> Option<Module> {
        let whole = self.absolute(module, path)?;
        let length = (0..=whole.len())
            .rev()
            .find(|length| self.modules.contains_key(&whole[..*length]))?;
        let (found, rest) = (whole[..length].to_vec(), &whole[length..]);
        let handed = rest
            .first()
            .filter(|_| depth < 8)
            .and_then(|name| self.handed_on(&found, name));
        match handed {
            Some(name) => {
                let mut further = name.path.clone();
                further.extend(rest[1..].iter().cloned());
                self.definer(&found, &further, depth + 1)
            }
            None => Some(found),
        }
    }

    fn handed_on(&self, module: &Module, name: &str) -> Option<&Named> {
        let named = &self.modules[module];
        named
            .iter()
            .find(|named| named.alias.as_deref() == Some(name) && named.path.len() > 1)
    }

    fn absolute(&self, module: &Module, path: &[String]) -> Option<Vec<String>> {
        let mut base = module.clone();
        let mut rest = path;
        match path.first()?.as_str() {
            "crate" => (base, rest) = (Vec::new(), &path[1..]),
            "self" => rest = &path[1..],
            "super" => {
                while rest.first().is_some_and(|part| part == "super") {
                    base.pop()?;
                    rest = &rest[1..];
                }
            }
            first => {
                let child = [&module[..], &[first.to_owned()]].concat();
                self.modules.contains_key(&child).then_some(())?;
            }
        }
        base.extend(rest.iter().cloned());
        Some(base)
    }

    /// One way round, if there is any: a list that begins and ends alike.
    fn circle(&self) -> Option<Vec<Module>> {
        let mut done = BTreeSet::new();
        self.modules
            .keys()
            .find_map(|module| self.circle_from(module, &mut Vec::new(), &mut done))
    }

    fn circle_from(
        &self,
        module: &Module,
        way: &mut Vec<Module>,
        done: &mut BTreeSet<Module>,
    ) -> Option<Vec<Module>> {
        if let Some(at) = way.iter().position(|earlier| earlier == module) {
            return Some([&way[at..], std::slice::from_ref(module)].concat());
        }
        if done.contains(module) {
            return None;
        }
        way.push(module.clone());
        let found = self
            .used_by(module)
            .iter()
            .find_map(|used| self.circle_from(used, way, done));
        way.pop();
        done.insert(module.clone());
        found
    }
}

/// `crates/store/src/seal/plan.rs` is `seal::plan`; so is `…/plan/mod.rs`.
fn module_of(path: &str) -> Module {
    let folder = module_folder(path);
    let mut parts = folder.split('/').map(str::to_owned);
    parts.by_ref().find(|part| part == "src");
    parts.collect()
}

fn children(module: &Module, all: &[(Module, &Source)]) -> Vec<String> {
    all.iter()
        .filter(|(other, _)| other.len() == module.len() + 1 && other.starts_with(module))
        .filter_map(|(other, _)| other.last().cloned())
        .collect()
}

fn told(module: &Module) -> String {
    if module.is_empty() {
        "the root".to_owned()
    } else {
        module.join("::")
    }
}

#[test]
fn no_crate_has_an_import_circle() {
    let problems = crates().into_iter().filter_map(|name| {
        let sources: Vec<&Source> = sources_of(&name).collect();
        let circle = House::of(&sources).circle()?;
        let way: Vec<String> = circle.iter().map(told).collect();
        Some(format!("{name}: {}", way.join(" → ")))
    });
    none_of(problems.collect());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn circle(files: &[(&str, &str)]) -> Option<Vec<Module>> {
        let sources: Vec<Source> = files
            .iter()
            .map(|(path, logic)| Source {
                path: format!("crates/x/src/{path}"),
                text: String::new(),
                code: String::new(),
                logic: (*logic).to_owned(),
                tests: String::new(),
            })
            .collect();
        House::of(&sources.iter().collect::<Vec<_>>()).circle()
    }

    #[test]
    fn a_circle_over_three_modules_is_found() {
        let found = circle(&[
            ("lib.rs", "mod a; mod b; mod c;"),
            ("a.rs", "use crate::b::B;"),
            ("b.rs", "fn f() { crate::c::g() }"),
            ("c.rs", "use super::{a, b::X};"),
        ]);
        assert!(found.is_some());
    }

    #[test]
    fn what_a_parent_hands_on_is_its_childs() {
        let files = [
            ("lib.rs", "pub use {a::A, s::S};"),
            ("a.rs", "use crate::S;"),
            ("s/mod.rs", "pub use t::S;"),
            ("s/t.rs", "struct S;"),
        ];
        assert_eq!(circle(&files), None);
        let mut circular = files;
        circular[3].1 = "use crate::A;";
        assert!(circle(&circular).is_some());
    }

    #[test]
    fn a_parent_that_uses_a_child_that_uses_it_is_a_circle() {
        let files = [
            ("lib.rs", ""),
            ("p.rs", "fn f() { q::g() }"),
            ("p/q.rs", "use super::f;"),
        ];
        assert!(circle(&files).is_some());
    }
}
