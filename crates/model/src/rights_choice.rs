use crate::{Access, ParseRightsError, RightsFile, RightsRuleError, RightsStatement, RightsUri};

/// The rights in one file of a collection, and where they come from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ChosenRights {
    pub statement: Option<RightsStatement>,
    pub access: Access,
    /// A statement that was made and cannot be understood: the item is dark.
    pub malformed: Option<MalformedRights>,
}

/// A rights statement that cannot be understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MalformedRights {
    /// `rights file, line 4` or `tag LICENSE`.
    pub place: String,
    /// What was found, in one sentence without a full stop.
    pub seen: String,
}

/// Tags whose whole text is a statement.
const LICENCE_TAGS: [&str; 6] = [
    "LICENSE",
    "LICENCE",
    "WCOP",
    "RIGHTS",
    "LICENSEURL",
    "USER_LICENSE",
];

/// Decides the rights in the file at `path` of a collection: what the rights
/// file says, otherwise its tags (name and text), otherwise what was given
/// with the source. Who says nothing leaves the item dark.
///
/// A tag that is there for a licence must hold one. Of other tags, such as
/// `COPYRIGHT`, only an address of a statement inside the text counts.
pub fn choose_rights(
    path: &str,
    tags: &[(String, String)],
    file: Option<&RightsFile>,
    given: Option<&RightsStatement>,
) -> ChosenRights {
    if let Some(rule) = file.and_then(|file| file.rule_for(path)) {
        return match &rule.says {
            Ok(rights) => ChosenRights {
                statement: rights.statement.clone(),
                access: rights.access,
                malformed: None,
            },
            Err(error) => malformed_rule(rule.line, error),
        };
    }
    match from_tags(tags) {
        Some(Ok(statement)) => stated(statement),
        Some(Err(malformed)) => ChosenRights {
            malformed: Some(malformed),
            ..ChosenRights::default()
        },
        None => given.cloned().map(stated).unwrap_or_default(),
    }
}

fn malformed_rule(line: u64, error: &RightsRuleError) -> ChosenRights {
    ChosenRights {
        malformed: Some(MalformedRights {
            place: format!("rights file, line {line}"),
            seen: error.to_string(),
        }),
        ..ChosenRights::default()
    }
}

fn stated(statement: RightsStatement) -> ChosenRights {
    ChosenRights {
        access: statement.uri.access(),
        statement: Some(statement),
        malformed: None,
    }
}

/// The first tag that holds a statement; where none does, the first that
/// should and does not.
fn from_tags(tags: &[(String, String)]) -> Option<Result<RightsStatement, MalformedRights>> {
    let found: Vec<_> = tags.iter().filter_map(from_tag).collect();
    found
        .iter()
        .find(|statement| statement.is_ok())
        .or(found.first())
        .cloned()
}

fn from_tag((name, text): &(String, String)) -> Option<Result<RightsStatement, MalformedRights>> {
    let is_licence = LICENCE_TAGS
        .iter()
        .any(|known| name.eq_ignore_ascii_case(known));
    if text.trim().is_empty() {
        return None;
    }
    let parsed = match address_in(text) {
        Some(address) => address.parse::<RightsUri>(),
        None if is_licence => Err(ParseRightsError(text.clone())),
        None => return None,
    };
    Some(match parsed {
        Ok(uri) => Ok(RightsStatement {
            uri,
            basis: format!("tag {name}"),
        }),
        Err(error) => Err(MalformedRights {
            place: format!("tag {name}"),
            seen: error.to_string(),
        }),
    })
}

/// The first address of a publisher of statements inside a text.
fn address_in(text: &str) -> Option<&str> {
    text.split(|c: char| c.is_whitespace() || "<>\"'()[],;|".contains(c))
        .map(|word| word.trim_end_matches('.'))
        .find(|word| {
            let rest = word
                .strip_prefix("https://")
                .or_else(|| word.strip_prefix("http://"))
                .unwrap_or("");
            let rest = rest.strip_prefix("www.").unwrap_or(rest);
            ["creativecommons.org/", "rightsstatements.org/"]
                .iter()
                .any(|site| rest.starts_with(site))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    const BY: &str = "https://creativecommons.org/licenses/by/4.0/";
    const ZERO: &str = "https://creativecommons.org/publicdomain/zero/1.0/";

    fn tag(name: &str, text: &str) -> Vec<(String, String)> {
        vec![(name.into(), text.into())]
    }

    fn uri(rights: &ChosenRights) -> Option<&str> {
        rights.statement.as_ref().map(|it| it.uri.as_str())
    }

    #[test]
    fn the_file_goes_before_tags_and_tags_before_the_source() {
        let file = RightsFile::parse(&format!("pattern,uri\na,{ZERO}\n"), "r.csv");
        let given = RightsStatement {
            uri: "http://rightsstatements.org/vocab/InC/1.0/"
                .parse()
                .unwrap(),
            basis: "given with the source".into(),
        };
        let tags = tag("LICENSE", BY);
        let choose =
            |path, tags: &[(String, String)]| choose_rights(path, tags, Some(&file), Some(&given));
        assert_eq!(uri(&choose("a", &tags)), Some(ZERO));
        assert_eq!(uri(&choose("b", &tags)), Some(BY));
        assert_eq!(choose("b", &[]).access, Access::Dark);
        assert_eq!(choose("b", &[]).statement, Some(given.clone()));
    }

    #[test]
    fn nothing_said_is_dark() {
        assert_eq!(choose_rights("a", &[], None, None), ChosenRights::default());
        assert_eq!(ChosenRights::default().access, Access::Dark);
    }

    #[test]
    fn an_address_inside_a_copyright_text_counts() {
        let tags = tag(
            "COPYRIGHT",
            "2009 Foo. Licensed to the public under http://creativecommons.org/licenses/by/4.0/ \
             verify at http://example.org/",
        );
        let rights = choose_rights("a", &tags, None, None);
        assert_eq!(uri(&rights), Some(BY));
        assert_eq!(rights.statement.unwrap().basis, "tag COPYRIGHT");
        let tags = tag("COPYRIGHT", "\u{2117} 2009 Foo");
        assert_eq!(
            choose_rights("a", &tags, None, None),
            ChosenRights::default()
        );
    }

    #[test]
    fn a_licence_tag_without_a_licence_is_malformed_and_dark() {
        let given = RightsStatement {
            uri: BY.parse().unwrap(),
            basis: "given with the source".into(),
        };
        for text in ["CC BY", "https://creativecommons.org/licenses/by-xx/4.0/"] {
            let rights = choose_rights("a", &tag("license", text), None, Some(&given));
            assert_eq!(rights.access, Access::Dark);
            assert_eq!(rights.malformed.unwrap().place, "tag license");
        }
    }

    #[test]
    fn a_good_tag_makes_up_for_a_malformed_one() {
        let tags = [tag("LICENSE", "CC BY"), tag("WCOP", BY)].concat();
        assert_eq!(uri(&choose_rights("a", &tags, None, None)), Some(BY));
    }
}
