use {
    super::{
        super::{
            harvest::{ArtistFact, Harvest},
            lengths,
            loose::is_gtin,
            xml::Element,
        },
        credit::{self, credit},
        places::{Carriers, Place, places},
    },
    longplay_model::{ArtistCredit, FindingCode, Isrc, PartialDate, TrackRecord},
    std::collections::BTreeSet,
};

/// Carriers with two sides.
const SIDED: [&str; 7] = [
    "Acetate",
    "Cassette",
    "Flexi-disc",
    "Lathe Cut",
    "Shellac",
    "Vinyl",
    "Edison Disc",
];

/// Descriptions of the whole release, which are no carriers.
const NO_CARRIERS: [&str; 2] = ["All Media", "Box Set"];

/// An entry of the tracklist that is a track.
struct Entry<'t> {
    /// Counted from 1 over all `track` elements, headings included.
    ordinal: usize,
    element: Element<'t>,
    /// The index track that it is a part of.
    index: Option<Element<'t>>,
}

/// Reads one release into its tracks.
pub(super) fn read(release: Element, harvest: &mut Harvest) {
    let Some(id) = release.attribute("id").filter(|id| !id.is_empty()) else {
        return harvest.malformed("a release without id");
    };
    let common = common(id, release, harvest);
    let entries = entries(release);
    let positions: Vec<&str> = entries.iter().map(Entry::position).collect();
    let places = places(&positions, carriers(release));
    let isrcs = isrcs(release, &positions, harvest);
    for ((entry, place), isrcs) in entries.iter().zip(places).zip(isrcs) {
        let record = track(&common, entry, place, isrcs, harvest);
        harvest.tracks.push(record.into());
    }
    other_names(release, harvest);
}

/// What all tracks of a release share.
fn common(id: &str, release: Element, harvest: &mut Harvest) -> TrackRecord {
    let artists = credit(release.child("artists"));
    let labels = release.child("labels");
    let label = labels.iter().flat_map(|labels| labels.all("label"));
    let mut label = label.filter_map(|label| label.attribute("name"));
    TrackRecord {
        id: id.into(),
        title: String::new(),
        release_artists: Some(artists.clone()).filter(|artists| !artists.0.is_empty()),
        artists,
        recording_mbid: None,
        isrcs: Vec::new(),
        duration_ms: None,
        release_id: Some(id.into()),
        release: Some(release.value("title").unwrap_or_default().into()),
        release_date: date(release.value("released").unwrap_or_default(), harvest),
        gtin: gtin(release, harvest),
        label: label
            .find(|name| !name.is_empty())
            .map(|name| credit::printed(name).into()),
        disc: None,
        position: None,
        genres: genres(release),
        language: None,
        explicit: None,
        popularity: None,
        listens: None,
        popularity_at: None,
        release_popularity: None,
        rights: None,
        synthetic: false,
    }
}

fn track(
    common: &TrackRecord,
    entry: &Entry,
    place: Place,
    isrcs: Vec<Isrc>,
    harvest: &mut Harvest,
) -> TrackRecord {
    let lists = [
        entry.element.child("artists"),
        entry.index.and_then(|index| index.child("artists")),
    ];
    let credits = lists.into_iter().map(credit);
    let own = credits.into_iter().find(|names| !names.0.is_empty());
    TrackRecord {
        id: format!("{}-{}", common.id, entry.ordinal),
        title: entry.title(),
        artists: own.unwrap_or_else(|| ArtistCredit::clone(&common.artists)),
        isrcs,
        duration_ms: duration(entry, harvest),
        disc: place.disc,
        position: place.position,
        ..common.clone()
    }
}

impl<'t> Entry<'t> {
    fn position(&self) -> &'t str {
        self.element.value("position").unwrap_or_default()
    }

    /// The title, that of a movement behind that of its work.
    fn title(&self) -> String {
        let own = self.element.value("title").unwrap_or_default();
        let work = self.index.and_then(|index| index.value("title"));
        match work {
            Some(work) if own.is_empty() => work.into(),
            Some(work) => format!("{work}: {own}"),
            None => own.into(),
        }
    }
}

/// The tracks of the tracklist. Not among them: headings, which have no
/// position where others have one; index tracks without a position, whose
/// parts stand for them; parts of an index track that has a position.
fn entries(release: Element) -> Vec<Entry> {
    let lists = release.child("tracklist");
    let listed: Vec<Element> = lists.iter().flat_map(|list| list.all("track")).collect();
    let is_numbered = listed
        .iter()
        .any(|track| track.value("position").is_some() || parts(*track).count() > 0);
    let mut entries = Vec::new();
    let mut ordinal = 0;
    for element in listed {
        ordinal += 1;
        let number = ordinal;
        let parts: Vec<Element> = parts(element).collect();
        ordinal += parts.len();
        let has_place = element.value("position").is_some();
        if parts.is_empty() || has_place {
            let is_named = has_place || !is_numbered && element.value("title").is_some();
            entries.extend(is_named.then_some(Entry {
                ordinal: number,
                element,
                index: None,
            }));
            continue;
        }
        entries.extend(
            parts
                .into_iter()
                .zip(number + 1..)
                .map(|(part, ordinal)| Entry {
                    ordinal,
                    element: part,
                    index: Some(element),
                }),
        );
    }
    entries
}

fn parts<'t>(track: Element<'t>) -> impl Iterator<Item = Element<'t>> {
    let lists = track.child("sub_tracks");
    lists
        .into_iter()
        .flat_map(|list| list.children())
        .filter(|part| part.name() == "track")
}

fn carriers(release: Element) -> Carriers {
    let lists = release.child("formats");
    let formats = lists.iter().flat_map(|list| list.all("format"));
    let mut carriers = Carriers {
        count: Some(0),
        sided: true,
    };
    for format in formats {
        let name = format.attribute("name").unwrap_or_default();
        if NO_CARRIERS.contains(&name) {
            continue;
        }
        let quantity = format
            .attribute("qty")
            .and_then(|qty| qty.parse::<u32>().ok());
        carriers.count = carriers
            .count
            .and_then(|count| count.checked_add(quantity?));
        carriers.sided &= SIDED.contains(&name);
    }
    carriers.count = carriers.count.filter(|count| *count > 0);
    carriers
}

fn duration(entry: &Entry, harvest: &mut Harvest) -> Option<u32> {
    let text = entry.element.value("duration")?;
    let length = lengths::clock(text);
    if length.is_none_or(|length| length == 0) {
        let field = format!("track {}, duration", entry.ordinal);
        let seen = format!("expected a length such as 3:45, found {text:?}");
        harvest.trouble(FindingCode::C003, field, seen);
    }
    length.filter(|length| *length > 0)
}

/// Dates have `00` where month or day is not known.
fn date(text: &str, harvest: &mut Harvest) -> Option<PartialDate> {
    let known = text.strip_suffix("-00").unwrap_or(text);
    let known = known.strip_suffix("-00").unwrap_or(known);
    if known.is_empty() {
        return None;
    }
    let refused = |error: longplay_model::ParseTimeError| {
        harvest.trouble(FindingCode::C003, "released", error.to_string());
    };
    known.parse().map_err(refused).ok()
}

fn genres(release: Element) -> Vec<String> {
    let lists = [("genres", "genre"), ("styles", "style")];
    let mut genres: Vec<String> = Vec::new();
    for (list, name) in lists {
        let list = release.child(list);
        for genre in list.iter().flat_map(|list| list.values(name)) {
            if !genres.iter().any(|known| known == genre) {
                genres.push(genre.into());
            }
        }
    }
    genres
}

/// Value and description of the identifiers of a kind.
fn identifiers<'t>(release: Element<'t>, kind: &str) -> impl Iterator<Item = (&'t str, &'t str)> {
    let lists = release.child("identifiers");
    let all = lists.into_iter().flat_map(|list| list.children());
    all.filter(move |it| it.attribute("type") == Some(kind))
        .map(|it| (it.attribute("value"), it.attribute("description")))
        .map(|(value, description)| (value.unwrap_or_default(), description.unwrap_or_default()))
}

/// The first barcode that is a trade item number. Barcodes are written as
/// printed, with the spaces and brackets of the print; where none holds, each
/// is told.
fn gtin(release: Element, harvest: &mut Harvest) -> Option<String> {
    let printed: BTreeSet<String> = identifiers(release, "Barcode")
        .map(|(value, _)| digits(value))
        .filter(|digits| !digits.is_empty())
        .collect();
    let first = identifiers(release, "Barcode")
        .map(|(value, _)| digits(value))
        .find(|digits| is_gtin(digits));
    if first.is_none() {
        for text in printed {
            let seen = format!("expected a GTIN with its check digit, found {text:?}");
            harvest.trouble(FindingCode::C003, "barcode", seen);
        }
    }
    first
}

/// Without the signs of the print: spaces, hyphens and quiet-zone marks.
fn digits(barcode: &str) -> String {
    let is_print = |c: char| c.is_whitespace() || matches!(c, '-' | '<' | '>' | '.');
    barcode.chars().filter(|c| !is_print(*c)).collect()
}

/// The codes of each entry: those whose description names its position, or
/// those of a release of one track.
fn isrcs(release: Element, positions: &[&str], harvest: &mut Harvest) -> Vec<Vec<Isrc>> {
    let mut isrcs = vec![Vec::new(); positions.len()];
    for (value, description) in identifiers(release, "ISRC") {
        let value = value.strip_prefix("ISRC").unwrap_or(value).trim();
        let isrc = match value.parse::<Isrc>() {
            Ok(isrc) => isrc,
            Err(error) => {
                harvest.trouble(FindingCode::C003, "ISRC", error.to_string());
                continue;
            }
        };
        if let Some(entry) = told_entry(description, positions)
            && !isrcs[entry].contains(&isrc)
        {
            isrcs[entry].push(isrc);
        }
    }
    isrcs
}

/// Which entry a description such as `Track A1` tells of, if that is certain.
fn told_entry(description: &str, positions: &[&str]) -> Option<usize> {
    let words = description.trim();
    let name = ["Track", "track", "Trk", "#"]
        .iter()
        .find_map(|word| words.strip_prefix(word))
        .unwrap_or(words)
        .trim_matches([' ', '.', ':', '#']);
    if name.is_empty() {
        return (positions.len() == 1).then_some(0);
    }
    let is_it = |position: &&str| position.eq_ignore_ascii_case(name);
    let mut found = positions.iter().enumerate().filter(|(_, at)| is_it(at));
    let first = found.next()?.0;
    found.next().is_none().then_some(first)
}

/// The names that artists go by at Discogs, where a sleeve prints another.
fn other_names(release: Element, harvest: &mut Harvest) {
    let tracks = release.child("tracklist");
    let tracks = tracks.iter().flat_map(|list| list.all("track"));
    let tracks = tracks.flat_map(|track| std::iter::once(track).chain(parts(track)));
    let lists = std::iter::once(release).chain(tracks);
    let mut known = BTreeSet::new();
    for artist in lists
        .filter_map(|element| element.child("artists"))
        .flat_map(|list| list.children())
    {
        let (Some(_), Some(name), Some(id)) = (
            artist.value("anv"),
            artist.value("name"),
            credit::id(artist),
        ) else {
            continue;
        };
        if known.insert(id) {
            harvest.artists.push(ArtistFact {
                id: id.into(),
                name: credit::printed(name).into(),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use {super::*, crate::sources::xml::Tree};

    fn harvest(content: &str) -> Harvest {
        let text = format!("<release id='9' status='Accepted'>{content}</release>");
        let mut harvest = Harvest::default();
        let tree = Tree::parse(&text, &[]).unwrap();
        read(tree.root().unwrap(), &mut harvest);
        harvest
    }

    fn listed(tracks: &str) -> String {
        format!("<tracklist>{tracks}</tracklist>")
    }

    fn entry(position: &str, title: &str, rest: &str) -> String {
        format!("<track><position>{position}</position><title>{title}</title>{rest}</track>")
    }

    fn told(harvest: &Harvest) -> Vec<String> {
        let troubles = harvest.troubles.iter();
        troubles
            .map(|it| format!("{} {}: {}", it.code, it.field, it.seen))
            .collect()
    }

    fn titles(harvest: &Harvest) -> Vec<(&str, &str)> {
        let records = harvest.tracks.iter().map(|track| &track.record);
        records
            .map(|record| (record.id.as_str(), record.title.as_str()))
            .collect()
    }

    #[test]
    fn a_track_holds_what_its_release_and_its_entry_say() {
        let artists = |names: &str| format!("<artists>{names}</artists>");
        let release = harvest(&format!(
            "{}<title>Two Sides</title><labels><label name='Svek (2)' catno='SK032' id='5'/></labels>\
             <formats><format name='Vinyl' qty='1'/></formats><genres><genre>Electronic</genre></genres>\
             <styles><style>Techno</style><style>Electronic</style></styles><released>1999-03-00</released>\
             {}<identifiers><identifier type='Barcode' value='0 81227-97094 9 &gt;'/>\
             <identifier type='ISRC' description='Track B' value='USWB1-02-02616'/></identifiers>",
            artists("<artist><id>1</id><name>The Persuader</name><anv>Persuader</anv></artist>"),
            listed(
                &(entry("A", "One", "<duration>4:45</duration>")
                    + &entry(
                        "B",
                        "Two",
                        &artists("<artist><id>2</id><name>Other</name></artist>")
                    ))
            ),
        ));
        assert_eq!(told(&release), [""; 0]);
        let [one, two] = [&release.tracks[0].record, &release.tracks[1].record];
        assert_eq!((one.id.as_str(), one.title.as_str()), ("9-1", "One"));
        assert_eq!((one.disc, one.position), (Some(1), Some(1)));
        assert_eq!((two.disc, two.position), (Some(1), Some(2)));
        assert_eq!(one.artists.to_string(), "Persuader");
        assert_eq!(two.artists.to_string(), "Other");
        assert_eq!(
            two.release_artists.as_ref().unwrap().to_string(),
            "Persuader"
        );
        assert_eq!((one.duration_ms, two.duration_ms), (Some(285_000), None));
        assert_eq!(one.release.as_deref(), Some("Two Sides"));
        assert_eq!(one.release_id.as_deref(), Some("9"));
        assert_eq!(one.label.as_deref(), Some("Svek"));
        assert_eq!(one.genres, ["Electronic", "Techno"]);
        assert_eq!(one.release_date.unwrap().to_string(), "1999-03");
        assert_eq!(one.gtin.as_deref(), Some("081227970949"));
        assert_eq!(
            (one.isrcs.len(), two.isrcs[0].as_str()),
            (0, "USWB10202616")
        );
        let fact = ArtistFact {
            id: "1".into(),
            name: "The Persuader".into(),
        };
        assert_eq!(release.artists, [fact]);
    }

    #[test]
    fn headings_are_no_tracks() {
        let release = harvest(&listed(
            &(entry("", "This Side", "") + &entry("A", "One", "") + &entry("", "", "")),
        ));
        assert_eq!(titles(&release), [("9-2", "One")]);
        let bare = harvest(&listed(&(entry("", "One", "") + &entry("", "", ""))));
        assert_eq!(titles(&bare), [("9-1", "One")]);
    }

    #[test]
    fn parts_stand_for_an_index_without_a_place() {
        let parts = format!(
            "<sub_tracks>{}{}</sub_tracks>",
            entry("1", "Allegro", "<duration>1:00</duration>"),
            entry("2", "", "")
        );
        let release = harvest(&listed(
            &(entry("", "Sonata", &parts) + &entry("3", "Other", "")),
        ));
        assert_eq!(
            titles(&release),
            [
                ("9-2", "Sonata: Allegro"),
                ("9-3", "Sonata"),
                ("9-4", "Other")
            ]
        );
        let whole = harvest(&listed(&entry("1", "Medley", &parts)));
        assert_eq!(titles(&whole), [("9-1", "Medley")]);
    }

    #[test]
    fn what_does_not_hold_is_told_and_left_out() {
        let release = harvest(&format!(
            "<released>19xx</released>{}<identifiers><identifier type='Barcode' value='123'/>\
             <identifier type='ISRC' value='nonsense'/></identifiers>",
            listed(
                &(entry("1", "One", "<duration>long</duration>")
                    + &entry("2", "Two", "<duration>0:00</duration>"))
            )
        ));
        assert_eq!(
            told(&release),
            [
                "C003 released: expected a date such as 1969, 1969-09 or 1969-09-26, found \"19xx\"",
                "C003 barcode: expected a GTIN with its check digit, found \"123\"",
                "C003 ISRC: expected an ISRC such as GBAYE6900531, found \"nonsense\"",
                "C003 track 1, duration: expected a length such as 3:45, found \"long\"",
                "C003 track 2, duration: expected a length such as 3:45, found \"0:00\"",
            ]
        );
        assert_eq!(release.tracks.len(), 2);
    }

    #[test]
    fn dates_lose_their_zeros_and_nothing_else() {
        let mut harvest = Harvest::default();
        for (text, known) in [
            ("1969-00-00", "1969"),
            ("1969-05-00", "1969-05"),
            ("1969-05-07", "1969-05-07"),
            ("1969", "1969"),
        ] {
            assert_eq!(date(text, &mut harvest).unwrap().to_string(), known);
        }
        assert_eq!(date("", &mut harvest), None);
        assert!(harvest.troubles.is_empty());
        for text in ["1969-00-07", "0000-00-00", "1969-13-00"] {
            assert_eq!(date(text, &mut harvest), None, "{text}");
        }
        assert_eq!(harvest.troubles.len(), 3);
    }

    #[test]
    fn codes_go_to_the_track_that_is_named() {
        let positions = ["A1", "A2", "A2"];
        for (description, entry) in [
            ("Track A1", Some(0)),
            ("a1", Some(0)),
            ("Track: A1.", Some(0)),
            ("A2", None),
            ("", None),
            ("A1 and A2", None),
        ] {
            assert_eq!(told_entry(description, &positions), entry, "{description}");
        }
        assert_eq!(told_entry("", &["1"]), Some(0));
    }

    #[test]
    fn a_release_without_id_is_refused() {
        let mut harvest = Harvest::default();
        let tree = Tree::parse("<release/>", &[]).unwrap();
        read(tree.root().unwrap(), &mut harvest);
        assert_eq!(told(&harvest), ["C001 : a release without id"]);
    }
}
