use {
    anyhow::Result,
    longplay_catalog::{Apart, Snapshot, TrackDetails},
    std::collections::{BTreeSet, HashMap},
};

/// The tracks of other recordings that these name, by rank.
pub(super) fn read(snapshot: &Snapshot, apart: &[Apart]) -> Result<HashMap<u64, TrackDetails>> {
    let ranks = apart.iter().flat_map(|it| [it.other, it.compared.1]);
    let ranks: BTreeSet<u64> = ranks.collect();
    let ranks: Vec<u64> = ranks.into_iter().collect();
    let tracks = snapshot.tracks_at(&ranks)?;
    Ok(ranks.into_iter().zip(tracks).collect())
}
