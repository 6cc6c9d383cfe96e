//! An open index.

use {
    super::{
        collect::Hit,
        expand::Lexicon,
        files::Files,
        limits,
        meta::{LENGTHS, Meta, POSTINGS},
        pages::Pages,
        tiers::Search,
        words::terms,
    },
    crate::error::Error,
    std::path::Path,
};

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    pub text: String,
    /// Hits at most.
    pub limit: usize,
    /// The last word may be only the beginning of one.
    pub prefix: bool,
    /// Words may have typos where too few hits have none.
    pub typos: bool,
    /// Look at all there is, however long it takes.
    pub exhaustive: bool,
}

impl Query {
    /// Twenty hits, beginnings and typos allowed.
    pub fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            limit: 20,
            prefix: true,
            typos: true,
            exhaustive: false,
        }
    }
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchResult {
    /// The best first.
    pub hits: Vec<Hit>,
    /// No more work would have given other hits.
    pub is_exhaustive: bool,
    /// Documents that were compared with the query.
    pub looked_at: u64,
}

/// An index that was built before; many threads may search it at once.
#[derive(Debug)]
pub struct SearchIndex {
    meta: Meta,
    lexicon: Lexicon,
    files: Files,
}

/// Memory for pages of lists, and of lengths.
const LIST_MEMORY: usize = 64 << 20;
const LENGTH_MEMORY: usize = 32 << 20;

impl SearchIndex {
    /// Opens the index in the folder `dir`.
    ///
    /// # Errors
    /// When there is none, when it is of a newer format, or when a file is
    /// not as long as it was or its dictionary is damaged.
    pub fn open(dir: &Path) -> Result<Self, Error> {
        let meta = Meta::read(dir)?;
        for file in &meta.files {
            check_length(&dir.join(&file.name), file.bytes)?;
        }
        let files = Files {
            postings: Pages::open(&dir.join(POSTINGS), LIST_MEMORY)?,
            lengths: Pages::open(&dir.join(LENGTHS), LENGTH_MEMORY)?,
            documents: meta.documents,
        };
        Ok(Self {
            lexicon: Lexicon::open(dir)?,
            meta,
            files,
        })
    }

    pub const fn documents(&self) -> u64 {
        self.meta.documents
    }

    /// Distinct terms.
    pub fn terms(&self) -> u64 {
        self.lexicon.terms()
    }

    /// Finds the documents that a query means, the best first.
    ///
    /// # Errors
    /// When a file cannot be read, or does not hold what it should.
    pub fn search(&self, query: &Query) -> Result<SearchResult, Error> {
        let is_open = query.text.ends_with(|c: char| !c.is_whitespace());
        let words = (terms(&query.text), query.prefix && is_open);
        let limits = if query.exhaustive {
            limits::NONE
        } else {
            limits::USUAL
        };
        let search = Search::new(&self.lexicon, &self.files, limits, words, query.limit)?;
        let (collector, work) = search.run(query.typos)?;
        Ok(SearchResult {
            hits: collector.into_hits(),
            is_exhaustive: work.is_exhaustive,
            looked_at: work.looked_at,
        })
    }
}

fn check_length(path: &Path, bytes: u64) -> Result<(), Error> {
    let found = std::fs::metadata(path).map_err(Error::read(path))?;
    let is_whole = found.len() == bytes;
    is_whole.then_some(()).ok_or_else(|| Error::SearchIndex {
        path: path.into(),
        what: "as many bytes as were written",
    })
}
