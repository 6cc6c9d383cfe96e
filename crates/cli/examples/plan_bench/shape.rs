use {
    longplay_model::{CandidateBatch, CandidateColumns, CandidateFile, Candidates, Codec},
    rayon::prelude::*,
    std::{convert::Infallible, ops::Range},
};

/// Rows of a batch.
const BATCH: u32 = 1 << 16;

/// A catalog of so many tracks whose figures fall as those of 256,039,007
/// tracks do that were published in December 2025. Every row follows from its
/// number alone, so that nothing has to be kept.
pub struct Shape {
    rows: u32,
    listens: Falling,
    popularity: Falling,
}

/// What listens follow.
#[derive(Debug, Clone, Copy)]
pub enum Curve {
    /// Streams of 202 million tracks in 2024.
    Luminate,
    /// 86 of 256 million tracks have 99.6 % of the listens.
    Archive,
}

impl Curve {
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "luminate" => Some(Self::Luminate),
            "archive" => Some(Self::Archive),
            _ => None,
        }
    }
}

const ALL: f64 = 256_039_007.0;

/// Tracks that score at least so much.
const POPULARITY: [(f64, f64); 12] = [
    (0.0, ALL),
    (1.0, 45_000_000.0),
    (10.0, 16_800_000.0),
    (20.0, 5_600_000.0),
    (30.0, 1_880_000.0),
    (40.0, 628_000.0),
    (50.0, 210_000.0),
    (60.0, 45_800.0),
    (70.0, 10_000.0),
    (80.0, 550.0),
    (90.0, 30.0),
    (100.0, 1.0),
];

/// Tracks with at least so many streams.
const LUMINATE: [(f64, f64); 9] = [
    (1.0, 202_192_533.0),
    (10.0, 108_992_533.0),
    (100.0, 61_292_533.0),
    (1e3, 26_692_533.0),
    (1e5, 2_592_533.0),
    (1e6, 492_533.0),
    (1e7, 64_833.0),
    (1e8, 4_833.0),
    (4e9, 1.0),
];

const ARCHIVE: [(f64, f64); 9] = [
    (1.0, ALL),
    (10.0, 235_000_000.0),
    (100.0, 180_000_000.0),
    (1e3, 60_000_000.0),
    (1e5, 3_283_000.0),
    (1e6, 623_700.0),
    (1e7, 82_100.0),
    (1e8, 6_120.0),
    (4e9, 1.0),
];

/// Lines through points of (value, tracks that have as much): between them the
/// value, or its logarithm, is linear in the logarithm of the share of tracks.
struct Falling {
    points: Vec<(f64, f64)>,
    is_power: bool,
}

impl Falling {
    fn new(points: &[(f64, f64)], is_power: bool) -> Self {
        let all = points[0].1;
        let scaled = points.iter().map(|(value, tracks)| {
            let value = if is_power { value.ln() } else { *value };
            (value, (tracks / all).ln())
        });
        Self {
            points: scaled.collect(),
            is_power,
        }
    }

    /// The value of the track with this logarithm of the share of tracks above.
    fn at(&self, above: f64) -> f64 {
        let after = self.points.partition_point(|point| point.1 >= above);
        let value = match (self.points.get(after.max(1) - 1), self.points.get(after)) {
            (Some(wide), Some(narrow)) => {
                let part = (wide.1 - above) / (wide.1 - narrow.1);
                wide.0 + (narrow.0 - wide.0) * part
            }
            _ => self.points[self.points.len() - 1].0,
        };
        if self.is_power { value.exp() } else { value }
    }
}

/// Numbers that look like chance and follow from a row: splitmix64.
fn mixed(row: u32, salt: u64) -> u64 {
    let mut x = (u64::from(row) + 1)
        .wrapping_mul(0x9e37_79b9_7f4a_7c15)
        .wrapping_add(salt << 32);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// From 0 up to 1.
fn chance(row: u32, salt: u64) -> f64 {
    (mixed(row, salt) >> 11) as f64 / (1u64 << 53) as f64
}

/// 186 of 256 rows begin a recording, the others are copies.
fn is_copy(row: u32) -> bool {
    row > 0 && mixed(row, 1) % 256 >= 186
}

/// Every so many rows one has a file, of which nobody may have told anything.
const A_FILE: u32 = 10_007;

impl Shape {
    pub fn new(rows: u32, curve: Curve) -> Self {
        let listens = match curve {
            Curve::Luminate => &LUMINATE,
            Curve::Archive => &ARCHIVE,
        };
        Self {
            rows,
            listens: Falling::new(listens, true),
            popularity: Falling::new(&POPULARITY, false),
        }
    }

    /// All columns of a range of rows.
    pub fn batch(&self, rows: Range<u32>) -> CandidateBatch {
        let mut batch = CandidateBatch {
            first_row: rows.start,
            ..CandidateBatch::default()
        };
        self.order(rows.clone(), &mut batch);
        self.size(rows, &mut batch, true);
        batch
    }

    fn above(&self, row: u32) -> f64 {
        ((f64::from(row) + 0.5) / f64::from(self.rows)).ln()
    }

    fn order(&self, rows: Range<u32>, batch: &mut CandidateBatch) {
        for row in rows {
            batch.recording.push(self.recording(row));
            let popularity = self.popularity.at(self.above(row)).floor();
            let is_popular = popularity > 0.0;
            batch.popularity.push(popularity as f32);
            batch
                .is_rated
                .push(!row.is_multiple_of(2 * A_FILE) || is_popular);
            // Tracks that somebody hears are of artists that somebody hears.
            let share = chance(row, 2).powi(2) * if is_popular { 0.1 } else { 1.0 };
            let artist = (share * f64::from(self.rows) / 16.6) as u32;
            let artist_share = (f64::from(artist) + 0.5) * 16.6 / f64::from(self.rows);
            let of_artist = self.popularity.at(artist_share.ln());
            batch
                .artist_popularity
                .push((of_artist * 10.0).round() as f32 / 10.0);
            let followers = 1e8 * (artist_share * ALL / 16.6).max(1.0).powf(-0.9);
            batch
                .followers
                .push(followers as u64 + mixed(artist, 3) % 17);
            let release = mixed(row / 4, 4) % 10;
            batch
                .release_popularity
                .push(if release == 0 { 7.0 } else { 0.0 });
        }
        note_files(batch);
    }

    fn recording(&self, row: u32) -> u32 {
        if !is_copy(row) {
            return row;
        }
        let first = row / 2 + (mixed(row, 5) % u64::from(row - row / 2)) as u32;
        (0..=first).rev().find(|row| !is_copy(*row)).unwrap_or(0)
    }

    fn size(&self, rows: Range<u32>, batch: &mut CandidateBatch, has_order: bool) {
        for row in rows {
            if !has_order {
                batch.recording.push(self.recording(row));
            }
            batch.listens.push(self.listens.at(self.above(row)).floor());
            // About 200 s, a twelfth of them whole minutes, a few unknown.
            let ms = 30_000.0 + (0..4).map(|n| chance(row, 6 + n)).sum::<f64>() * 85_000.0;
            let ms = match mixed(row, 10) % 1_200 {
                0 => 0,
                1..=100 => (ms / 60_000.0).round().max(1.0) as u32 * 60_000,
                101 => ms as u32 * 12,
                _ => ms as u32,
            };
            batch.duration_ms.push(ms);
        }
        if !has_order {
            note_files(batch);
        }
    }
}

fn note_files(batch: &mut CandidateBatch) {
    let rows = batch.first_row..batch.first_row + batch.recording.len() as u32;
    let first = rows.start.next_multiple_of(A_FILE);
    for row in (first..rows.end).step_by(A_FILE as usize) {
        let codec = Codec::ALL[(mixed(row, 11) % 6) as usize];
        let bytes = 500_000 + mixed(row, 12) % 40_000_000;
        batch.files.push((row, CandidateFile { codec, bytes }));
    }
}

impl Candidates for Shape {
    type Error = Infallible;

    fn rows(&self) -> u32 {
        self.rows
    }

    fn each(
        &self,
        columns: CandidateColumns,
        visit: &mut dyn FnMut(&CandidateBatch),
    ) -> Result<(), Infallible> {
        let batches = self.rows.div_ceil(BATCH);
        let at_once = u32::try_from(rayon::current_num_threads()).unwrap_or(1) * 2;
        for first in (0..batches).step_by(at_once as usize) {
            let window = first..batches.min(first + at_once);
            let made: Vec<CandidateBatch> = window
                .into_par_iter()
                .map(|number| {
                    let from = number * BATCH;
                    let rows = from..from.saturating_add(BATCH).min(self.rows);
                    let mut batch = CandidateBatch {
                        first_row: from,
                        ..CandidateBatch::default()
                    };
                    match columns {
                        CandidateColumns::Order => self.order(rows, &mut batch),
                        _ => self.size(rows, &mut batch, false),
                    }
                    batch
                })
                .collect();
            made.iter().for_each(&mut *visit);
        }
        Ok(())
    }
}
