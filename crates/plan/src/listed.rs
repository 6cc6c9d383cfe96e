use {
    crate::score::points,
    longplay_model::{Candidate, CandidateBatch, CandidateColumns, Candidates, RecordingId},
    std::{collections::HashMap, convert::Infallible},
};

/// Candidates of a list, as columns: for catalogs that fit into memory.
///
/// They are brought into the order of a catalog: by popularity, listens and
/// rank.
#[derive(Debug, Clone, Default)]
pub struct Listed {
    candidates: Vec<Candidate>,
    columns: CandidateBatch,
}

impl Listed {
    /// # Panics
    /// When there are more than 4,294,967,295 candidates.
    pub fn new(candidates: impl IntoIterator<Item = Candidate>) -> Self {
        let mut candidates: Vec<Candidate> = candidates.into_iter().collect();
        candidates.sort_by(|a, b| {
            points(b.popularity)
                .total_cmp(&points(a.popularity))
                .then_with(|| counted(b.listens).total_cmp(&counted(a.listens)))
                .then_with(|| a.rank.cmp(&b.rank))
        });
        Self::in_rank_order(candidates)
    }

    /// The same of candidates that are in order.
    ///
    /// # Panics
    /// As [`Listed::new`].
    pub fn in_rank_order(candidates: Vec<Candidate>) -> Self {
        let columns = columns_of(&candidates);
        Self {
            candidates,
            columns,
        }
    }

    /// The candidates, row by row.
    pub fn candidates(&self) -> &[Candidate] {
        &self.candidates
    }

    /// All rows of a recording, ascending.
    pub fn rows_of(&self, recording: RecordingId) -> impl Iterator<Item = u32> + '_ {
        let rows = (0u32..).zip(&self.candidates);
        rows.filter(move |(_, it)| it.recording == recording)
            .map(|(row, _)| row)
    }
}

impl Candidates for Listed {
    type Error = Infallible;

    fn rows(&self) -> u32 {
        u32::try_from(self.candidates.len()).expect("checked when it was made")
    }

    fn each(
        &self,
        _: CandidateColumns,
        visit: &mut dyn FnMut(&CandidateBatch),
    ) -> Result<(), Infallible> {
        visit(&self.columns);
        Ok(())
    }
}

fn columns_of(candidates: &[Candidate]) -> CandidateBatch {
    let mut first: HashMap<RecordingId, u32> = HashMap::new();
    let mut batch = CandidateBatch::default();
    for (at, it) in candidates.iter().enumerate() {
        let row = u32::try_from(at).expect("a plan has at most 4,294,967,295 rows");
        batch
            .recording
            .push(*first.entry(it.recording).or_insert(row));
        batch.popularity.push(it.popularity);
        batch.is_rated.push(it.is_rated);
        batch.listens.push(it.listens);
        batch.duration_ms.push(it.duration_ms.unwrap_or(0));
        batch.artist_popularity.push(it.artist_popularity);
        batch.release_popularity.push(it.release_popularity);
        batch.followers.push(it.followers);
        batch.files.extend(it.file.map(|file| (row, file)));
    }
    batch
}

/// Listens as a number that can be added.
pub(crate) fn counted(listens: f64) -> f64 {
    if listens.is_finite() {
        listens.max(0.0)
    } else {
        0.0
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use {
        super::*,
        longplay_model::{Access, Digest, TrackId},
    };

    /// An unpopular row of its own recording, 200 s long.
    pub(crate) fn candidate(rank: u64) -> Candidate {
        let track = TrackId::of_blob(&Digest::of(&rank.to_be_bytes()), 1);
        Candidate {
            track,
            recording: RecordingId::of_track(&track),
            rank,
            popularity: 0.0,
            is_rated: true,
            listens: 1.0,
            duration_ms: Some(200_000),
            artist_popularity: 0.0,
            release_popularity: 0.0,
            followers: 0,
            has_isrc: false,
            file: None,
            access: Access::Dark,
        }
    }

    #[test]
    fn candidates_out_of_order_are_brought_into_order() {
        let rows = [0.0, 3.0, 50.0, 3.0].into_iter().zip(0..);
        let listed = Listed::new(rows.map(|(popularity, rank)| Candidate {
            popularity,
            ..candidate(rank)
        }));
        let ranks: Vec<u64> = listed.candidates().iter().map(|it| it.rank).collect();
        assert_eq!(ranks, [2, 1, 3, 0]);
    }

    #[test]
    fn rows_of_a_recording_name_the_same_row() {
        let copy = Candidate {
            recording: candidate(0).recording,
            ..candidate(2)
        };
        let listed = Listed::new([candidate(0), candidate(1), copy]);
        assert_eq!(listed.columns.recording, [0, 1, 0]);
        let rows: Vec<u32> = listed.rows_of(candidate(0).recording).collect();
        assert_eq!(rows, [0, 2]);
    }
}
