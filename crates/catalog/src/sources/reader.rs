use {
    super::{
        Format,
        harvest::Harvest,
        listenbrainz::Columns,
        mapped::{Mapped, is_comment},
        mapping::{Mapping, MappingError},
        without_mark,
    },
    crate::error::Error,
    std::{collections::BTreeMap, sync::Arc},
};

/// How the documents of one source are read: what stands at the start of its
/// files decides what the rest means.
pub(crate) struct Reader {
    format: Format,
    tables: BTreeMap<Arc<str>, Table>,
}

/// The start of one file of a source.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Head {
    /// Its path, where the source has many files.
    pub(crate) member: Option<Arc<str>>,
    pub(crate) rows: HeadRows,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum HeadRows {
    /// The first documents of a file of text, as many as are small.
    Text(Vec<Vec<u8>>),
    /// The columns of a Parquet file.
    Columns(Vec<String>),
}

/// What a file is read by, and how many documents come before its rows.
struct Table {
    way: Way,
    before: u64,
}

enum Way {
    Popularity(Columns),
    Rows(Mapped),
    Objects(Mapped),
}

impl Reader {
    /// # Errors
    /// When a mapping is needed and not there, or names a column that a file
    /// does not have.
    pub(crate) fn new(
        format: Format,
        mapping: Option<&Mapping>,
        heads: &[Head],
    ) -> Result<Self, Error> {
        let mut tables = BTreeMap::new();
        for head in heads {
            let member = head.member.clone().unwrap_or_default();
            let table = table_of(format, mapping, &head.rows);
            let table = table.map_err(|source| Error::Map {
                file: member.to_string(),
                source,
            })?;
            tables.extend(table.map(|table| (member, table)));
        }
        Ok(Self { format, tables })
    }

    /// Reads a document into `harvest`: the `nth` of the file `member`, as the
    /// kept source tells both.
    pub(crate) fn read(
        &self,
        document: &[u8],
        member: Option<&str>,
        nth: Option<u64>,
        harvest: &mut Harvest,
    ) {
        let Some(table) = self.tables.get(member.unwrap_or_default()) else {
            return self.read_plain(document, nth, harvest);
        };
        if nth.is_some_and(|nth| nth <= table.before) {
            return;
        }
        let document = without_mark(document);
        let Ok(text) = str::from_utf8(document) else {
            let valid = document
                .utf8_chunks()
                .next()
                .map_or(0, |chunk| chunk.valid().len());
            return harvest.malformed(format!("not UTF-8 from byte {valid} on"));
        };
        let read = match &table.way {
            Way::Popularity(columns) => {
                columns.read(text, harvest);
                Ok(())
            }
            Way::Rows(mapped) => mapped.read_record(text, harvest),
            Way::Objects(_) if nth.is_none() => return damaged(text, harvest),
            Way::Objects(mapped) => mapped.read_object(document, harvest),
        };
        if let Err(error) = read {
            harvest.malformed(error.to_string());
        }
    }

    fn read_plain(&self, document: &[u8], nth: Option<u64>, harvest: &mut Harvest) {
        let is_rows = self.format.is_parquet();
        match str::from_utf8(document) {
            // Of a file that is no Parquet, the document is what is wrong.
            Ok(seen) if is_rows && nth.is_none() => damaged(seen, harvest),
            _ => self.format.read(document, harvest),
        }
    }
}

fn damaged(seen: &str, harvest: &mut Harvest) {
    harvest.malformed(format!("cannot be read as Parquet: {seen}"));
}

/// `None` where the format needs no table.
fn table_of(
    format: Format,
    mapping: Option<&Mapping>,
    rows: &HeadRows,
) -> Result<Option<Table>, MappingError> {
    let way = match rows {
        HeadRows::Text(rows) if format == Format::ListenbrainzPopularityCsv => {
            let columns = rows.first().and_then(|row| Columns::of(without_mark(row)));
            columns.map(|columns| (Way::Popularity(columns), 1))
        }
        HeadRows::Text(rows) if format.is_mapped() => Some(text_table(needed(mapping)?, rows)?),
        HeadRows::Columns(columns) if format.is_mapped() => {
            let mapped = Mapped::objects(needed(mapping)?, columns.clone())?;
            Some((Way::Objects(mapped), 0))
        }
        HeadRows::Text(_) | HeadRows::Columns(_) => None,
    };
    Ok(way.map(|(way, before)| Table { way, before }))
}

fn needed(mapping: Option<&Mapping>) -> Result<&Mapping, MappingError> {
    mapping.ok_or(MappingError::Absent)
}

/// The columns stand in the first row that is no comment and not empty.
fn text_table(mapping: &Mapping, rows: &[Vec<u8>]) -> Result<(Way, u64), MappingError> {
    let file = &mapping.rules.file;
    let is_first = |row: &Vec<u8>| {
        let text = String::from_utf8_lossy(without_mark(row));
        !text.trim().is_empty() && !is_comment(file, &text)
    };
    let at = rows
        .iter()
        .position(is_first)
        .ok_or(MappingError::NoHeader)?;
    let mapped = Mapped::rows(mapping, without_mark(&rows[at]))?;
    let before = match mapped.has_header() {
        true => at as u64 + 1,
        false => 0,
    };
    Ok((Way::Rows(mapped), before))
}
