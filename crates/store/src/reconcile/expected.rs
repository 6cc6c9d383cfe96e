use {
    crate::{
        bag::TAG_MANIFEST,
        error::Error,
        home::Home,
        names::RECOVERY,
        reconcile::{
            listed::{Listed, listed},
            present::{Digests, Present, Tree},
        },
        state::SealedTranche,
    },
    longplay_model::{Digest, Tally},
    serde::Serialize,
    std::collections::{BTreeMap, BTreeSet},
};

/// A file that should be there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Where its bytes are told, their digest and length as far as known.
    pub digest: Option<Digest>,
    pub bytes: Option<u64>,
    pub belongs: Belongs,
}

/// What a file is a part of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Belongs {
    /// A tranche, by name, or its recovery bag.
    Tranche(String),
    /// A blob that waits in staging, by the file that it was made from.
    Staging(String),
    /// A source that was imported, by name.
    Source(String),
    /// The newest catalog snapshot.
    Snapshot(String),
    /// The newest plan.
    Plan(String),
}

/// What the journal says should be there.
#[derive(Debug, Default)]
pub struct Expected {
    /// By path below the root of the archive.
    pub files: BTreeMap<String, Wanted>,
    /// Bags of which nothing is left that lists their files, with their bytes.
    pub whole_bags: Vec<(String, u64)>,
    /// Folders below which no file is unknown.
    pub known_folders: BTreeSet<String>,
}

/// Gathers what should be there.
pub fn expected(
    home: &Home,
    tree: &Tree,
    present: &Present,
    digests: &mut Digests,
) -> Result<Expected, Error> {
    let mut expected = Expected::default();
    for sealed in home.state().sealed()? {
        expected.tranche(tree, &sealed, present, digests)?;
    }
    for needed in home.state().needed_files()? {
        let location = home.staging().location(&needed.blob);
        let path = location.path();
        let path = path.strip_prefix(home.root().path()).unwrap_or(path);
        let wanted = Wanted {
            digest: Some(needed.blob),
            bytes: Some(needed.bytes),
            belongs: Belongs::Staging(needed.from),
        };
        let path = path.to_string_lossy().into_owned();
        expected.files.insert(path, wanted);
    }
    expected.catalog(home)?;
    Ok(expected)
}

impl Expected {
    fn tranche(
        &mut self,
        tree: &Tree,
        sealed: &SealedTranche,
        present: &Present,
        digests: &mut Digests,
    ) -> Result<(), Error> {
        let recovery = format!("{}{RECOVERY}", sealed.name);
        for (name, digest, bytes) in [
            (&sealed.name, sealed.tagmanifest, sealed.bytes),
            (&recovery, sealed.recovery, sealed.recovery_bytes),
        ] {
            let bag = format!("tranches/{name}");
            match listed(tree, &bag, digest, present, digests)? {
                Some(listed) => self.bag(name, &bag, &listed),
                None => self.unlisted(name, bag, digest, bytes, present),
            }
        }
        Ok(())
    }

    fn bag(&mut self, name: &str, bag: &str, listed: &Listed) {
        if !listed.has_payload {
            self.known_folders.insert(format!("{bag}/data"));
        }
        for (path, digest) in &listed.files {
            let wanted = Wanted {
                digest: Some(*digest),
                bytes: listed.bytes.get(path).copied(),
                belongs: Belongs::Tranche(name.to_owned()),
            };
            self.files.insert(format!("{bag}/{path}"), wanted);
        }
    }

    /// A bag without the tag manifest that was sealed: of one that is there
    /// nothing else is known, of one that is not, its bytes.
    fn unlisted(&mut self, name: &str, bag: String, digest: Digest, bytes: u64, present: &Present) {
        let below = format!("{bag}/");
        let mut from = present.range(below.clone()..);
        if !from
            .next()
            .is_some_and(|(path, _)| path.starts_with(&below))
        {
            self.whole_bags.push((bag, bytes));
            return;
        }
        let wanted = Wanted {
            digest: Some(digest),
            bytes: None,
            belongs: Belongs::Tranche(name.to_owned()),
        };
        self.files.insert(format!("{bag}/{TAG_MANIFEST}"), wanted);
        self.known_folders.insert(bag);
    }

    /// Sources stay for ever; of snapshots and plans the newest has to be there,
    /// older ones may.
    fn catalog(&mut self, home: &Home) -> Result<(), Error> {
        let by_name = |belongs| Wanted {
            digest: None,
            bytes: None,
            belongs,
        };
        for import in home.state().imports()? {
            let folder = format!("sources/{}", import.digest);
            let wanted = by_name(Belongs::Source(import.source));
            self.files.insert(format!("{folder}/source.json"), wanted);
            self.known_folders.insert(folder);
            self.known_folders
                .insert(format!("catalog/{}", import.snapshot));
        }
        if let Some(snapshot) = home.state().last_snapshot()? {
            let path = format!("catalog/{snapshot}/snapshot.json");
            self.files
                .insert(path, by_name(Belongs::Snapshot(snapshot)));
        }
        if let Some(plan) = home.state().last_plan()? {
            for ending in ["json", "parquet", "places.parquet", "marks.parquet"] {
                let wanted = by_name(Belongs::Plan(plan.clone()));
                self.files.insert(format!("plans/{plan}.{ending}"), wanted);
            }
        }
        Ok(())
    }

    /// Whether anything should be in this folder.
    pub fn speaks_of(&self, folder: &str) -> bool {
        let below = format!("{folder}/");
        let mut from = self.files.range(below.clone()..);
        let has_file = from
            .next()
            .is_some_and(|(path, _)| path.starts_with(&below));
        has_file || self.whole_bags.iter().any(|(bag, _)| bag == folder)
    }

    /// How much should be there.
    pub fn tally(&self, present: &Present) -> Tally {
        let mut tally = Tally::default();
        for (path, wanted) in &self.files {
            let bytes = wanted.bytes.or_else(|| present.get(path).copied());
            tally.add(bytes.unwrap_or(0));
        }
        self.whole_bags
            .iter()
            .for_each(|(_, bytes)| tally.add(*bytes));
        tally
    }
}
