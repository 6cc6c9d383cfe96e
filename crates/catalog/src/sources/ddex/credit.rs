use {
    super::{
        super::{harvest::Harvest, xml::Element},
        parties::{Parties, Party, party},
        scope::Scope,
    },
    longplay_model::{ArtistCredit, CreditedArtist, FindingCode},
};

/// An artist as the message lists them.
struct Shown {
    party: Party,
    is_featured: bool,
}

/// The artists that are shown, in the order of their sequence numbers. What
/// stands between them is taken from the name that they have together, where
/// that holds each in this order; otherwise commas do, and ` feat. ` before
/// the first who is featured.
pub(super) fn credit(
    scope: Scope,
    parties: &Parties,
    field: &str,
    harvest: &mut Harvest,
) -> ArtistCredit {
    let together = scope.value("DisplayArtistName").map(str::to_owned);
    let together = together.or_else(|| full_name(scope));
    let shown = shown(scope, parties, field, harvest);
    match (together, shown.is_empty()) {
        (Some(name), true) => ArtistCredit::single(name),
        (Some(name), false) => joined(&name, &shown).unwrap_or_else(|| listed(&shown)),
        (None, _) => listed(&shown),
    }
}

/// Up to 3.8, the name may be an element of its own.
fn full_name(scope: Scope) -> Option<String> {
    let name = scope.child("DisplayArtistName")?.value("FullName")?;
    Some(name.into())
}

fn shown(scope: Scope, parties: &Parties, field: &str, harvest: &mut Harvest) -> Vec<Shown> {
    let mut elements = scope.all("DisplayArtist");
    // Those without a number stand where they stand, behind those with one.
    elements.sort_by_key(|artist| sequence(*artist).unwrap_or(u32::MAX));
    let mut shown: Vec<Shown> = Vec::new();
    for artist in elements {
        let found = match artist.value("ArtistPartyReference") {
            Some(reference) => parties.get(reference).cloned(),
            None => party(artist),
        };
        let Some(party) = found else {
            let reference = artist.value("ArtistPartyReference").unwrap_or("none");
            let seen = format!("an artist without a name, party {reference}");
            harvest.trouble(FindingCode::C003, format!("{field}DisplayArtist"), seen);
            continue;
        };
        if !shown.iter().any(|known| known.party == party) {
            shown.push(Shown {
                party,
                is_featured: is_featured(artist),
            });
        }
    }
    shown
}

pub(super) fn sequence(element: Element) -> Option<u32> {
    element.attribute("SequenceNumber")?.parse().ok()
}

fn is_featured(artist: Element) -> bool {
    let mut roles = artist
        .values("DisplayArtistRole")
        .chain(artist.values("ArtistRole"));
    roles.any(|role| role == "FeaturedArtist")
}

/// The names with what stands between them in `together`; none where it does
/// not hold them in this order from its start to its end.
fn joined(together: &str, shown: &[Shown]) -> Option<ArtistCredit> {
    let mut names = Vec::new();
    let mut rest = together.strip_prefix(shown.first()?.party.name.as_str())?;
    for pair in shown.windows(2) {
        let [one, next] = pair else { return None };
        let (join, behind) = rest.split_once(next.party.name.as_str())?;
        names.push(credited(&one.party, join.to_owned()));
        rest = behind;
    }
    names.push(credited(&shown.last()?.party, String::new()));
    rest.is_empty().then_some(ArtistCredit(names))
}

fn listed(shown: &[Shown]) -> ArtistCredit {
    let names = shown.iter().enumerate().map(|(at, artist)| {
        let join = match shown.get(at + 1) {
            None => "",
            Some(next) if next.is_featured && !artist.is_featured => " feat. ",
            Some(_) => ", ",
        };
        credited(&artist.party, join.to_owned())
    });
    ArtistCredit(names.collect())
}

fn credited(party: &Party, join: String) -> CreditedArtist {
    CreditedArtist {
        name: party.name.clone(),
        id: party.id.clone(),
        join,
        popularity: None,
        followers: None,
    }
}

#[cfg(test)]
mod tests {
    use {super::*, crate::sources::xml::Tree};

    fn artist(sequence: &str, name: &str, role: &str) -> String {
        format!(
            "<DisplayArtist {sequence}><PartyName><FullName>{name}</FullName></PartyName>\
             <ArtistRole>{role}</ArtistRole></DisplayArtist>"
        )
    }

    fn shown(content: &str) -> String {
        let text = format!("<Release>{content}</Release>");
        let tree = Tree::parse(&text, &[]).unwrap();
        let scope = Scope::new(tree.root().unwrap());
        credit(scope, &Parties::new(), "", &mut Harvest::default()).to_string()
    }

    #[test]
    fn artists_stand_in_the_order_of_their_numbers() {
        let artists = artist("SequenceNumber='2'", "B", "MainArtist")
            + &artist("SequenceNumber='10'", "C", "FeaturedArtist")
            + &artist("SequenceNumber='1'", "A", "MainArtist")
            + &artist("", "A", "Composer");
        assert_eq!(shown(&artists), "A, B feat. C");
        let together = |name: &str| {
            let name = format!("<DisplayArtistName>{name}</DisplayArtistName>");
            shown(&(artists.clone() + &name))
        };
        assert_eq!(together("A &amp; B with C"), "A & B with C");
        assert_eq!(together("C, B and A"), "A, B feat. C");
        assert_eq!(together("A, B"), "A, B feat. C");
        assert_eq!(
            shown("<DisplayArtistName>All of us</DisplayArtistName>"),
            "All of us"
        );
        assert_eq!(shown(""), "");
    }
}
