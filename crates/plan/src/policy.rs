use {
    crate::Error,
    longplay_model::Form,
    serde::{Deserialize, Serialize},
};

/// The version of the policy format that this crate reads.
pub const POLICY_VERSION: u32 = 1;

const REFERENCE: &str = include_str!("reference.toml");
const STANDARD: &str = include_str!("standard.toml");
const OPTIMAL: &str = include_str!("optimal.toml");

/// The rule of selection, in TOML (`docs/policy.md`).
///
/// Two levels: the *head* is kept in order of popularity, the *tail* in order
/// of a score that rests on what is known of artists and release.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    pub version: u32,
    pub name: String,
    pub head: Head,
    /// Judged as tail when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unrated: Option<Unrated>,
    pub tail: Tail,
    /// Chooses for the listens that bytes serve, where present; the other
    /// parts then say what is the least form, and the order of the floor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub optimal: Option<Optimal>,
}

/// What a listen is worth in each form, and how much is kept as without it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Optimal {
    /// Value of a listen that an access copy serves.
    pub access: f64,
    /// The same of the original; not less.
    pub original: f64,
    /// The same of a lossless copy; not less.
    pub lossless: f64,
    /// Part of the budget, 0 to 1: all that the policy keeps without
    /// `optimal` in so much of the budget is kept here too, in the same form
    /// or a better one.
    pub floor: f64,
}

impl Optimal {
    /// Value of a listen that this form serves.
    pub const fn value(&self, form: Form) -> f64 {
        match form {
            Form::Access => self.access,
            Form::Original => self.original,
            Form::Lossless => self.lossless,
        }
    }
}

/// Rows that somebody listens to.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// Rows of a popularity above this number, 0 to 100, make the head.
    pub above_popularity: f32,
    pub form: Form,
}

/// Files of a collection of which no source tells how popular they are: kept
/// after the head, whatever the cut.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unrated {
    pub form: Form,
}

/// All other rows.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tail {
    pub form: Form,
    /// Rows of a lower score are dropped.
    pub cut: f64,
    /// Score of one point of the most popular credited artist, 0 to 100.
    pub artist_popularity: f64,
    /// Score of one point of the release's popularity, 0 to 100.
    pub release_popularity: f64,
    /// Score of each power of ten of followers of the most followed artist.
    pub followers: f64,
    /// More followers than this count as this many.
    pub followers_limit: u64,
    /// Taken off the score when the plan holds a copy of the recording.
    pub copy_held: f64,
}

impl Policy {
    /// Reads a policy.
    ///
    /// # Errors
    /// When the text is no TOML of the expected keys, is of a newer version,
    /// or holds a number that makes no order (infinite, not a number, or a
    /// popularity outside 0 to 100).
    pub fn parse(text: &str) -> Result<Self, Error> {
        let policy: Self = toml::from_str(text).map_err(|source| newer_or(text, source))?;
        refuse_newer(policy.version)?;
        policy.check()?;
        Ok(policy)
    }

    /// The policy that is used when none is given: the reference, and files of
    /// a collection of which no source tells how popular they are, as received.
    pub fn standard() -> Self {
        Self::parse(STANDARD).expect("a test reads it")
    }

    /// The TOML text of [`Policy::standard`], to start one's own from.
    pub const fn standard_text() -> &'static str {
        STANDARD
    }

    /// The policy that plans are compared with: the rule of the one announced
    /// archive of this size.
    pub fn reference() -> Self {
        Self::parse(REFERENCE).expect("a test reads it")
    }

    /// The TOML text of [`Policy::reference`].
    pub const fn reference_text() -> &'static str {
        REFERENCE
    }

    /// The standard policy with what makes it optimal.
    pub fn optimal() -> Self {
        Self::parse(OPTIMAL).expect("a test reads it")
    }

    /// The TOML text of [`Policy::optimal`].
    pub const fn optimal_text() -> &'static str {
        OPTIMAL
    }

    /// Policies that are known by name.
    pub const NAMES: [&str; 3] = ["standard", "reference", "optimal"];

    /// The text of a policy that is known by name.
    pub fn text_of(name: &str) -> Option<&'static str> {
        match name {
            "standard" => Some(STANDARD),
            "reference" => Some(REFERENCE),
            "optimal" => Some(OPTIMAL),
            _ => None,
        }
    }

    fn check(&self) -> Result<(), Error> {
        let Tail { cut, .. } = self.tail;
        let above = f64::from(self.head.above_popularity);
        let expected = "a popularity from 0 to 100";
        require("head.above_popularity", above, expected, |v| {
            (0.0..=100.0).contains(&v)
        })?;
        require("tail.cut", cut, "a finite number", f64::is_finite)?;
        for (field, value) in [
            ("tail.artist_popularity", self.tail.artist_popularity),
            ("tail.release_popularity", self.tail.release_popularity),
            ("tail.followers", self.tail.followers),
            ("tail.copy_held", self.tail.copy_held),
        ] {
            require(field, value, "a finite number of 0 or more", |v| {
                v.is_finite() && v >= 0.0
            })?;
        }
        self.optimal.map_or(Ok(()), |it| it.check())
    }
}

impl Optimal {
    fn check(&self) -> Result<(), Error> {
        let expected = "a finite number of 0 or more, and no less than that of a lesser form";
        for (field, value, least) in [
            ("optimal.access", self.access, 0.0),
            ("optimal.original", self.original, self.access),
            ("optimal.lossless", self.lossless, self.original),
        ] {
            require(field, value, expected, |v| v.is_finite() && v >= least)?;
        }
        let expected = "a part from 0 to 1";
        require("optimal.floor", self.floor, expected, |v| {
            (0.0..=1.0).contains(&v)
        })
    }
}

/// A newer policy may have keys that are unknown here; its version is the
/// better message.
fn newer_or(text: &str, source: toml::de::Error) -> Error {
    #[derive(Deserialize)]
    struct Version {
        version: u32,
    }
    let version = toml::from_str::<Version>(text).map_or(POLICY_VERSION, |v| v.version);
    refuse_newer(version).err().unwrap_or(Error::ParsePolicy {
        source: Box::new(source),
    })
}

fn refuse_newer(found: u32) -> Result<(), Error> {
    match found {
        0..=POLICY_VERSION => Ok(()),
        _ => Err(Error::NewerPolicy {
            found,
            known: POLICY_VERSION,
        }),
    }
}

fn require(
    field: &'static str,
    found: f64,
    expected: &'static str,
    holds: impl Fn(f64) -> bool,
) -> Result<(), Error> {
    holds(found).then_some(()).ok_or(Error::PolicyValue {
        field,
        expected,
        found,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reference_is_read_as_written() {
        let policy = Policy::reference();
        assert_eq!(policy.head.form, Form::Original);
        assert_eq!(policy.tail.form, Form::Access);
        assert_eq!(policy.tail.cut, 0.351);
        assert_eq!(policy.tail.followers_limit, 100_000_000);
    }

    #[test]
    fn the_documented_policies_are_these() {
        let page = include_str!("../../../docs/policy.md");
        for text in [STANDARD, REFERENCE, OPTIMAL] {
            assert!(page.contains(&format!("```toml\n{text}```")));
        }
    }

    #[test]
    fn the_standard_is_the_reference_and_unrated_files() {
        let standard = Policy::standard();
        assert_eq!(
            standard.unrated,
            Some(Unrated {
                form: Form::Original
            })
        );
        assert_eq!(standard.tail, Policy::reference().tail);
        assert_eq!(standard.head, Policy::reference().head);
    }

    #[test]
    fn the_optimal_policy_is_the_standard_and_values() {
        let optimal = Policy::optimal();
        let without = Policy {
            name: "standard".into(),
            optimal: None,
            ..optimal.clone()
        };
        assert_eq!(without, Policy::standard());
        assert!(optimal.optimal.is_some());
        for name in Policy::NAMES {
            let policy = Policy::parse(Policy::text_of(name).unwrap()).unwrap();
            assert_eq!(policy.name, name);
        }
    }

    #[test]
    fn values_that_fall_and_floors_beyond_the_budget_are_refused() {
        for (from, to) in [
            ("access = 0.99", "access = 1.1"),
            ("lossless = 1.00001", "lossless = 0.9"),
            ("floor = 0.5", "floor = 1.5"),
            ("floor = 0.5", "floor = nan"),
        ] {
            let refused = Policy::parse(&OPTIMAL.replace(from, to));
            assert!(matches!(refused, Err(Error::PolicyValue { .. })), "{to}");
        }
    }

    #[test]
    fn unknown_keys_and_wrong_forms_are_refused() {
        for text in [
            "".to_owned(),
            REFERENCE.replace("cut =", "cutt ="),
            REFERENCE.replace("\"access\"", "\"mp3\""),
        ] {
            let refused = Policy::parse(&text);
            assert!(matches!(refused, Err(Error::ParsePolicy { .. })), "{text}");
        }
    }

    #[test]
    fn a_newer_version_is_named_even_with_new_keys() {
        let text = REFERENCE.replace("version = 1", "version = 2\nnovelty = true");
        let refused = Policy::parse(&text);
        assert!(matches!(
            refused,
            Err(Error::NewerPolicy { found: 2, known: 1 })
        ));
    }

    #[test]
    fn numbers_that_make_no_order_are_refused() {
        for (from, to) in [
            ("cut = 0.351", "cut = nan"),
            ("followers = 0.125", "followers = -0.125"),
            ("copy_held = 10", "copy_held = inf"),
            ("above_popularity = 0", "above_popularity = 101"),
        ] {
            let refused = Policy::parse(&REFERENCE.replace(from, to));
            assert!(matches!(refused, Err(Error::PolicyValue { .. })), "{to}");
        }
    }
}
