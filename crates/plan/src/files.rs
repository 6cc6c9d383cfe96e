use {
    crate::estimate::Sound,
    longplay_model::{CandidateBatch, CandidateFile},
};

/// The files of a catalog, by recording: rows of one recording share its file,
/// whichever of them is kept. 24 bytes a file.
#[derive(Debug, Default)]
pub(crate) struct Files(Vec<File>);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct File {
    recording: u32,
    bytes: u64,
    codec: longplay_model::Codec,
    duration_ms: u32,
}

impl Files {
    /// Notes the files of a batch; `recording` tells the row that stands for
    /// the recording of a row.
    pub(crate) fn take(&mut self, batch: &CandidateBatch, rows: u32) {
        for (row, file) in &batch.files {
            let at = row.checked_sub(batch.first_row).map(|at| at as usize);
            let Some(at) = at.filter(|_| *row < rows) else {
                continue;
            };
            let told = batch.recording.get(at).copied().unwrap_or(*row);
            self.0.push(File {
                recording: if told < rows { told } else { *row },
                bytes: file.bytes,
                codec: file.codec,
                duration_ms: batch.duration_ms.get(at).copied().unwrap_or(0),
            });
        }
    }

    /// Recordings with the file that counts, ascending: of several the
    /// largest, so that estimates are not exceeded.
    pub(crate) fn finish(mut self) -> impl Iterator<Item = (u32, Sound)> {
        self.0.sort_unstable();
        let mut files = self.0.into_iter().peekable();
        std::iter::from_fn(move || {
            let mut file = files.next()?;
            while let Some(larger) = files.next_if(|next| next.recording == file.recording) {
                file = larger;
            }
            let sound = Sound {
                duration_ms: file.duration_ms,
                file: Some(CandidateFile {
                    codec: file.codec,
                    bytes: file.bytes,
                }),
            };
            Some((file.recording, sound))
        })
    }
}
