use {
    crate::{Access, ParseAccessError, ParseRightsError, RightsStatement, RightsUri},
    thiserror::Error,
    unicode_normalization::UnicodeNormalization,
};

/// What a holder says about the rights in the files of a collection: rules of
/// a rights file (`docs/format/rights-file.md`), the first that matches decides.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RightsFile {
    rules: Vec<RightsRule>,
}

/// One line of a rights file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RightsRule {
    /// Counted from 1, the header included.
    pub line: u64,
    pattern: String,
    /// What the line says of the files that match, or why it says nothing:
    /// such files are dark.
    pub says: Result<RuledRights, RightsRuleError>,
}

/// The rights that a rule gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuledRights {
    /// Absent only where the access is dark.
    pub statement: Option<RightsStatement>,
    pub access: Access,
}

/// Why a line of a rights file is no rule.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RightsRuleError {
    #[error("a quotation mark is not closed or stands inside a field")]
    Quotation,
    #[error("expected 2 to 4 fields (pattern, uri, access, basis), found {0}")]
    Fields(usize),
    #[error("the pattern is empty")]
    NoPattern,
    #[error("the first line must be: pattern,uri,access,basis")]
    NoHeader,
    #[error(transparent)]
    Uri(#[from] ParseRightsError),
    #[error(transparent)]
    Access(#[from] ParseAccessError),
    #[error("{access} needs a basis, as {label} alone does not permit it")]
    NoBasis { access: Access, label: String },
}

const HEADER: [&str; 4] = ["pattern", "uri", "access", "basis"];

impl RightsFile {
    /// Reads the text of the file called `name`, which each basis mentions.
    ///
    /// A line that is no rule keeps its place: the files that it matches are
    /// dark, and [`Self::malformed`] tells of it.
    pub fn parse(text: &str, name: &str) -> Self {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut lines = (1..)
            .zip(text.lines())
            .filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'));
        let mut rules = Vec::new();
        if let Some((line, header)) = lines.next()
            && !is_header(header)
        {
            // Without its header nothing is known of the columns: all is dark.
            rules.push(RightsRule {
                line,
                pattern: "**".into(),
                says: Err(RightsRuleError::NoHeader),
            });
        }
        rules.extend(lines.map(|(line, text)| rule(line, text, name)));
        Self { rules }
    }

    /// The first rule whose pattern matches the path of a file, relative to
    /// its collection, components joined by `/`.
    pub fn rule_for(&self, path: &str) -> Option<&RightsRule> {
        let path: String = path.nfc().collect();
        self.rules.iter().find(|rule| rule.matches(&path))
    }

    /// Lines that are no rules.
    pub fn malformed(&self) -> impl Iterator<Item = (u64, &RightsRuleError)> {
        self.rules
            .iter()
            .filter_map(|rule| Some((rule.line, rule.says.as_ref().err()?)))
    }
}

fn is_header(line: &str) -> bool {
    split(line).is_ok_and(|fields| {
        (2..=4).contains(&fields.len())
            && fields
                .iter()
                .zip(HEADER)
                .all(|(field, name)| field.trim().eq_ignore_ascii_case(name))
    })
}

fn rule(line: u64, text: &str, name: &str) -> RightsRule {
    let fields = split(text);
    // Where even the pattern cannot be told, the line covers everything that
    // no line before it covers: better dark than wrongly open.
    let pattern = match &fields {
        Ok(fields) if !fields[0].is_empty() => fields[0].nfc().collect(),
        _ => "**".into(),
    };
    let place = format!("rights file {name} line {line}");
    RightsRule {
        line,
        pattern,
        says: fields.and_then(|fields| ruled(&fields, &place)),
    }
}

fn ruled(fields: &[String], place: &str) -> Result<RuledRights, RightsRuleError> {
    if !(2..=4).contains(&fields.len()) {
        return Err(RightsRuleError::Fields(fields.len()));
    }
    if fields[0].is_empty() {
        return Err(RightsRuleError::NoPattern);
    }
    let field = |number: usize| fields.get(number).map_or("", |field| field.trim());
    let access = match field(2) {
        "" => None,
        text => Some(text.parse::<Access>()?),
    };
    if field(1).is_empty() && access == Some(Access::Dark) {
        return Ok(RuledRights {
            statement: None,
            access: Access::Dark,
        });
    }
    let uri: RightsUri = field(1).parse()?;
    let access = permitted(&uri, access, field(3))?;
    let basis = match field(3) {
        "" => place.to_owned(),
        basis => format!("{basis} ({place})"),
    };
    Ok(RuledRights {
        statement: Some(RightsStatement { uri, basis }),
        access,
    })
}

/// Who opens what the statement alone keeps dark says on what that rests.
fn permitted(
    uri: &RightsUri,
    access: Option<Access>,
    basis: &str,
) -> Result<Access, RightsRuleError> {
    let Some(access) = access else {
        return Ok(uri.access());
    };
    let opens = matches!(access, Access::Open | Access::Embargoed(_));
    if opens && uri.access() == Access::Dark && basis.is_empty() {
        let label = uri.label();
        return Err(RightsRuleError::NoBasis { access, label });
    }
    Ok(access)
}

/// The fields of one line of comma-separated values (RFC 4180, without line
/// ends inside fields).
fn split(line: &str) -> Result<Vec<String>, RightsRuleError> {
    let mut fields = Vec::new();
    let mut rest = Some(line);
    while let Some(text) = rest {
        let (field, after) = match text.strip_prefix('"') {
            Some(quoted) => quoted_field(quoted)?,
            None => plain_field(text)?,
        };
        fields.push(field);
        rest = after;
    }
    Ok(fields)
}

fn plain_field(text: &str) -> Result<(String, Option<&str>), RightsRuleError> {
    let (field, after) = match text.split_once(',') {
        Some((field, after)) => (field, Some(after)),
        None => (text, None),
    };
    if field.contains('"') {
        return Err(RightsRuleError::Quotation);
    }
    Ok((field.trim().to_owned(), after))
}

/// `text` begins after the opening mark; two marks stand for one.
fn quoted_field(mut text: &str) -> Result<(String, Option<&str>), RightsRuleError> {
    let mut field = String::new();
    loop {
        let (part, after) = text.split_once('"').ok_or(RightsRuleError::Quotation)?;
        field.push_str(part);
        match after.strip_prefix('"') {
            Some(more) => {
                field.push('"');
                text = more;
            }
            None if after.is_empty() => return Ok((field, None)),
            None => {
                let after = after.strip_prefix(',').ok_or(RightsRuleError::Quotation)?;
                return Ok((field, Some(after)));
            }
        }
    }
}

impl RightsRule {
    /// A pattern without `/` is matched against the name of the file; one
    /// that ends in `/` covers everything below.
    fn matches(&self, path: &str) -> bool {
        let pattern = &self.pattern;
        if let Some(folder) = pattern.strip_suffix('/') {
            return glob(&format!("{folder}/**"), path);
        }
        if pattern.contains('/') || pattern.contains("**") {
            return glob(pattern, path);
        }
        glob(pattern, path.rsplit('/').next().unwrap_or(path))
    }
}

/// `*` is any run of characters but `/`, `**` any run at all, `?` one
/// character but `/`; `**/` is also nothing. Everything else is itself.
///
/// Works through the pattern once a character of the path, keeping the set of
/// places where it may stand, so that no pattern is slow.
fn glob(pattern: &str, path: &str) -> bool {
    let steps = steps(pattern);
    let mut places = vec![false; steps.len() + 1];
    places[0] = true;
    skip_empty(&steps, &mut places);
    for character in path.chars() {
        let mut next = vec![false; places.len()];
        for (at, step) in steps.iter().enumerate().filter(|(at, _)| places[*at]) {
            match step {
                Step::Any => next[at] = true,
                Step::AnyFolders if character == '/' => (next[at], next[at + 1]) = (true, true),
                Step::AnyFolders => next[at] = true,
                Step::AnyInName => next[at] = next[at] || character != '/',
                Step::One => next[at + 1] = next[at + 1] || character != '/',
                Step::Literal(literal) => next[at + 1] = next[at + 1] || *literal == character,
            }
        }
        // Inside `**/` a step forward is only right after a slash.
        skip_runs(&steps, &mut next, character == '/');
        places = next;
    }
    places[steps.len()]
}

enum Step {
    /// `**`
    Any,
    /// `**/`: whole folders, or none.
    AnyFolders,
    /// `*`
    AnyInName,
    /// `?`
    One,
    Literal(char),
}

fn steps(pattern: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut rest = pattern;
    while let Some(character) = rest.chars().next() {
        let (step, length) = match character {
            _ if rest.starts_with("**/") => (Step::AnyFolders, 3),
            _ if rest.starts_with("**") => (Step::Any, 2),
            '*' => (Step::AnyInName, 1),
            '?' => (Step::One, 1),
            literal => (Step::Literal(literal), literal.len_utf8()),
        };
        steps.push(step);
        rest = &rest[length..];
    }
    steps
}

/// Before the first character, every run may be nothing.
fn skip_empty(steps: &[Step], places: &mut [bool]) {
    for (at, step) in steps.iter().enumerate() {
        let may_be_empty = matches!(step, Step::Any | Step::AnyFolders | Step::AnyInName);
        places[at + 1] |= places[at] && may_be_empty;
    }
}

/// A run that stands at a place may end there. `**/` ends only at a slash,
/// or is nothing when the step before it has just ended.
fn skip_runs(steps: &[Step], places: &mut [bool], after_slash: bool) {
    for (at, step) in steps.iter().enumerate() {
        let may_end = match step {
            Step::Any | Step::AnyInName => true,
            Step::AnyFolders => after_slash,
            Step::One | Step::Literal(_) => false,
        };
        places[at + 1] |= places[at] && may_end;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BY: &str = "https://creativecommons.org/licenses/by/4.0/";
    const INC: &str = "http://rightsstatements.org/vocab/InC/1.0/";

    fn parse(lines: &str) -> RightsFile {
        RightsFile::parse(&format!("pattern,uri,access,basis\n{lines}"), "rights.csv")
    }

    fn says(file: &RightsFile, path: &str) -> Option<Result<RuledRights, RightsRuleError>> {
        file.rule_for(path).map(|rule| rule.says.clone())
    }

    #[test]
    fn patterns_match_as_documented() {
        for (pattern, path, expected) in [
            ("*.flac", "a.flac", true),
            ("*.flac", "deep/er/a.flac", true),
            ("*.flac", "a.flac/b.ogg", false),
            ("a/*", "a/b", true),
            ("a/*", "a/b/c", false),
            ("a/**", "a/b/c", true),
            ("a/", "a/b/c", true),
            ("a/", "ab/c", false),
            ("**", "anything/at.all", true),
            ("**/x.ogg", "x.ogg", true),
            ("**/x.ogg", "a/b/x.ogg", true),
            ("**/x.ogg", "a/bx.ogg", false),
            ("a/**/x", "a/x", true),
            ("a/**/x", "a/b/c/x", true),
            ("a/**/x", "a/bx", false),
            ("?.ogg", "é.ogg", true),
            ("a?b/c", "a/b/c", false),
            ("[x].ogg", "[x].ogg", true),
            ("caf\u{e9}/*", "cafe\u{301}/a", true),
            ("*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaa", false),
        ] {
            let file = parse(&format!("{pattern},{BY}"));
            assert_eq!(
                file.rule_for(path).is_some(),
                expected,
                "{pattern} and {path}"
            );
        }
    }

    #[test]
    fn the_first_rule_that_matches_decides() {
        let file = parse(&format!("a/x.ogg,{INC}\na/,{BY},,gift of the band\n"));
        let dark = says(&file, "a/x.ogg").unwrap().unwrap();
        let open = says(&file, "a/y.ogg").unwrap().unwrap();
        assert_eq!(dark.access, Access::Dark);
        assert_eq!(open.access, Access::Open);
        assert_eq!(
            open.statement.unwrap().basis,
            "gift of the band (rights file rights.csv line 3)"
        );
        assert_eq!(says(&file, "b"), None);
    }

    #[test]
    fn opening_needs_a_basis() {
        let file = parse(&format!("a,{INC},open,\nb,{INC},open,contract of 2019\n"));
        assert!(matches!(
            says(&file, "a"),
            Some(Err(RightsRuleError::NoBasis { .. }))
        ));
        assert_eq!(says(&file, "b").unwrap().unwrap().access, Access::Open);
    }

    #[test]
    fn a_licence_may_be_held_back() {
        let file = parse(&format!("a,{BY},suspended\nb,,dark\n"));
        assert_eq!(says(&file, "a").unwrap().unwrap().access, Access::Suspended);
        assert_eq!(says(&file, "b").unwrap().unwrap().statement, None);
    }

    #[test]
    fn a_malformed_line_keeps_what_it_matches_dark() {
        let file = parse(&format!("a.ogg,CC BY\n*,{BY}\n"));
        assert!(matches!(says(&file, "a.ogg"), Some(Err(_))));
        assert!(matches!(says(&file, "b.ogg"), Some(Ok(_))));
        let malformed: Vec<_> = file.malformed().map(|(line, _)| line).collect();
        assert_eq!(malformed, [2]);
    }

    #[test]
    fn fields_may_be_quoted() {
        let file = parse(&format!(
            "\"a, \"\"b\"\".ogg\",{BY},\"\",\"x, y\"\n# note\n\n"
        ));
        let rights = says(&file, "a, \"b\".ogg").unwrap().unwrap();
        assert!(rights.statement.unwrap().basis.starts_with("x, y ("));
        for line in ["\"open", "a\"b,c", "\"a\"b,c", "a", "a,b,c,d,e", ",x"] {
            assert_eq!(parse(line).malformed().count(), 1, "{line}");
        }
    }

    #[test]
    fn without_its_header_everything_is_dark() {
        let file = RightsFile::parse(&format!("*,{BY}\n*,{BY}\n"), "rights.csv");
        assert_eq!(
            says(&file, "a"),
            Some(Err(RightsRuleError::NoHeader)),
            "the first line is no rule"
        );
        assert_eq!(RightsFile::parse("", "x").rule_for("a"), None);
    }
}
