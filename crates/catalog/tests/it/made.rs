//! Made-up records with the gaps and doubles that real ones have.

use {crate::home::Home, longplay_catalog::synthetic, longplay_model::TrackRecord};

/// Records in which each field is sometimes absent, several or another.
pub(crate) fn records(count: u64, seed: u64) -> Vec<TrackRecord> {
    let records = synthetic::records(count, seed).zip(0u32..);
    records
        .map(|(record, number)| varied(record, number))
        .collect()
}

fn varied(mut record: TrackRecord, number: u32) -> TrackRecord {
    if number.is_multiple_of(5) {
        let mbid = format!("b9ad642e-b012-41c7-b72a-{:012x}", number / 10);
        record.recording_mbid = Some(mbid.parse().unwrap());
    }
    if number.is_multiple_of(7) {
        record
            .isrcs
            .push(format!("AAX01{:07}", number % 500).parse().unwrap());
    }
    if number.is_multiple_of(11) {
        record.isrcs.clear();
        record.duration_ms = None;
    }
    if number.is_multiple_of(13) {
        record.popularity = None;
        record.listens = None;
        record.popularity_at = None;
        record.genres.clear();
        record.explicit = None;
    }
    if number.is_multiple_of(17) {
        record.release = None;
        record.release_id = None;
        record.release_artists = None;
        record.release_date = None;
        record.release_popularity = None;
        record.gtin = None;
        record.label = None;
        record.synthetic = false;
    }
    record.language = match number % 4 {
        0 => Some("en".into()),
        1 => Some("EN".into()),
        2 => Some("de".into()),
        _ => None,
    };
    if number.is_multiple_of(3) {
        record.rights = Some(longplay_model::RightsStatement {
            uri: "https://creativecommons.org/licenses/by/4.0/"
                .parse()
                .unwrap(),
            basis: "said so".into(),
        });
    }
    // Order and repetition are not kept.
    record.isrcs.sort();
    record.isrcs.dedup();
    record
}

pub(crate) fn text(records: &[TrackRecord]) -> String {
    let lines = records
        .iter()
        .map(|it| serde_json::to_string(it).unwrap() + "\n");
    lines.collect()
}

/// A snapshot of these records alone.
pub(crate) fn home_of(records: &[TrackRecord]) -> Home {
    let mut home = Home::new();
    home.import("made", text(records));
    // Some codes stand on recordings that have nothing to do with each other.
    let findings = home.findings.take();
    let is_expected = |it: &String| ["C010", "C016", "C017", "C018"].contains(&&it[..4]);
    assert!(findings.iter().all(is_expected), "{findings:?}");
    home
}
