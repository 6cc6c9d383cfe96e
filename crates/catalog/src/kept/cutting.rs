use {
    super::{cut_elements, cut_lines, cut_rows::rows},
    crate::sources::Splitting,
    std::{ops::Range, path::Path},
};

/// Appends the ranges of the complete documents in `buffer`, which begins at
/// the boundary of a document, to `out`, in order. Returns how many bytes are
/// done with: all before the first byte of a document that is not complete.
/// At the end of the source (`is_last`) the rest is a document too, and all
/// bytes are done with.
///
/// It keeps nothing between calls, and where a document ends depends on the
/// bytes from its start alone.
pub(crate) type Cut = fn(buffer: &[u8], is_last: bool, out: &mut Vec<Range<usize>>) -> usize;

/// How the bytes of one member are cut.
#[derive(Clone, Copy)]
pub(super) struct Cutting {
    pub(super) cut: Cut,
    pub(super) end: End,
}

/// What ends a document that is longer than the limit, looked for behind the
/// limit, whatever the bytes before mean.
#[derive(Clone, Copy)]
pub(super) struct End {
    pub(super) bytes: &'static [u8],
    /// Whether these bytes belong to the document.
    pub(super) belongs: bool,
}

/// What becomes of a member.
#[derive(Clone, Copy)]
pub(super) enum Fall {
    /// It is cut into documents.
    Pieces(Cutting),
    /// It is one document.
    Whole,
    /// It is one document that no format reads.
    Aside,
}

const LINE: End = End {
    bytes: b"\n",
    belongs: false,
};

/// Dumps write a record a line, or at least its last tag at the end of one.
const ELEMENT: End = End {
    bytes: b">\n",
    belongs: true,
};

impl Fall {
    /// How the member of this path falls into documents; no path where the
    /// source is one file.
    pub(super) fn of(splitting: Splitting, path: Option<&str>) -> Self {
        match path.map(Path::new) {
            Some(path) if is_aside(path) => Self::Aside,
            Some(path) if splitting == Splitting::Lines && has_extension(path, "json") => {
                Self::Whole
            }
            _ => Self::of_data(splitting),
        }
    }

    fn of_data(splitting: Splitting) -> Self {
        match splitting {
            // A Parquet file is read as such, not cut.
            Splitting::Members
            | Splitting::Items
            | Splitting::ParquetRows
            | Splitting::ParquetListens => Self::Whole,
            Splitting::CommaRows => Self::rows(rows::<b','>),
            Splitting::TabRows => Self::rows(rows::<b'\t'>),
            Splitting::SemicolonRows => Self::rows(rows::<b';'>),
            Splitting::BarRows => Self::rows(rows::<b'|'>),
            Splitting::Elements => Self::Pieces(Cutting {
                cut: cut_elements::elements,
                end: ELEMENT,
            }),
            Splitting::Lines => Self::Pieces(Cutting {
                cut: cut_lines::lines,
                end: LINE,
            }),
        }
    }
}

impl Fall {
    const fn rows(cut: Cut) -> Self {
        Self::Pieces(Cutting { cut, end: LINE })
    }
}

/// Names of small files that dumps carry beside their data; MusicBrainz and
/// ListenBrainz write them.
const ASIDE: [&str; 9] = [
    "COPYING",
    "DUMP_ID",
    "END_TIMESTAMP",
    "JSON_DUMPS_SCHEMA_NUMBER",
    "LICENSE",
    "REPLICATION_SEQUENCE",
    "SCHEMA_SEQUENCE",
    "START_TIMESTAMP",
    "TIMESTAMP",
];

fn is_aside(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    ASIDE.contains(&&*name) || stem.eq_ignore_ascii_case("readme")
}

fn has_extension(path: &Path, wanted: &str) -> bool {
    path.extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case(wanted))
}
