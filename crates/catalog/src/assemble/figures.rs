use {
    super::elsewhere::Elsewhere,
    crate::{figures::Fact, tables::PopularityLine},
    longplay_model::Mbid,
};

/// A figure of a release or artist, of which sources give no time.
pub(super) fn figure(kind: &str, metric: &str, source: u16, row: u32, value: f64) -> PopularityLine {
    PopularityLine {
        kind: kind.into(),
        metric: metric.into(),
        source,
        row,
        inherited: false,
        value,
        at: None,
    }
}

/// A figure that another source tells.
pub(super) fn told(kind: &str, row: u32, fact: &Fact) -> PopularityLine {
    PopularityLine {
        at: fact.at,
        ..figure(kind, fact.metric.name(), fact.source, row, fact.value)
    }
}

/// Brings the figures of one row into the order of the table.
pub(super) fn sort_figures(lines: &mut [PopularityLine]) {
    lines.sort_by(|a, b| (&a.metric, a.source).cmp(&(&b.metric, b.source)));
}

/// What a source calls a release or artist, where that is an id of
/// MusicBrainz and other sources tell figures by such.
pub(super) fn mbid_of(source_id: &Option<String>, elsewhere: &Elsewhere) -> Option<Mbid> {
    match elsewhere.is_empty() {
        true => None,
        false => source_id.as_deref()?.parse().ok(),
    }
}
