//! Which column means what: mapping files (`docs/format/mapping.md`).

use {
    crate::figures::Metric,
    serde::{Deserialize, Serialize},
    std::fmt,
    thiserror::Error,
};

/// What a mapping file says about a table of somebody else: tracks that its
/// rows describe, figures that they give, or both.
///
/// Two mappings are equal when their texts are.
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Mapping {
    text: String,
    pub(super) rules: Rules,
}

/// What keeps a mapping from being used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum MappingError {
    /// With the line and what was expected there.
    #[error("{0}")]
    Syntax(String),
    #[error("the mapping gives neither a track nor a figure")]
    Nothing,
    #[error("`{field}`: {problem}")]
    Field {
        field: String,
        problem: &'static str,
    },
    /// The table has no such column.
    #[error("`{field}` names column {column}, which is not there; the columns are {}", columns.join(", "))]
    MissingColumn {
        field: String,
        column: String,
        columns: Vec<String>,
    },
    #[error("column {column:?} stands twice in the header, so that `{field}` may mean either")]
    AmbiguousColumn { field: String, column: String },
    #[error("the table has no first row that could name its columns")]
    NoHeader,
    #[error("a table is read by a mapping file, and none was given")]
    Absent,
}

/// The whole file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rules {
    #[serde(default)]
    pub(super) file: FileRules,
    pub(super) track: Option<TrackRules>,
    #[serde(default, rename = "figure")]
    pub(super) figures: Vec<FigureRules>,
    /// Rows that are passed over.
    #[serde(default)]
    pub(super) skip: Vec<SkipRule>,
}

/// How the bytes fall into rows and fields.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct FileRules {
    pub(super) delimiter: Delimiter,
    /// Whether a field may stand between double quotes.
    pub(super) quotes: bool,
    /// Whether the first row names the columns.
    pub(super) header: bool,
    /// Texts that mean that nothing is known.
    pub(super) null: Vec<String>,
    /// Rows that begin so are passed over.
    pub(super) comment: Option<String>,
}

impl Default for FileRules {
    fn default() -> Self {
        Self {
            delimiter: Delimiter::Comma,
            quotes: true,
            header: true,
            null: vec![String::new()],
            comment: None,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(super) enum Delimiter {
    #[serde(rename = ",")]
    Comma,
    #[serde(rename = "\t", alias = "tab")]
    Tab,
    #[serde(rename = ";")]
    Semicolon,
    #[serde(rename = "|")]
    Pipe,
}

impl Delimiter {
    pub(super) const fn byte(self) -> u8 {
        match self {
            Self::Comma => b',',
            Self::Tab => b'\t',
            Self::Semicolon => b';',
            Self::Pipe => b'|',
        }
    }
}

/// The fields of a track record.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TrackRules {
    pub(super) id: Given,
    pub(super) title: Given,
    pub(super) artists: Option<Given>,
    pub(super) artist_ids: Option<Given>,
    pub(super) recording_mbid: Option<Given>,
    pub(super) isrcs: Option<Given>,
    pub(super) duration: Option<Given>,
    pub(super) release_id: Option<Given>,
    pub(super) release: Option<Given>,
    pub(super) release_artists: Option<Given>,
    pub(super) release_date: Option<Given>,
    pub(super) gtin: Option<Given>,
    pub(super) label: Option<Given>,
    pub(super) disc: Option<Given>,
    pub(super) position: Option<Given>,
    pub(super) genres: Option<Given>,
    pub(super) language: Option<Given>,
    pub(super) explicit: Option<Given>,
    pub(super) popularity: Option<Given>,
    pub(super) listens: Option<Given>,
    pub(super) popularity_at: Option<Given>,
    pub(super) release_popularity: Option<Given>,
    pub(super) rights: Option<Given>,
    pub(super) rights_basis: Option<Given>,
}

/// A figure about a recording, release or artist.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FigureRules {
    pub(super) recording_mbid: Option<Given>,
    pub(super) isrc: Option<Given>,
    pub(super) release_mbid: Option<Given>,
    pub(super) artist_mbid: Option<Given>,
    pub(super) metric: Metric,
    pub(super) value: Given,
    pub(super) at: Option<Given>,
}

/// Rows whose `column` holds one of `values`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SkipRule {
    pub(super) column: Column,
    pub(super) values: Vec<String>,
}

/// Where a value comes from: a column's name or number, or the long form.
#[derive(Debug, Clone, Deserialize)]
#[serde(from = "Written")]
pub(super) struct Given {
    pub(super) columns: Vec<Column>,
    /// Stands between the values of several columns.
    pub(super) join: String,
    /// The same for all rows.
    pub(super) value: Option<String>,
    /// Stands between several values in one column.
    pub(super) separator: Option<String>,
    pub(super) unit: Option<Unit>,
    /// A pattern with `?` and `*`; other values mean that nothing is known.
    pub(super) only: Option<String>,
    /// Pairs: what stands there, and what it stands for.
    pub(super) replace: Vec<(String, String)>,
}

/// A column by its name, or by its number from 1.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub(super) enum Column {
    Number(usize),
    Name(String),
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Name(name) => write!(f, "{name:?}"),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(super) enum Unit {
    #[serde(rename = "ms")]
    Milliseconds,
    #[serde(rename = "s")]
    Seconds,
    /// `4:33`, `1:02:03`, also with a fraction of the last.
    #[serde(rename = "min:s")]
    Clock,
    /// Seconds since 1970 in UTC.
    #[serde(rename = "unix")]
    Unix,
}

#[derive(Deserialize)]
#[serde(
    untagged,
    expecting = "a column (name, or number from 1), or a table of `column`, `columns`, `join`, `value`, `separator`, `unit`, `only`, `replace`"
)]
enum Written {
    Column(Column),
    Long(Long),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Long {
    column: Option<Column>,
    #[serde(default)]
    columns: Vec<Column>,
    #[serde(default)]
    join: String,
    value: Option<String>,
    separator: Option<String>,
    unit: Option<Unit>,
    only: Option<String>,
    #[serde(default)]
    replace: Vec<(String, String)>,
}

impl From<Written> for Given {
    fn from(written: Written) -> Self {
        let long = match written {
            Written::Long(long) => long,
            Written::Column(column) => Long {
                column: Some(column),
                columns: Vec::new(),
                join: String::new(),
                value: None,
                separator: None,
                unit: None,
                only: None,
                replace: Vec::new(),
            },
        };
        Self {
            columns: long.column.into_iter().chain(long.columns).collect(),
            join: long.join,
            value: long.value,
            separator: long.separator,
            unit: long.unit,
            only: long.only,
            replace: long.replace,
        }
    }
}

impl Mapping {
    /// Reads the text of a mapping file.
    ///
    /// # Errors
    /// When it is no TOML, has keys that do not exist, or gives nothing.
    pub fn parse(text: impl Into<String>) -> Result<Self, MappingError> {
        let text = text.into();
        let rules: Rules = toml::from_str(&text)
            .map_err(|error| MappingError::Syntax(error.to_string().trim_end().to_owned()))?;
        check(&rules)?;
        Ok(Self { text, rules })
    }

    pub(super) fn delimiter(&self) -> u8 {
        self.rules.file.delimiter.byte()
    }

    pub(super) fn has_quotes(&self) -> bool {
        self.rules.file.quotes
    }

    /// The text, as it was given.
    pub fn text(&self) -> &str {
        &self.text
    }
}

fn check(rules: &Rules) -> Result<(), MappingError> {
    if rules.track.is_none() && rules.figures.is_empty() {
        return Err(MappingError::Nothing);
    }
    for figure in &rules.figures {
        if figure.target().count() != 1 {
            return Err(MappingError::Field {
                field: "figure".into(),
                problem: "name what it is about by one of `recording_mbid`, `isrc`, `release_mbid`, `artist_mbid`",
            });
        }
    }
    rules
        .fields()
        .try_for_each(|(field, given)| check_given(field, given))
}

fn check_given(field: &str, given: &Given) -> Result<(), MappingError> {
    let problem = |problem| {
        Err(MappingError::Field {
            field: field.into(),
            problem,
        })
    };
    let is_time = matches!(field, "popularity_at" | "at");
    let is_list = matches!(
        field,
        "artists" | "artist_ids" | "release_artists" | "isrcs" | "genres"
    );
    match given.unit {
        Some(Unit::Unix) if !is_time => return problem("`unix` is a unit of times"),
        Some(Unit::Unix) | None => {}
        Some(_) if field != "duration" => return problem("only a duration has this unit"),
        Some(_) => {}
    }
    if field == "duration" && given.unit.is_none() {
        return problem("name its unit: `ms`, `s` or `min:s`");
    }
    if given.separator.is_some() && !is_list {
        return problem("it is one value and has no separator");
    }
    if given.separator.as_deref() == Some("") || given.replace.iter().any(|pair| pair.0.is_empty())
    {
        return problem("a separator or what is replaced is empty");
    }
    if given.columns.is_empty() == given.value.is_none() {
        return problem("give it either columns or a value");
    }
    if given.columns.contains(&Column::Number(0)) {
        return problem("columns are counted from 1");
    }
    Ok(())
}

impl Rules {
    /// Every field with its name in the file.
    pub(super) fn fields(&self) -> impl Iterator<Item = (&'static str, &Given)> {
        let track = self.track.iter().flat_map(TrackRules::fields);
        track.chain(self.figures.iter().flat_map(FigureRules::fields))
    }
}

impl TrackRules {
    pub(super) fn fields(&self) -> impl Iterator<Item = (&'static str, &Given)> {
        let required = [("id", Some(&self.id)), ("title", Some(&self.title))];
        let optional = [
            ("artists", &self.artists),
            ("artist_ids", &self.artist_ids),
            ("recording_mbid", &self.recording_mbid),
            ("isrcs", &self.isrcs),
            ("duration", &self.duration),
            ("release_id", &self.release_id),
            ("release", &self.release),
            ("release_artists", &self.release_artists),
            ("release_date", &self.release_date),
            ("gtin", &self.gtin),
            ("label", &self.label),
            ("disc", &self.disc),
            ("position", &self.position),
            ("genres", &self.genres),
            ("language", &self.language),
            ("explicit", &self.explicit),
            ("popularity", &self.popularity),
            ("listens", &self.listens),
            ("popularity_at", &self.popularity_at),
            ("release_popularity", &self.release_popularity),
            ("rights", &self.rights),
            ("rights_basis", &self.rights_basis),
        ];
        let optional = optional.map(|(name, given)| (name, given.as_ref()));
        required
            .into_iter()
            .chain(optional)
            .filter_map(|(name, given)| Some((name, given?)))
    }
}

impl FigureRules {
    pub(super) fn target(&self) -> impl Iterator<Item = (&'static str, &Given)> {
        let targets = [
            ("recording_mbid", &self.recording_mbid),
            ("isrc", &self.isrc),
            ("release_mbid", &self.release_mbid),
            ("artist_mbid", &self.artist_mbid),
        ];
        targets
            .into_iter()
            .filter_map(|(name, given)| Some((name, given.as_ref()?)))
    }

    fn fields(&self) -> impl Iterator<Item = (&'static str, &Given)> {
        let at = self.at.iter().map(|given| ("at", given));
        self.target().chain([("value", &self.value)]).chain(at)
    }
}

impl PartialEq for Mapping {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Mapping {}

impl fmt::Debug for Mapping {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.debug_tuple("Mapping").field(&self.text).finish()
    }
}

impl TryFrom<String> for Mapping {
    type Error = MappingError;

    fn try_from(text: String) -> Result<Self, MappingError> {
        Self::parse(text)
    }
}

impl From<Mapping> for String {
    fn from(mapping: Mapping) -> Self {
        mapping.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        Mapping::parse(text).unwrap_err().to_string()
    }

    #[test]
    fn a_field_is_a_column_by_name_or_number_or_the_long_form() {
        let text = "[track]\nid = 1\ntitle = 'Title'\nartists = { columns = ['A', 2], join = ' ' }";
        let mapping = Mapping::parse(text).unwrap();
        let track = mapping.rules.track.as_ref().unwrap();
        assert_eq!(track.id.columns, [Column::Number(1)]);
        assert_eq!(track.title.columns, [Column::Name("Title".into())]);
        assert_eq!(track.artists.as_ref().unwrap().columns.len(), 2);
        assert_eq!(mapping.text(), text);
    }

    #[test]
    fn a_mapping_travels_as_its_text() {
        let mapping = Mapping::parse("[track]\nid = 'a'\ntitle = 'b' # why").unwrap();
        let json = serde_json::to_string(&mapping).unwrap();
        assert_eq!(serde_json::from_str::<Mapping>(&json).unwrap(), mapping);
        assert!(serde_json::from_str::<Mapping>("\"[track]\"").is_err());
    }

    #[test]
    fn what_is_wrong_is_told_with_its_field() {
        let track = |more: &str| format!("[track]\nid = 'a'\ntitle = 'b'\n{more}");
        for (text, told) in [
            ("", "neither a track nor a figure"),
            ("[track]\nid = 'a'", "missing field `title`"),
            ("[trakc]", "trakc"),
            (&track("duration = 'c'"), "`duration`: name its unit"),
            (&track("duration = { column = 'c', unit = 'h' }"), "column"),
            (
                &track("label = { column = 'c', unit = 's' }"),
                "`label`: only a duration",
            ),
            (
                &track("label = { column = 'c', separator = ';' }"),
                "`label`: it is one value",
            ),
            (
                &track("genres = { column = 'c', separator = '' }"),
                "`genres`: a separator",
            ),
            (
                &track("label = { column = 'c', value = 'x' }"),
                "`label`: give it either",
            ),
            (&track("label = { only = 'x' }"), "`label`: give it either"),
            (&track("label = 0"), "`label`: columns are counted from 1"),
            (&track("mood = 'c'"), "mood"),
            (
                "[file]\ndelimiter = 'x'\n[track]\nid = 'a'\ntitle = 'b'",
                "delimiter",
            ),
            (
                "[[figure]]\nmetric = 'plays'\nvalue = 'v'",
                "name what it is about",
            ),
            (
                "[[figure]]\nmetric = 'plays'\nvalue = 'v'\nisrc = 'a'\nrecording_mbid = 'b'",
                "name what it is about",
            ),
            (
                "[[figure]]\nmetric = 'likes'\nvalue = 'v'\nisrc = 'a'",
                "likes",
            ),
        ] {
            let error = error(text);
            assert!(error.contains(told), "{text}: {error}");
        }
    }
}
