//! What a bucket holds, by its keys.

use {
    crate::{bucket::Bucket, error::Error, key::Key},
    object_store::{
        list::{PaginatedListOptions, PaginatedListStore},
        path::Path,
    },
    std::collections::BTreeMap,
};

/// An object that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    pub key: Key,
    pub bytes: u64,
}

/// What stands in a folder of keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    Object {
        bytes: u64,
    },
    /// The beginning of other keys.
    Folder,
}

impl Bucket {
    /// What stands in a folder of keys, by name: objects, and further folders. None
    /// stands for the top. A name that is both is told as a folder.
    ///
    /// # Errors
    /// [`Error::List`].
    pub fn entries(&self, folder: Option<&Key>) -> Result<BTreeMap<String, Entry>, Error> {
        let start = self.start(folder);
        let mut entries = BTreeMap::new();
        self.pages(&start, Some("/"), usize::MAX, |objects, folders| {
            let name = |path: &Path| {
                let name = path.as_ref().strip_prefix(&*start)?;
                Some(name.to_owned()).filter(|name| !name.is_empty())
            };
            for (path, bytes) in objects {
                if let Some(name) = name(path) {
                    entries
                        .entry(name)
                        .or_insert(Entry::Object { bytes: *bytes });
                }
            }
            for path in folders {
                entries.extend(name(path).map(|name| (name, Entry::Folder)));
            }
        })?;
        Ok(entries)
    }

    /// All objects below a folder of keys, however deep, sorted by key. None stands
    /// for the top.
    ///
    /// # Errors
    /// [`Error::List`].
    pub fn objects(&self, folder: Option<&Key>) -> Result<Vec<Object>, Error> {
        let mut found = Vec::new();
        self.pages(&self.start(folder), None, usize::MAX, |objects, _| {
            found.extend(objects.iter().filter_map(|(path, bytes)| {
                let key = self.address.below(path.as_ref())?.parse().ok()?;
                Some(Object { key, bytes: *bytes })
            }));
        })?;
        found.sort_by(|a, b| a.key.cmp(&b.key));
        Ok(found)
    }

    /// Whether nothing lies below the prefix, by one request: a first question that
    /// tells whether the store is there and answers.
    ///
    /// # Errors
    /// [`Error::List`].
    pub fn is_empty(&self) -> Result<bool, Error> {
        self.is_empty_below(None)
    }

    pub(crate) fn is_empty_below(&self, folder: Option<&Key>) -> Result<bool, Error> {
        let mut is_empty = true;
        self.pages(&self.start(folder), None, 1, |objects, _| {
            is_empty &= objects.is_empty();
        })?;
        Ok(is_empty)
    }

    /// Gives all pages of a listing; at most `most` keys, if that is fewer than a page.
    fn pages(
        &self,
        start: &str,
        delimiter: Option<&'static str>,
        most: usize,
        mut page: impl FnMut(&[(Path, u64)], &[Path]),
    ) -> Result<(), Error> {
        let mut token = None;
        loop {
            let options = PaginatedListOptions {
                delimiter: delimiter.map(Into::into),
                max_keys: Some(most).filter(|most| *most < usize::MAX),
                page_token: token,
                ..PaginatedListOptions::default()
            };
            let start = Some(start).filter(|start| !start.is_empty());
            let answer = self.connection.store.list_paginated(start, options);
            let answer = self.connection.wait(answer).map_err(|error| Error::List {
                address: self.address.clone(),
                source: Box::new(self.refusal(&error)),
            })?;
            let objects = answer.result.objects.into_iter();
            let objects: Vec<_> = objects.map(|about| (about.location, about.size)).collect();
            page(&objects, &answer.result.common_prefixes);
            token = answer.page_token.filter(|_| most == usize::MAX);
            if token.is_none() {
                return Ok(());
            }
        }
    }
}
