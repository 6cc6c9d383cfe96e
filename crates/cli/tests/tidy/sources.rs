//! The files of the project, read once.

use {
    crate::rust::{Region, blanked, regions},
    std::{
        fs,
        path::{Path, PathBuf},
        sync::LazyLock,
    },
};

/// Files that no person writes.
const GENERATED: [&str; 3] = ["target", ".git", "Cargo.lock"];

pub struct Source {
    /// Relative to the root of the project, with `/`.
    pub path: String,
    pub text: String,
    /// The same without comments and contents of literals; lines stay.
    pub code: String,
    /// The code without its tests; lines stay.
    pub logic: String,
    /// The tests alone, literals and comments included.
    pub tests: String,
}

pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

pub fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// All text files of the project, sorted by path.
pub fn texts() -> Vec<(String, String)> {
    let mut files = Vec::new();
    walk(&root(), "", &mut files);
    files
}

fn walk(folder: &Path, prefix: &str, files: &mut Vec<(String, String)>) {
    let mut entries: Vec<_> = fs::read_dir(folder).unwrap().map(Result::unwrap).collect();
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let name = entry.file_name().into_string().unwrap();
        if GENERATED.contains(&name.as_str()) {
            continue;
        }
        let path = format!("{prefix}{name}");
        if entry.file_type().unwrap().is_dir() {
            walk(&entry.path(), &format!("{path}/"), files);
        } else if let Ok(text) = fs::read_to_string(entry.path()) {
            files.push((path, text));
        }
    }
}

/// Names of the folders in `crates/`, sorted.
pub fn crates() -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(root().join("crates"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// All Rust sources.
pub fn sources() -> &'static [Source] {
    static SOURCES: LazyLock<Vec<Source>> = LazyLock::new(load);
    &SOURCES
}

/// The sources of one crate's `src`.
pub fn sources_of(name: &str) -> impl Iterator<Item = &'static Source> {
    let folder = format!("crates/{name}/src/");
    sources()
        .iter()
        .filter(move |source| source.path.starts_with(&folder))
}

fn load() -> Vec<Source> {
    let files: Vec<(String, String)> = texts()
        .into_iter()
        .filter(|(path, _)| path.ends_with(".rs"))
        .collect();
    let only_tests: Vec<String> = files.iter().flat_map(test_files).collect();
    files
        .iter()
        .map(|(path, text)| source(path, text, &only_tests))
        .collect()
}

/// Stems of the files that `#[cfg(test)] mod name;` brings in.
fn test_files((path, text): &(String, String)) -> Vec<String> {
    let code = blanked(text);
    let folder = module_folder(path);
    regions(&code)
        .into_iter()
        .filter_map(|region| region.file_module(&code))
        .map(|name| format!("{folder}/{name}"))
        .collect()
}

/// Where the files of a module's children are.
pub fn module_folder(path: &str) -> String {
    let (folder, name) = path.rsplit_once('/').unwrap();
    match name {
        "mod.rs" | "lib.rs" | "main.rs" => folder.to_owned(),
        _ => path.trim_end_matches(".rs").to_owned(),
    }
}

fn source(path: &str, text: &str, only_tests: &[String]) -> Source {
    let code = blanked(text);
    let stem = path.trim_end_matches(".rs");
    let is_test = path.contains("/tests/")
        || only_tests
            .iter()
            .any(|test| stem == test || stem.starts_with(&format!("{test}/")));
    let all = vec![Region {
        start: 0,
        end: code.len(),
    }];
    let regions = if is_test { all } else { regions(&code) };
    let mut logic = code.clone().into_bytes();
    let mut tests = String::new();
    for region in &regions {
        tests.push_str(&text[region.start..region.end]);
        for byte in &mut logic[region.start..region.end] {
            if *byte != b'\n' {
                *byte = b' ';
            }
        }
    }
    Source {
        path: path.to_owned(),
        text: text.to_owned(),
        logic: String::from_utf8(logic).unwrap(),
        code,
        tests,
    }
}
