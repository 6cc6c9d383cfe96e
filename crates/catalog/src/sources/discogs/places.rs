//! Which disc, and where on it? Only what the positions make certain.

/// Where a track is, as far as that is certain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Place {
    pub(super) disc: Option<u32>,
    /// Counted over both sides of a disc.
    pub(super) position: Option<u32>,
}

/// The sound carriers of a release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Carriers {
    /// How many there are, where that is told.
    pub(super) count: Option<u32>,
    /// Whether all of them have two sides.
    pub(super) sided: bool,
}

/// A position as it is spelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Spelling<'a> {
    /// `7`
    Number(u32),
    /// `2-7`, `CD2-7`, `DVD-7`
    OnDisc {
        kind: &'a str,
        disc: Option<u32>,
        number: u32,
    },
    /// `B2`, `B`: the second side is 1.
    Side {
        side: u32,
        number: Option<u32>,
    },
    Unclear,
}

/// What stands before the number of a disc.
const KINDS: [&str; 12] = [
    "BD", "CD", "CDr", "CDR", "DVD", "DVDr", "HDCD", "LP", "MC", "MD", "SACD", "VCD",
];

/// The places of all tracks of a release, from their positions in order.
pub(super) fn places(positions: &[&str], carriers: Carriers) -> Vec<Place> {
    let spelled: Vec<Spelling> = positions.iter().map(|text| spelling(text)).collect();
    if let Some(places) = on_sides(&spelled, carriers) {
        return places;
    }
    let only = carriers.count.filter(|count| *count == 1);
    let is_uniform = is_uniform(&spelled);
    let place = |spelling: &Spelling| match *spelling {
        Spelling::Number(number) => Place {
            disc: only,
            position: above_zero(number),
        },
        Spelling::OnDisc { disc, number, .. } => Place {
            disc: disc.filter(|_| is_uniform).or(only).and_then(above_zero),
            position: above_zero(number),
        },
        Spelling::Side { .. } | Spelling::Unclear => Place {
            disc: only,
            position: None,
        },
    };
    spelled.iter().map(place).collect()
}

fn above_zero(number: u32) -> Option<u32> {
    Some(number).filter(|number| *number > 0)
}

/// Whether all discs are of one kind, so that their numbers do not begin anew.
fn is_uniform(spelled: &[Spelling]) -> bool {
    let mut kinds = spelled.iter().map(|spelling| match spelling {
        Spelling::OnDisc { kind, .. } => Some(*kind),
        _ => None,
    });
    match kinds.next() {
        Some(first @ Some(_)) => kinds.all(|kind| kind == first),
        _ => false,
    }
}

/// Counts over the sides, where all tracks name one, in order and without a
/// gap, and there are as many discs as the sides need.
fn on_sides(spelled: &[Spelling], carriers: Carriers) -> Option<Vec<Place>> {
    let count = carriers.count.filter(|_| carriers.sided)?;
    let mut places = Vec::with_capacity(spelled.len());
    let mut before: Option<(u32, u32)> = None;
    let mut position = 0;
    for spelling in spelled {
        let Spelling::Side { side, number } = *spelling else {
            return None;
        };
        let number = number.unwrap_or(1);
        let follows = match before {
            Some((last, _)) if last == side => before == Some((side, number.checked_sub(1)?)),
            Some((last, _)) => side > last && number == 1,
            None => side == 0 && number == 1,
        };
        if !follows || side / 2 >= count {
            return None;
        }
        let is_new = before.is_none_or(|(last, _)| last / 2 != side / 2);
        position = if is_new { 1 } else { position + 1 };
        before = Some((side, number));
        places.push(Place {
            disc: Some(side / 2 + 1),
            position: Some(position),
        });
    }
    Some(places)
}

fn spelling(text: &str) -> Spelling<'_> {
    let text = text.trim();
    if let Some(number) = number(text) {
        return Spelling::Number(number);
    }
    if let Some((disc, place)) = text.split_once('-') {
        return match number(place) {
            Some(number) => on_disc(disc, number).unwrap_or(Spelling::Unclear),
            None => Spelling::Unclear,
        };
    }
    let mut rest = text.chars();
    match rest.next() {
        Some(letter @ 'A'..='Z') => on_side(letter, rest.as_str()).unwrap_or(Spelling::Unclear),
        _ => Spelling::Unclear,
    }
}

fn on_side(letter: char, rest: &str) -> Option<Spelling<'static>> {
    let side = u32::from(letter) - u32::from('A');
    let number = match rest {
        "" => None,
        digits => Some(number(digits)?),
    };
    Some(Spelling::Side { side, number })
}

fn on_disc(disc: &str, number_on_it: u32) -> Option<Spelling<'_>> {
    let digits = disc
        .find(|c: char| c.is_ascii_digit())
        .unwrap_or(disc.len());
    let (kind, digits) = disc.split_at(digits);
    let disc = match digits {
        "" => None,
        digits => Some(number(digits)?),
    };
    match kind.as_bytes() {
        [] => disc?,
        [letter @ b'A'..=b'Z'] if disc.is_none() => {
            return on_side(char::from(*letter), "").map(|_| Spelling::Side {
                side: u32::from(letter - b'A'),
                number: Some(number_on_it),
            });
        }
        _ => KINDS.contains(&kind).then_some(0)?,
    };
    Some(Spelling::OnDisc {
        kind,
        disc,
        number: number_on_it,
    })
}

/// Up to four digits; more are no position.
fn number(text: &str) -> Option<u32> {
    let holds = (1..=4).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    holds.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECORD: Carriers = Carriers {
        count: Some(1),
        sided: true,
    };

    fn shown(positions: &[&str], carriers: Carriers) -> Vec<String> {
        let text = |number: Option<u32>| number.map_or("?".into(), |number| number.to_string());
        places(positions, carriers)
            .iter()
            .map(|place| format!("{}.{}", text(place.disc), text(place.position)))
            .collect()
    }

    fn discs(count: u32) -> Carriers {
        Carriers {
            count: Some(count),
            sided: false,
        }
    }

    #[test]
    fn numbers_count_on_the_only_disc() {
        assert_eq!(shown(&["1", "2", "12"], discs(1)), ["1.1", "1.2", "1.12"]);
        assert_eq!(shown(&["1", "2"], discs(2)), ["?.1", "?.2"]);
        assert_eq!(shown(&["0", "12345"], discs(1)), ["1.?", "1.?"]);
        assert_eq!(shown(&["1"], Carriers::default()), ["?.1"]);
    }

    #[test]
    fn discs_are_numbered() {
        assert_eq!(shown(&["1-1", "2-3"], discs(2)), ["1.1", "2.3"]);
        assert_eq!(shown(&["CD1-1", "CD2-4"], discs(2)), ["1.1", "2.4"]);
        assert_eq!(shown(&["CD1-1", "DVD1-1"], discs(2)), ["?.1", "?.1"]);
        assert_eq!(shown(&["CD-1", "DVD-2"], discs(2)), ["?.1", "?.2"]);
        assert_eq!(shown(&["CD-1"], discs(1)), ["1.1"]);
        assert_eq!(
            shown(&["Foo1-1", "1-x", "1-2-3", "-4"], discs(9)),
            ["?.?"; 4]
        );
    }

    #[test]
    fn sides_are_counted_through() {
        assert_eq!(
            shown(&["A1", "A2", "B1", "B2"], RECORD),
            ["1.1", "1.2", "1.3", "1.4"]
        );
        let two = Carriers {
            count: Some(2),
            ..RECORD
        };
        assert_eq!(
            shown(&["A", "B1", "B2", "C1", "D"], two),
            ["1.1", "1.2", "1.3", "2.1", "2.2"]
        );
        assert_eq!(shown(&["A-1", "A-2", "B-1"], RECORD), ["1.1", "1.2", "1.3"]);
    }

    #[test]
    fn sides_that_are_not_certain_leave_the_position_open() {
        for positions in [
            &["A1", "A3"][..],
            &["B1", "B2"],
            &["A1", "C1"],
            &["A1", "A1"],
            &["A", "AA"],
            &["A1", "A2a"],
            &["A1", "B0"],
        ] {
            let expected = vec!["1.?".to_owned(); positions.len()];
            assert_eq!(shown(positions, RECORD), expected, "{positions:?}");
        }
        assert_eq!(shown(&["A1", "C1"], discs(2)), ["?.?", "?.?"]);
    }
}
