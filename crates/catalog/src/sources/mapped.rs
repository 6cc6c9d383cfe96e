//! Rows of any table, read by a mapping file (`docs/format/mapping.md`).

use {
    super::{
        harvest::{Figure, Harvest},
        mapped_row::{BadRow, Cell, Row, fields},
        mapped_value::{has_shape, milliseconds, parts, plain_number, time, truth, whole_number},
        mapping::{Column, FileRules, Given, Mapping, MappingError, Unit},
        track_records,
    },
    crate::figures::{Metric, Target},
    longplay_model::{
        ArtistCredit, CreditedArtist, FindingCode, Isrc, Mbid, RightsStatement, RightsUri,
        Timestamp, TrackRecord,
    },
    serde_json::Error,
    std::{borrow::Cow, str::FromStr},
};

/// A mapping, with the columns of one table found.
#[derive(Debug, Clone)]
pub(super) struct Mapped {
    file: FileRules,
    columns: Vec<String>,
    track: Vec<(&'static str, Found)>,
    figures: Vec<FoundFigure>,
    skip: Vec<(usize, Vec<String>)>,
}

/// Where a value is, by number of the column from 0.
#[derive(Debug, Clone)]
struct Found {
    given: Given,
    columns: Vec<usize>,
}

#[derive(Debug, Clone)]
struct FoundFigure {
    kind: &'static str,
    target: Found,
    metric: Metric,
    value: Found,
    at: Option<Found>,
}

impl Mapped {
    /// For CSV, `head` is its first row that is no comment.
    pub(super) fn rows(mapping: &Mapping, head: &[u8]) -> Result<Self, MappingError> {
        let file = &mapping.rules.file;
        let head = str::from_utf8(head).map_err(|_| MappingError::NoHeader)?;
        let names = split(file, head).map_err(|_| MappingError::NoHeader)?;
        Self::table(mapping, names.into_iter().map(Cow::into_owned).collect())
    }

    /// For Parquet, whose rows come as JSON objects.
    pub(super) fn objects(mapping: &Mapping, columns: Vec<String>) -> Result<Self, MappingError> {
        let mut mapping = mapping.clone();
        mapping.rules.file.header = true;
        Self::table(&mapping, columns)
    }

    fn table(mapping: &Mapping, columns: Vec<String>) -> Result<Self, MappingError> {
        let rules = &mapping.rules;
        let find = |field: &'static str, given: &Given| {
            Found::new(field, given, &columns, rules.file.header)
        };
        let track = rules.track.iter().flat_map(|track| track.fields());
        let track = track.map(|(field, given)| Ok((field, find(field, given)?)));
        let figures = rules.figures.iter().map(|figure| {
            let (kind, target) = figure.target().next().ok_or(MappingError::Nothing)?;
            Ok(FoundFigure {
                kind,
                target: find(kind, target)?,
                metric: figure.metric,
                value: find("value", &figure.value)?,
                at: figure.at.as_ref().map(|at| find("at", at)).transpose()?,
            })
        });
        let skip = rules.skip.iter().map(|rule| {
            let column = column_of("skip", &rule.column, &columns, rules.file.header)?;
            Ok((column, rule.values.clone()))
        });
        Ok(Self {
            file: rules.file.clone(),
            track: track.collect::<Result<_, _>>()?,
            figures: figures.collect::<Result<_, _>>()?,
            skip: skip.collect::<Result<_, _>>()?,
            columns,
        })
    }

    /// Whether the first row of each file names the columns.
    pub(super) fn has_header(&self) -> bool {
        self.file.header
    }

    /// Reads one record of a CSV file.
    pub(super) fn read_record(&self, record: &str, harvest: &mut Harvest) -> Result<(), Error> {
        if is_comment(&self.file, record) {
            return Ok(());
        }
        let fields = match split(&self.file, record) {
            Ok(fields) => fields,
            Err(bad) => {
                harvest.malformed(bad.to_string());
                return Ok(());
            }
        };
        if fields.len() != self.columns.len() {
            let (expected, found) = (self.columns.len(), fields.len());
            harvest.malformed(format!("expected {expected} fields, found {found}"));
            return Ok(());
        }
        self.read(&Row::Fields(fields), harvest)
    }

    /// Reads one row of a Parquet file.
    pub(super) fn read_object(&self, document: &[u8], harvest: &mut Harvest) -> Result<(), Error> {
        let object = serde_json::from_slice(document)?;
        self.read(&Row::Object(&self.columns, object), harvest)
    }

    fn read(&self, row: &Row, harvest: &mut Harvest) -> Result<(), Error> {
        let is_skipped = self
            .skip
            .iter()
            .any(|(column, values)| match row.cell(*column) {
                Cell::One(text) => values.iter().any(|value| *value == text),
                _ => false,
            });
        if is_skipped {
            return Ok(());
        }
        let mut ask = Ask {
            row,
            null: &self.file.null,
            harvest,
        };
        for figure in &self.figures {
            ask.figure(figure);
        }
        if self.track.is_empty() {
            return Ok(());
        }
        let record = ask.track(&self.track)?;
        let record = track_records::checked(record, harvest)?;
        harvest.tracks.push(record.into());
        Ok(())
    }
}

/// The fields of a record. Where nothing is quoted the file is cut at line
/// feeds alone, and a carriage return before one is still there.
fn split<'a>(file: &FileRules, record: &'a str) -> Result<Vec<Cow<'a, str>>, BadRow> {
    let record = match file.quotes {
        true => record,
        false => record.strip_suffix('\r').unwrap_or(record),
    };
    fields(record, file.delimiter.byte(), file.quotes)
}

/// Whether a row is a comment of the file.
pub(super) fn is_comment(file: &FileRules, record: &str) -> bool {
    let comment = file
        .comment
        .as_deref()
        .filter(|comment| !comment.is_empty());
    comment.is_some_and(|comment| record.starts_with(comment))
}

impl Found {
    fn new(
        field: &'static str,
        given: &Given,
        columns: &[String],
        header: bool,
    ) -> Result<Self, MappingError> {
        let numbers = given.columns.iter();
        let numbers = numbers.map(|column| column_of(field, column, columns, header));
        Ok(Self {
            given: given.clone(),
            columns: numbers.collect::<Result<_, _>>()?,
        })
    }
}

fn column_of(
    field: &'static str,
    column: &Column,
    columns: &[String],
    header: bool,
) -> Result<usize, MappingError> {
    let found = match column {
        Column::Number(number) => number.checked_sub(1).filter(|at| *at < columns.len()),
        Column::Name(name) if header => {
            let mut same = (0..columns.len()).filter(|at| columns[*at] == *name);
            let first = same.next();
            if same.next().is_some() {
                return Err(MappingError::AmbiguousColumn {
                    field: field.into(),
                    column: name.clone(),
                });
            }
            first
        }
        Column::Name(_) => None,
    };
    found.ok_or_else(|| MappingError::MissingColumn {
        field: field.into(),
        column: column.to_string(),
        columns: match header {
            true => columns.iter().map(|name| format!("{name:?}")).collect(),
            false => vec![format!("1 to {}", columns.len())],
        },
    })
}

/// A row that is asked for its values.
struct Ask<'a, 'b> {
    row: &'a Row<'b>,
    null: &'a [String],
    harvest: &'a mut Harvest,
}

impl<'a> Ask<'a, '_> {
    fn track(&mut self, fields: &'a [(&'static str, Found)]) -> Result<TrackRecord, Error> {
        let mut record = TrackRecord::default();
        let mut artist_ids = Vec::new();
        let mut basis = None;
        let mut rights = None;
        for (name, found) in fields {
            match *name {
                "id" => record.id = self.required(name, found)?,
                "title" => record.title = self.required(name, found)?,
                "artists" => record.artists = self.credit(name, found),
                "artist_ids" => artist_ids = self.list(name, found),
                "recording_mbid" => record.recording_mbid = self.parsed(name, found),
                "isrcs" => record.isrcs = self.isrcs(name, found),
                "duration" => record.duration_ms = self.duration(name, found),
                "release_id" => record.release_id = self.text(name, found),
                "release" => record.release = self.text(name, found),
                "release_artists" => {
                    record.release_artists =
                        Some(self.credit(name, found)).filter(|names| !names.0.is_empty());
                }
                "release_date" => record.release_date = self.parsed(name, found),
                "gtin" => record.gtin = self.text(name, found),
                "label" => record.label = self.text(name, found),
                "disc" => record.disc = self.small(name, found),
                "position" => record.position = self.small(name, found),
                "genres" => record.genres = self.list(name, found),
                "language" => record.language = self.text(name, found),
                "explicit" => {
                    record.explicit = self.read_as(name, found, "true or false", truth);
                }
                "popularity" => record.popularity = self.score(name, found),
                "release_popularity" => record.release_popularity = self.score(name, found),
                "listens" => {
                    record.listens = self.read_as(name, found, "a count", whole_number);
                }
                "popularity_at" => record.popularity_at = self.time(name, found),
                "rights" => rights = self.rights(name, found),
                "rights_basis" => basis = self.text(name, found),
                // The names are those of `TrackRules::fields`.
                _ => {}
            }
        }
        self.give_ids(&mut record.artists, artist_ids);
        record.rights = rights.map(|uri| RightsStatement {
            uri,
            basis: basis.unwrap_or_else(|| "a column of the source".into()),
        });
        Ok(record)
    }

    fn figure(&mut self, figure: &'a FoundFigure) {
        let (kind, found) = (figure.kind, &figure.target);
        let target = match kind {
            "isrc" => self.parsed::<Isrc>(kind, found).map(Target::Isrc),
            "release_mbid" => self.parsed(kind, found).map(Target::Release),
            "artist_mbid" => self.parsed(kind, found).map(Target::Artist),
            _ => self.parsed::<Mbid>(kind, found).map(Target::Mbid),
        };
        let Some(target) = target else { return };
        let is_count = figure.metric != Metric::Popularity;
        let value = match is_count {
            true => self
                .read_as("value", &figure.value, "a count", whole_number)
                .map(|count| count as f64),
            false => self.read_as("value", &figure.value, "a number from 0 on", plain_number),
        };
        let Some(value) = value else { return };
        let at = figure.at.as_ref().and_then(|at| self.time("at", at));
        self.harvest.figures.push(Figure {
            target,
            metric: figure.metric,
            value,
            at,
        });
    }

    fn required(&mut self, name: &str, found: &'a Found) -> Result<String, Error> {
        let missing = || serde::de::Error::custom(format!("`{name}` is not known"));
        self.text(name, found).ok_or_else(missing)
    }

    fn credit(&mut self, name: &str, found: &'a Found) -> ArtistCredit {
        let mut names = Vec::new();
        for text in self.texts(name, found) {
            let places = match &found.given.separator {
                Some(separator) => parts(&text, separator),
                None => vec![0..text.len()],
            };
            for (number, place) in places.iter().enumerate() {
                let next = places.get(number + 1);
                names.push(CreditedArtist {
                    name: text[place.clone()].to_owned(),
                    id: None,
                    join: next
                        .map_or("", |next| &text[place.end..next.start])
                        .to_owned(),
                    popularity: None,
                    followers: None,
                });
            }
        }
        // The names of a list column come without what stands between them.
        let last = names.len().saturating_sub(1);
        for artist in names[..last]
            .iter_mut()
            .filter(|artist| artist.join.is_empty())
        {
            artist.join = ", ".into();
        }
        ArtistCredit(names)
    }

    fn give_ids(&mut self, artists: &mut ArtistCredit, ids: Vec<String>) {
        if ids.is_empty() {
            return;
        }
        if ids.len() != artists.0.len() {
            let (names, ids) = (artists.0.len(), ids.len());
            return self.harvest.trouble(
                FindingCode::C003,
                "artist_ids",
                format!("{ids} ids for {names} names"),
            );
        }
        for (artist, id) in artists.0.iter_mut().zip(ids) {
            artist.id = Some(id);
        }
    }

    fn isrcs(&mut self, name: &str, found: &'a Found) -> Vec<Isrc> {
        let texts = self.list(name, found);
        let mut isrcs: Vec<Isrc> = texts
            .iter()
            .filter_map(|text| self.checked(name, text))
            .collect();
        isrcs.sort_unstable();
        isrcs.dedup();
        isrcs
    }

    fn duration(&mut self, name: &str, found: &'a Found) -> Option<u32> {
        let unit = found.given.unit?;
        self.read_as(name, found, "a duration", |text| milliseconds(text, unit))
    }

    fn small(&mut self, name: &str, found: &'a Found) -> Option<u32> {
        self.read_as(name, found, "a small number", |text| {
            whole_number(text).and_then(|number| u32::try_from(number).ok())
        })
    }

    fn score(&mut self, name: &str, found: &'a Found) -> Option<f32> {
        let score = self.read_as(name, found, "0 to 100", |text| {
            plain_number(text).filter(|score| *score <= 100.0)
        });
        score.map(|score| score as f32)
    }

    fn time(&mut self, name: &str, found: &'a Found) -> Option<Timestamp> {
        let unit: Option<Unit> = found.given.unit;
        self.read_as(name, found, "a time", |text| time(text, unit))
    }

    fn rights(&mut self, name: &str, found: &'a Found) -> Option<RightsUri> {
        let text = self.text(name, found)?;
        text.parse()
            .map_err(|error: longplay_model::ParseRightsError| {
                self.harvest
                    .trouble(FindingCode::C011, name, error.to_string());
            })
            .ok()
    }

    fn parsed<T: FromStr<Err: ToString>>(&mut self, name: &str, found: &'a Found) -> Option<T> {
        let text = self.text(name, found)?;
        self.checked(name, &text)
    }

    fn checked<T: FromStr<Err: ToString>>(&mut self, name: &str, text: &str) -> Option<T> {
        let refused = |error: T::Err| {
            self.harvest
                .trouble(FindingCode::C003, name, error.to_string())
        };
        text.trim().parse().map_err(refused).ok()
    }

    fn read_as<T>(
        &mut self,
        name: &str,
        found: &'a Found,
        expected: &str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let text = self.text(name, found)?;
        let value = read(&text);
        if value.is_none() {
            let seen = format!("expected {expected}, found {text:?}");
            self.harvest.trouble(FindingCode::C003, name, seen);
        }
        value
    }

    /// The one text of a field; of a list its only element.
    fn text(&mut self, name: &str, found: &'a Found) -> Option<String> {
        let mut texts = self.texts(name, found);
        if texts.len() > 1 {
            let seen = format!("expected one value, found a list of {}", texts.len());
            self.harvest.trouble(FindingCode::C003, name, seen);
            return None;
        }
        texts.pop().map(Cow::into_owned)
    }

    /// The texts of a field, separated where the mapping says how.
    fn list(&mut self, name: &str, found: &'a Found) -> Vec<String> {
        let texts = self.texts(name, found);
        let split = |text: Cow<str>| match &found.given.separator {
            Some(separator) => parts(&text, separator)
                .into_iter()
                .map(|place| text[place].to_owned())
                .collect(),
            None => vec![text.into_owned()],
        };
        texts.into_iter().flat_map(split).collect()
    }

    /// What stands in the columns of a field, after the rules on what is
    /// null, what has another shape and what stands for something else.
    fn texts(&mut self, name: &str, found: &'a Found) -> Vec<Cow<'a, str>> {
        if let Some(value) = &found.given.value {
            return vec![Cow::Borrowed(value.as_str())];
        }
        let raw = match &found.columns[..] {
            [column] => self.cell(name, *column),
            columns => self.joined(name, columns, &found.given.join),
        };
        let only = found.given.only.as_deref();
        raw.into_iter()
            .filter(|text| only.is_none_or(|pattern| has_shape(text, pattern)))
            .map(|text| {
                let pairs = found.given.replace.iter();
                pairs.fold(text, |text, (from, to)| match text.contains(from) {
                    true => text.replace(from, to).into(),
                    false => text,
                })
            })
            .collect()
    }

    fn cell(&mut self, name: &str, column: usize) -> Vec<Cow<'a, str>> {
        let is_known = |text: &Cow<str>| !self.null.iter().any(|null| null == text);
        match self.row.cell(column) {
            Cell::Null => Vec::new(),
            Cell::One(text) => Some(text).filter(is_known).into_iter().collect(),
            Cell::List(texts) => texts.into_iter().filter(is_known).collect(),
            Cell::Nested => {
                let seen = "expected a text, a number or a list of them, found an object";
                self.harvest.trouble(FindingCode::C003, name, seen);
                Vec::new()
            }
        }
    }

    /// What is not known of several columns is empty between what joins them,
    /// so that no two rows come to the same; all unknown is none.
    fn joined(&mut self, name: &str, columns: &[usize], join: &str) -> Vec<Cow<'a, str>> {
        let mut texts = Vec::with_capacity(columns.len());
        for column in columns {
            texts.push(self.cell(name, *column).join(join));
        }
        if texts.iter().all(String::is_empty) {
            return Vec::new();
        }
        vec![texts.join(join).into()]
    }
}
