//! An archive's catalog folders in a temporary place.

use {
    longplay_catalog::{Dirs, Error, ImportOptions, ImportSummary, Snapshot, import_records},
    longplay_model::{Finding, Monitor, Timestamp, Unit},
    std::{
        collections::BTreeMap,
        fs,
        path::{Path, PathBuf},
        sync::Mutex,
    },
    tempfile::TempDir,
};

pub(crate) struct Home {
    pub(crate) root: TempDir,
    pub(crate) dirs: Dirs,
    pub(crate) findings: Findings,
    pub(crate) last: Option<String>,
}

#[derive(Default)]
pub(crate) struct Findings(Mutex<Vec<Finding>>);

impl Monitor for Findings {
    fn begin(&self, _: &str, _: Option<u64>, _: Unit) {}
    fn advance(&self, _: u64) {}
    fn finding(&self, finding: Finding) {
        self.0.lock().unwrap().push(finding);
    }
}

impl Findings {
    /// In the order in which they came; the list is empty then.
    pub(crate) fn all(&self) -> Vec<Finding> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }

    /// `code subject, place`, sorted; the list is empty then.
    pub(crate) fn take(&self) -> Vec<String> {
        let found = self.all();
        let mut lines: Vec<String> = found
            .iter()
            .map(|finding| match &finding.place[..] {
                "" => format!("{} {}", finding.code, finding.subject),
                place => format!("{} {}, {place}", finding.code, finding.subject),
            })
            .collect();
        lines.sort();
        lines
    }
}

pub(crate) fn options(name: &str) -> ImportOptions {
    ImportOptions::new(name, Timestamp::from_unix_seconds(1_700_000_000))
}

impl Home {
    pub(crate) fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        let dirs = Dirs {
            sources: root.path().join("sources"),
            catalog: root.path().join("catalog"),
        };
        fs::create_dir(&dirs.sources).unwrap();
        fs::create_dir(&dirs.catalog).unwrap();
        Self {
            root,
            dirs,
            findings: Findings::default(),
            last: None,
        }
    }

    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.root.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path
    }

    pub(crate) fn try_import(
        &mut self,
        path: &Path,
        options: &ImportOptions,
    ) -> Result<ImportSummary, Error> {
        let last = self.last.as_deref();
        let summary = import_records(&self.dirs, path, last, options, &self.findings)?;
        self.last = Some(summary.snapshot.clone());
        Ok(summary)
    }

    /// Imports these lines as the source `name`.
    pub(crate) fn import(&mut self, name: &str, lines: impl AsRef<[u8]>) -> ImportSummary {
        let path = self.file(&format!("{name}.jsonl"), lines);
        self.try_import(&path, &options(name)).unwrap()
    }

    pub(crate) fn snapshot(&self) -> Snapshot {
        let last = self.last.as_ref().unwrap();
        Snapshot::open(&self.dirs.catalog.join(last)).unwrap()
    }

    /// Every file below `catalog/`, by relative path.
    pub(crate) fn catalog_bytes(&self) -> BTreeMap<String, Vec<u8>> {
        bytes_below(&self.dirs.catalog)
    }
}

pub(crate) fn bytes_below(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![dir.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(dir).unwrap().to_str().unwrap().to_owned();
                files.insert(name, fs::read(&path).unwrap());
            }
        }
    }
    files
}

/// A record with these further fields.
pub(crate) fn record(id: &str, title: &str, fields: &str) -> String {
    let comma = if fields.is_empty() { "" } else { "," };
    format!(r#"{{"id":"{id}","title":"{title}","artists":[{{"name":"Artist"}}]{comma}{fields}}}"#)
}

pub(crate) fn lines(records: &[String]) -> String {
    records.iter().map(|record| format!("{record}\n")).collect()
}

/// Titles in rank order.
pub(crate) fn titles(snapshot: &Snapshot) -> Vec<String> {
    (0..snapshot.counts().tracks)
        .map(|rank| snapshot.track_at(rank).unwrap().title)
        .collect()
}
