//! What is wrong with a source is told with file, place and value; the rest is
//! taken in, and counted. Every fault is tried on every format that can have it.

use {
    crate::home::{Home, options},
    longplay_catalog::{Error, ImportOptions, ImportSummary, Mapping},
    longplay_model::Finding,
    std::io::{Read, Write},
};

/// A format, by records of it.
struct Format {
    /// Name of the file.
    file: &'static str,
    /// What stands before, between and after records.
    around: [&'static str; 3],
    /// How a finding calls the second of three records.
    second: &'static str,
    /// A record with this id and title.
    record: fn(u32, &str) -> String,
    mapping: Option<&'static str>,
}

const MAPPING: &str = "[track]\nid = 'id'\ntitle = 'title'\nisrcs = 'isrcs'\ngtin = 'gtin'\n\
                       release = 'id'\nrelease_date = 'date'\n";

const TRACKS: Format = Format {
    file: "tracks.jsonl",
    around: ["", "\n", "\n"],
    second: "tracks.jsonl, line 2",
    record: |id, title| {
        format!(
            r#"{{"id":"{id}","title":"{title}","artists":[{{"name":"A"}}],"isrcs":["AAABC26{id:05}"],"gtin":"4006381333931","release":"R{id}","release_date":"1969-05"}}"#
        )
    },
    mapping: None,
};

const MUSICBRAINZ: Format = Format {
    file: "release.jsonl",
    around: ["", "\n", "\n"],
    second: "release.jsonl, line 2",
    record: |id, title| {
        let mbid = format!("248cc9d1-97ea-493e-84d4-4c5ec718{id:04}");
        format!(
            r#"{{"id":"r{id}","title":"R","date":"1969-05","barcode":"4006381333931","artist-credit":[{{"name":"A","joinphrase":""}}],"media":[{{"position":1,"tracks":[{{"id":"t{id}","position":1,"title":"{title}","recording":{{"id":"{mbid}","title":"{title}","isrcs":["AAABC26{id:05}"]}}}}]}}]}}"#
        )
    },
    mapping: None,
};

const ARCHIVE: Format = Format {
    file: "items.jsonl",
    around: ["", "\n", "\n"],
    second: "items.jsonl, line 2",
    record: |id, title| {
        format!(
            r#"{{"metadata":{{"identifier":"i{id}","title":"{title}","date":"1969-05","external-identifier":["urn:upc:4006381333931"]}},"files":[{{"name":"x.mp3","source":"original","external-identifier":["urn:isrc:AAABC26{id:05}"]}}]}}"#
        )
    },
    mapping: None,
};

const TABLE: Format = Format {
    file: "table.csv",
    around: ["id,title,isrcs,gtin,date\n", "\n", "\n"],
    second: "table.csv, line 3",
    record: |id, title| format!("{id},{title},AAABC26{id:05},4006381333931,1969-05"),
    mapping: Some(MAPPING),
};

const DISCOGS: Format = Format {
    file: "releases.xml",
    around: ["<releases>\n", "\n", "\n</releases>\n"],
    second: "releases.xml, line 2",
    record: |id, title| {
        format!(
            "<release id=\"{id}\"><title>{title}</title><released>1969-05</released><identifiers>\
             <identifier type=\"Barcode\" value=\"4006381333931\"/><identifier type=\"ISRC\" value=\"AAABC26{id:05}\"/>\
             </identifiers><tracklist><track><position>1</position><title>{title}</title></track></tracklist></release>"
        )
    },
    mapping: None,
};

const FORMATS: [&Format; 5] = [&TRACKS, &MUSICBRAINZ, &ARCHIVE, &TABLE, &DISCOGS];

impl Format {
    fn of(&self, records: [&[u8]; 3]) -> Vec<u8> {
        let [before, between, after] = self.around;
        [
            before.as_bytes(),
            &records.join(between.as_bytes()),
            after.as_bytes(),
        ]
        .concat()
    }

    /// Three records, the second with this title.
    fn around_title(&self, title: &[u8]) -> Vec<u8> {
        let [one, two, three] = [1, 2, 3].map(|id| (self.record)(id, "Title").into_bytes());
        let cut = (self.record)(2, "\u{1}");
        let marks: Vec<&str> = cut.split('\u{1}').collect();
        let second: Vec<&[u8]> = marks.iter().map(|part| part.as_bytes()).collect();
        assert!(two.len() > 20 && second.len() > 1);
        self.of([&one, &second.join(title), &three])
    }

    /// Three records, with something else in the second.
    fn with(&self, from: &str, to: &str) -> Vec<u8> {
        let [one, two, three] = [1, 2, 3].map(|id| (self.record)(id, "Title"));
        let changed = two.replace(from, to);
        assert_ne!(two, changed, "{}", self.file);
        self.of([one.as_bytes(), changed.as_bytes(), three.as_bytes()])
    }

    fn options(&self) -> ImportOptions {
        let mut options = options("s");
        options.mapping = self.mapping.map(|text| Mapping::parse(text).unwrap());
        options
    }

    fn import(&self, content: &[u8]) -> (ImportSummary, Vec<Finding>, Home) {
        self.import_as(self.file, content, &self.options())
    }

    fn import_as(
        &self,
        name: &str,
        content: &[u8],
        options: &ImportOptions,
    ) -> (ImportSummary, Vec<Finding>, Home) {
        let mut home = Home::new();
        let path = home.file(name, content);
        let summary = home.try_import(&path, options).unwrap();
        let found = home.findings.all();
        (summary, found, home)
    }
}

/// File and place of a finding, and what was seen.
fn told(finding: &Finding) -> (String, &str) {
    let place = match &finding.place[..] {
        "" => finding.subject.clone(),
        place => format!("{}, {place}", finding.subject),
    };
    (format!("{} {place}", finding.code), &finding.seen)
}

/// One finding, about the second record, that shows this value.
fn assert_one(format: &Format, code: &str, found: &[Finding], value: &str) {
    let [finding] = found else {
        panic!("{}: {found:#?}", format.file);
    };
    let (place, seen) = told(finding);
    assert!(
        place.starts_with(&format!("{code} {}", format.second)),
        "{place}"
    );
    assert!(seen.contains(value), "{place}: {seen}");
}

#[test]
fn text_that_is_not_utf_8_costs_its_record() {
    for format in FORMATS {
        let (summary, found, _home) = format.import(&format.around_title(b"Ti\xfftle"));
        assert_one(format, "C001", &found, "UTF-8");
        assert_eq!(
            (summary.records, summary.tracks, summary.rejected),
            counts(format, 1)
        );
    }
}

/// Of three records so many are rejected; the header of a table is a record.
fn counts(format: &Format, rejected: u64) -> (u64, u64, u64) {
    let header = u64::from(format.file == "table.csv");
    (3 + header, 3 - rejected, rejected)
}

#[test]
fn a_byte_order_mark_is_passed_over() {
    for format in FORMATS {
        let marked = [b"\xEF\xBB\xBF", &format.around_title(b"Title")[..]].concat();
        let (summary, found, _home) = format.import(&marked);
        assert_eq!(found, [], "{}", format.file);
        assert_eq!(
            (summary.records, summary.tracks, summary.rejected),
            counts(format, 0)
        );
    }
}

#[test]
fn a_record_beyond_the_limit_is_passed_over() {
    for format in FORMATS {
        let long = vec![b'x'; 1 << 20];
        let mut options = format.options();
        options.max_line_bytes = 2000;
        let content = format.around_title(&long);
        let (summary, found, _home) = format.import_as(format.file, &content, &options);
        assert_one(format, "C002", &found, "the limit is 2000");
        assert_eq!(
            (summary.records, summary.tracks, summary.rejected),
            counts(format, 1)
        );
    }
}

#[test]
fn codes_and_dates_that_do_not_hold_cost_their_field() {
    for format in FORMATS {
        for (from, to) in [
            ("AAABC2600002", "AA-BC-26-1"),
            ("4006381333931", "4006381333932"),
            ("1969-05", "1969-13"),
            ("1969-05", "19xx"),
        ] {
            let (summary, found, home) = format.import(&format.with(from, to));
            assert_one(format, "C003", &found, to);
            assert_eq!(
                (summary.records, summary.tracks, summary.rejected),
                counts(format, 0)
            );
            let snapshot = home.snapshot();
            let tracks = snapshot.tracks_at(&[0, 1, 2]).unwrap();
            let is_whole = |track: &&longplay_catalog::TrackDetails| {
                let release = track.release.as_ref().unwrap();
                !track.isrcs.is_empty() && release.gtin.is_some() && release.date.is_some()
            };
            assert_eq!(
                tracks.iter().filter(is_whole).count(),
                2,
                "{} {to}",
                format.file
            );
        }
    }
}

/// Zeros of a date are what is not known, where a format says so; no month and
/// no day is ever made up.
#[test]
fn dates_with_zeros_keep_what_is_known() {
    for format in FORMATS {
        for (zeros, known) in [
            ("1969-00", "1969"),
            ("1969-00-00", "1969"),
            ("1969-07-00", "1969-07"),
        ] {
            let (summary, found, home) = format.import(&format.with("1969-05", zeros));
            assert_eq!(summary.tracks, 3);
            let tracks = home.snapshot().tracks_at(&[0, 1, 2]).unwrap();
            let dates = tracks.iter().map(|it| it.release.as_ref().unwrap().date);
            let mut dates: Vec<Option<String>> =
                dates.map(|it| it.map(|it| it.to_string())).collect();
            dates.sort();
            let usual = Some("1969-05".to_owned());
            let date = match format.file {
                "tracks.jsonl" | "table.csv" => {
                    assert_one(format, "C003", &found, zeros);
                    None
                }
                _ => {
                    assert_eq!(found, [], "{} {zeros}", format.file);
                    Some(known.to_owned())
                }
            };
            let mut expected = [usual.clone(), usual, date];
            expected.sort();
            assert_eq!(dates, expected, "{} {zeros}", format.file);
        }
    }
}

#[test]
fn an_id_given_twice_counts_once() {
    for format in FORMATS {
        let [one, two] = ["First", "Second"].map(|title| (format.record)(1, title));
        let three = (format.record)(3, "Title");
        let content = format.of([one.as_bytes(), two.as_bytes(), three.as_bytes()]);
        let (summary, found, home) = format.import(&content);
        assert_eq!(
            (summary.tracks, summary.snapshot_tracks),
            (3, 2),
            "{}",
            format.file
        );
        let [finding] = &found[..] else {
            panic!("{}: {found:#?}", format.file);
        };
        let (place, seen) = told(finding);
        assert!(
            place.starts_with(&format!("C004 {}", format.file)),
            "{place}"
        );
        assert!(seen.contains("already"), "{seen}");
        let mut titles = crate::home::titles(&home.snapshot());
        titles.sort();
        assert_eq!(titles, ["First", "Title"], "{}", format.file);
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(bytes).unwrap();
    packed.finish().unwrap()
}

fn xz(bytes: &[u8]) -> Vec<u8> {
    let mut packed = Vec::new();
    liblzma::read::XzEncoder::new(bytes, 1)
        .read_to_end(&mut packed)
        .unwrap();
    packed
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 1).unwrap()
}

const MANY: u32 = 6000;

/// Titles that do not pack well, so that half of the file is half of them.
fn many(format: &Format) -> Vec<u8> {
    let title = |id: u32| {
        format!(
            "{:x}",
            u128::from(id).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835)
        )
    };
    let records: Vec<String> = (1..=MANY)
        .map(|id| (format.record)(id, &title(id)))
        .collect();
    let [before, between, after] = format.around;
    [before, &records.join(between), after]
        .concat()
        .into_bytes()
}

type Pack = fn(&[u8]) -> Vec<u8>;

#[test]
fn of_a_file_that_was_cut_off_what_is_there_is_taken() {
    for format in FORMATS {
        let whole = many(format);
        for (ending, pack) in [(".gz", gzip as Pack), (".xz", xz), (".zst", zstd)] {
            let packed = pack(&whole);
            let cut = &packed[..packed.len() * 2 / 3];
            let name = format!("{}{ending}", format.file);
            let (summary, found, _home) = format.import_as(&name, cut, &format.options());
            assert!(
                summary.tracks > 1000 && summary.tracks < MANY.into(),
                "{name}: {summary:?}"
            );
            let is_cut = |it: &&Finding| told(it).0.starts_with(&format!("C013 {name}, byte "));
            assert_eq!(found.iter().filter(is_cut).count(), 1, "{name}: {found:#?}");
        }
        // What was cut without being packed ends in half a record.
        let (summary, found, _home) = format.import(&whole[..whole.len() * 2 / 3]);
        assert!(summary.tracks > 3000 && summary.tracks < MANY.into());
        let is_record = |it: &Finding| told(it).0.starts_with(&format!("C001 {}", format.file));
        let is_row = format.file == "table.csv";
        assert!(
            is_row || found.len() == 1 && is_record(&found[0]),
            "{found:#?}"
        );
    }
}

const LAUGHS: &str =
    "<!DOCTYPE x [<!ENTITY a \"haha\"><!ENTITY b \"&a;&a;&a;&a;\"><!ENTITY c \"&b;&b;&b;&b;\">]>\n";
const OUTSIDE: &str = "<!DOCTYPE x [<!ENTITY c SYSTEM \"file:///etc/hostname\">]>\n";
const REMOTE: &str = "<!DOCTYPE x SYSTEM \"http://example.org/x.dtd\">\n";

/// A message of DDEX and an item of the Internet Archive, each in a file.
const DOCUMENTS: [(&str, &str, &str); 2] = [
    (
        "feed/message.xml",
        "C001 feed/message.xml",
        "<ern:NewReleaseMessage xmlns:ern=\"http://ddex.net/xml/ern/43\"><MessageHeader><MessageId>&c;</MessageId>\
         </MessageHeader></ern:NewReleaseMessage>",
    ),
    (
        "items/i/i_meta.xml",
        "C001 items/i/i_meta.xml",
        "<metadata><identifier>i</identifier><title>&c;</title></metadata>",
    ),
];

#[test]
fn entities_and_what_lies_outside_are_refused() {
    for declared in [LAUGHS, OUTSIDE, REMOTE] {
        for (file, place, text) in DOCUMENTS {
            let mut home = Home::new();
            home.file(file, format!("{declared}{text}"));
            let folder = home.root.path().join(file.split('/').next().unwrap());
            let summary = home.try_import(&folder, &options("s")).unwrap();
            assert_eq!(
                (summary.records, summary.tracks, summary.rejected),
                (1, 0, 1),
                "{file}"
            );
            let found = home.findings.all();
            let (at, seen) = told(&found[0]);
            assert_eq!(at, place);
            assert!(
                seen.contains("DOCTYPE") || seen.contains("declaration"),
                "{seen}"
            );
        }
        // Of a dump every record that uses one is refused, and no other.
        let content = DISCOGS.around_title(b"&c;");
        let content = [declared.as_bytes(), &content].concat();
        let (summary, found, home) = DISCOGS.import(&content);
        assert_eq!(summary.tracks, 2, "{found:#?}");
        assert!(
            found
                .iter()
                .any(|it| told(it).1.contains("&c;") || told(it).1.contains("entity")),
            "{found:#?}"
        );
        let titles = crate::home::titles(&home.snapshot());
        assert_eq!(titles, ["Title", "Title"]);
    }
}

#[test]
fn a_mapping_that_names_a_missing_column_is_refused_before_anything_is_written() {
    let mut home = Home::new();
    let path = home.file(TABLE.file, TABLE.around_title(b"Title"));
    let mut options = options("s");
    options.mapping = Some(Mapping::parse("[track]\nid = 'id'\ntitle = 'name'\n").unwrap());
    let error = home.try_import(&path, &options).unwrap_err();
    assert!(matches!(error, Error::Map { .. }), "{error:?}");
    let causes = std::iter::successors(Some(&error as &dyn std::error::Error), |it| it.source());
    let text: Vec<String> = causes.map(ToString::to_string).collect();
    assert!(text.join(": ").contains("name"), "{text:?}");
    assert_eq!(home.catalog_bytes().len(), 0);
}
