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
        if self.format.is_parquet() && nth.is_none()
            // Of a file that is no Parquet, the document is what is wrong.
            && let Ok(seen) = str::from_utf8(document)
        {
            return damaged(seen, harvest);
        }
        self.format.read(document, harvest);
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

#[cfg(test)]
mod tests {
    use {
        super::*,
        crate::{figures::Target, kept::cut_rows},
        longplay_model::FindingCode,
        proptest::prelude::*,
        serde_json::json,
    };

    /// Reads a table as the import does: cut, headed, row by row.
    fn read(mapping: &str, table: &[u8]) -> Result<Harvest, Error> {
        let mapping = Mapping::parse(mapping).unwrap();
        let mut ranges = Vec::new();
        match mapping.delimiter() {
            b';' => cut_rows::<b';'>(table, true, &mut ranges),
            _ => cut_rows::<b','>(table, true, &mut ranges),
        };
        let all: Vec<Vec<u8>> = ranges
            .into_iter()
            .map(|range| table[range].to_vec())
            .collect();
        let head = Head {
            member: None,
            rows: HeadRows::Text(all.clone()),
        };
        let reader = Reader::new(Format::mapped(&mapping), Some(&mapping), &[head])?;
        let mut harvest = Harvest::default();
        for (nth, row) in (1..).zip(&all) {
            if !row.trim_ascii().is_empty() {
                reader.read(row, None, Some(nth), &mut harvest);
            }
        }
        Ok(harvest)
    }

    fn told(harvest: &Harvest) -> Vec<serde_json::Value> {
        let tracks = harvest.tracks.iter();
        let tracks = tracks.map(|track| serde_json::to_value(&track.record).unwrap());
        let figures = harvest.figures.iter().map(|figure| {
            let target = match figure.target {
                Target::Isrc(isrc) => isrc.to_string(),
                Target::Mbid(id) | Target::Release(id) | Target::ReleaseGroup(id) | Target::Artist(id) => id.to_string(),
            };
            json!({"target": target, "metric": figure.metric, "value": figure.value, "at": figure.at})
        });
        tracks.chain(figures).collect()
    }

    /// The blocks of a page in a language.
    fn blocks(page: &str, language: &str) -> Vec<String> {
        let start = format!("```{language}\n");
        let parts = page.split(start.as_str()).skip(1);
        parts
            .map(|part| part.split("```").next().unwrap().to_owned())
            .collect()
    }

    #[test]
    fn the_examples_of_the_page_hold() {
        let page = include_str!("../../../../docs/format/mapping.md");
        let [mappings, tables, results] =
            ["toml", "csv", "json"].map(|language| blocks(page, language));
        assert!(
            mappings.len() > 3 && mappings.len() == tables.len() && tables.len() == results.len()
        );
        for ((mapping, table), result) in mappings.iter().zip(&tables).zip(&results) {
            let harvest = read(mapping, table.as_bytes()).unwrap();
            assert_eq!(harvest.troubles, [], "{table}");
            let expected: Vec<serde_json::Value> = result
                .lines()
                .map(|line| serde_json::from_str(line).unwrap())
                .collect();
            assert_eq!(told(&harvest), expected, "{mapping}");
        }
    }

    #[test]
    fn every_field_can_be_wrong_alone() {
        for (field, value, code) in [
            ("artist_ids = 'x'", "a", "C003 artist_ids"),
            ("recording_mbid = 'x'", "nope", "C003 recording_mbid"),
            (
                "isrcs = { column = 'x', separator = ';' }",
                "GBAYE6900531;no",
                "C003 isrcs",
            ),
            (
                "duration = { column = 'x', unit = 's' }",
                "-3",
                "C003 duration",
            ),
            ("release_date = 'x'", "1969-13", "C003 release_date"),
            ("gtin = 'x'", "4006381333932", "C003 gtin"),
            ("disc = 'x'", "0", "C003 disc"),
            ("position = 'x'", "4294967296", "C003 position"),
            ("explicit = 'x'", "maybe", "C003 explicit"),
            ("popularity = 'x'", "101", "C003 popularity"),
            ("release_popularity = 'x'", "NaN", "C003 release_popularity"),
            ("listens = 'x'", "-1", "C003 listens"),
            ("popularity_at = 'x'", "yesterday", "C003 popularity_at"),
            ("rights = 'x'", "free", "C011 rights"),
        ] {
            let mapping = format!("[track]\nid = 'id'\ntitle = 'id'\n{field}");
            let harvest = read(&mapping, format!("id,x\n1,{value}\n").as_bytes()).unwrap();
            let troubles = harvest.troubles.iter();
            let troubles: Vec<String> = troubles
                .map(|t| format!("{} {}", t.code, t.field))
                .collect();
            assert_eq!(
                (harvest.tracks.len(), troubles),
                (1, vec![code.to_owned()]),
                "{field}"
            );
        }
    }

    #[test]
    fn rights_of_a_column_rest_on_it() {
        let mapping =
            "[track]\nid = 1\ntitle = 1\nrights = 'x'\nrights_basis = { value = 'their list' }";
        let harvest = read(
            mapping,
            b"id,x\n1,https://creativecommons.org/licenses/by/4.0/\n",
        )
        .unwrap();
        let rights = harvest.tracks[0].record.rights.clone().unwrap();
        assert_eq!(rights.basis, "their list");
    }

    #[test]
    fn figures_are_left_out_when_they_are_wrong() {
        let mapping = "[[figure]]\nrecording_mbid = 'm'\nmetric = 'listens'\nvalue = 'n'\nat = 't'\n\
            [[figure]]\nartist_mbid = 'm'\nmetric = 'popularity'\nvalue = 'n'";
        let mbid = "5f1604ed-5c6b-4a85-8391-15aa61ae7f98";
        let table = format!(
            "m,n,t\n{mbid},5,2020-01-01\n{mbid},-5,\n{mbid},2.5,\nx,5,\n,5,\n{mbid},,\n{mbid},6,soon\n"
        );
        let harvest = read(mapping, table.as_bytes()).unwrap();
        let values: Vec<f64> = harvest.figures.iter().map(|figure| figure.value).collect();
        assert_eq!(values, [5.0, 5.0, 2.5, 6.0, 6.0]);
        let fields: Vec<&str> = harvest.troubles.iter().map(|t| t.field.as_str()).collect();
        assert_eq!(
            fields,
            [
                "value",
                "value",
                "value",
                "recording_mbid",
                "artist_mbid",
                "at"
            ]
        );
        assert!(harvest.troubles.iter().all(|t| t.code == FindingCode::C003));
    }

    #[test]
    fn each_file_has_its_own_header() {
        let mapping = Mapping::parse("[track]\nid = 'id'\ntitle = 'title'").unwrap();
        let head = |member: &str, row: &str| Head {
            member: Some(member.into()),
            rows: HeadRows::Text(vec![row.into()]),
        };
        let heads = [head("a", "id,title"), head("b", "title,x,id")];
        let reader = Reader::new(Format::MappedCsv, Some(&mapping), &heads).unwrap();
        let mut harvest = Harvest::default();
        reader.read(b"1,one", Some("a"), Some(2), &mut harvest);
        reader.read(b"two,,2", Some("b"), Some(2), &mut harvest);
        let titles: Vec<&str> = harvest
            .tracks
            .iter()
            .map(|t| t.record.title.as_str())
            .collect();
        assert_eq!(titles, ["one", "two"]);
        let wrong = Reader::new(Format::MappedCsv, Some(&mapping), &[head("c", "id")])
            .err()
            .unwrap();
        assert!(wrong.to_string().ends_with("mapping: c"), "{wrong}");
    }

    #[test]
    fn popularity_is_read_by_the_header_of_its_file() {
        let heads = [
            "recording_mbid,total_listen_count,total_user_count",
            "total_user_count,total_listen_count,release_mbid",
        ];
        let heads = heads.map(|row| Head {
            member: Some(row[..5].into()),
            rows: HeadRows::Text(vec![row.into()]),
        });
        let reader = Reader::new(Format::ListenbrainzPopularityCsv, None, &heads).unwrap();
        let mut harvest = Harvest::default();
        let mbid = "5f1604ed-5c6b-4a85-8391-15aa61ae7f98";
        reader.read(
            heads[0].member.as_deref().unwrap().as_bytes(),
            Some("recor"),
            Some(1),
            &mut harvest,
        );
        reader.read(
            format!("{mbid},7,3").as_bytes(),
            Some("recor"),
            Some(2),
            &mut harvest,
        );
        reader.read(
            format!("3,7,{mbid}").as_bytes(),
            Some("total"),
            Some(2),
            &mut harvest,
        );
        let values: Vec<f64> = harvest.figures.iter().map(|figure| figure.value).collect();
        assert_eq!(
            (values, harvest.troubles.len()),
            (vec![7.0, 3.0, 7.0, 3.0], 0)
        );
        assert!(matches!(harvest.figures[2].target, Target::Release(_)));
    }

    proptest! {
        #[test]
        fn any_table_is_read(table in prop::collection::vec(prop_oneof![
            4 => prop::sample::select(b"\",\n\r;a1-.: ".to_vec()), 1 => any::<u8>()], 0..300)) {
            let mapping = "[track]\nid = 1\ntitle = 1\nduration = { column = 1, unit = 'min:s' }\n\
                artists = { column = 1, separator = ';' }\nlistens = 1\nisrcs = 1\nrelease_date = 1\npopularity_at = 1";
            if let Ok(harvest) = read(mapping, &table) {
                for track in &harvest.tracks {
                    prop_assert!(!track.record.id.is_empty());
                }
            }
        }
    }
}
