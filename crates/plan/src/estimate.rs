use longplay_model::{Candidate, CandidateFile, Form};

/// How many bytes the archive may hold, and how many of them are recovery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Packs and recovery packs together.
    pub bytes: u64,
    /// Packs of a stripe.
    pub k: u8,
    /// Recovery packs of a stripe.
    pub m: u8,
}

/// Ogg Opus at 75 kbit/s.
const ACCESS_BYTES_PER_S: u64 = 75_000 / 8;
/// Headers and tags of an Ogg Opus file.
const ACCESS_HEADERS: u64 = 2_048;
/// Ogg Vorbis at 160 kbit/s: what a published original mostly is.
const ORIGINAL_BYTES_PER_S: u64 = 160_000 / 8;
/// 44,100 Hz, 16 bits, two channels, brought to 60 % by FLAC.
const LOSSLESS_BYTES_PER_S: u64 = 176_400 * 60 / 100;
/// What FLAC leaves of a WAV or AIFF file, in percent.
const FLAC_PERCENT: u64 = 60;
/// The mean of a large catalog, for rows without a duration.
const MEAN_DURATION_MS: u32 = 200_000;

const TAR_BLOCK: u64 = 512;
/// One header, and a pax header of two blocks, which most paths need.
const TAR_HEADERS: u64 = 3 * TAR_BLOCK;
/// The member's line in the pack's own index.
const INDEX_LINE: u64 = 640;

/// What the bytes of a copy follow from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sound {
    /// 0 where it is not known.
    pub(crate) duration_ms: u32,
    pub(crate) file: Option<CandidateFile>,
}

impl Sound {
    pub(crate) fn of(candidate: &Candidate) -> Self {
        Self {
            duration_ms: candidate.duration_ms.unwrap_or(0),
            file: candidate.file,
        }
    }

    /// What [`choose_form`] says.
    #[inline]
    pub(crate) fn choose_form(self, wanted: Form) -> Form {
        let Some(file) = self.file else {
            return wanted;
        };
        let original = match wanted {
            Form::Original => true,
            Form::Lossless => !becomes_flac(&file),
            Form::Access => file.bytes <= self.access_bytes(),
        };
        if original { Form::Original } else { wanted }
    }

    /// What [`estimate_file_bytes`] says.
    #[inline]
    fn file_bytes(self, form: Form) -> u64 {
        match (form, self.file) {
            (Form::Access, _) => self.access_bytes(),
            (Form::Original, Some(file)) => file.bytes,
            (Form::Original, None) => self.lasting(ORIGINAL_BYTES_PER_S),
            (Form::Lossless, Some(file)) if becomes_flac(&file) => {
                percent(file.bytes, FLAC_PERCENT)
            }
            (Form::Lossless, Some(file)) => file.bytes,
            (Form::Lossless, None) => self.lasting(LOSSLESS_BYTES_PER_S),
        }
    }

    /// Blocks of a tar file that the form's file takes; 2 TB are the most that
    /// is told.
    #[inline]
    pub(crate) fn blocks(self, form: Form) -> u32 {
        let blocks = self.file_bytes(form).div_ceil(TAR_BLOCK);
        u32::try_from(blocks).unwrap_or(u32::MAX)
    }

    fn access_bytes(self) -> u64 {
        self.lasting(ACCESS_BYTES_PER_S) + ACCESS_HEADERS
    }

    #[inline]
    fn lasting(self, bytes_per_s: u64) -> u64 {
        let ms = match self.duration_ms {
            0 => MEAN_DURATION_MS,
            ms => ms,
        };
        (u64::from(ms) * bytes_per_s).div_ceil(1000)
    }
}

impl Budget {
    /// Bytes in packs and recovery packs of a file of so many tar blocks.
    #[inline]
    pub(crate) fn bytes_of(&self, blocks: u32) -> u64 {
        let k = u64::from(self.k.max(1));
        let member = u64::from(blocks) * TAR_BLOCK + TAR_HEADERS + INDEX_LINE;
        (member * (k + u64::from(self.m))).div_ceil(k)
    }
}

/// Bytes that `form` of this candidate takes in packs and recovery packs.
///
/// The file's bytes, rounded up to tar blocks, with tar headers (1,536) and a
/// line in the index (640), times (k + m) / k. Not counted: the padding of
/// each pack to a torrent piece, leaf hashes (0.2 %), kits, covers. A file of
/// more than 2 TB counts as 2 TB.
pub fn estimate_bytes(form: Form, candidate: &Candidate, budget: &Budget) -> u64 {
    budget.bytes_of(Sound::of(candidate).blocks(form))
}

/// Bytes of the file alone: exact for a known original, otherwise from
/// the duration at a typical bit rate.
pub fn estimate_file_bytes(form: Form, candidate: &Candidate) -> u64 {
    Sound::of(candidate).file_bytes(form)
}

/// The form that is made when the policy wants `wanted`.
///
/// Where the file is known: `lossless` is made only from WAV and AIFF (of
/// FLAC and of lossy files the original is kept), and `access` only where it
/// is smaller than the file itself.
pub fn choose_form(wanted: Form, candidate: &Candidate) -> Form {
    Sound::of(candidate).choose_form(wanted)
}

fn becomes_flac(file: &CandidateFile) -> bool {
    file.codec.is_lossless() && file.codec != longplay_model::Codec::Flac
}

fn percent(bytes: u64, percent: u64) -> u64 {
    u64::try_from(u128::from(bytes) * u128::from(percent) / 100)
        .expect("less than the bytes themselves")
}

#[cfg(test)]
mod tests {
    use {super::*, crate::listed::tests::candidate, longplay_model::Codec};

    const PLAIN: Budget = Budget {
        bytes: 0,
        k: 20,
        m: 4,
    };

    #[test]
    fn means_agree_with_the_published_means() {
        let row = candidate(0);
        let original = estimate_file_bytes(Form::Original, &row) as f64;
        let access = estimate_file_bytes(Form::Access, &row) as f64;
        assert!((original / 4.0e6 - 1.0).abs() < 0.01);
        assert!((access / 1.8e6 - 1.0).abs() < 0.06);
    }

    #[test]
    fn a_known_original_counts_exactly() {
        let mut row = candidate(0);
        row.file = Some(CandidateFile {
            codec: Codec::Flac,
            bytes: 513,
        });
        assert_eq!(estimate_file_bytes(Form::Original, &row), 513);
        let packed = 1024 + 1536 + 640;
        assert_eq!(
            estimate_bytes(Form::Original, &row, &PLAIN),
            packed * 24 / 20
        );
    }

    #[test]
    fn a_form_is_made_only_where_it_makes_sense() {
        for (codec, bytes, wanted, made) in [
            (Codec::Wav, 9_000_000, Form::Lossless, Form::Lossless),
            (Codec::Flac, 9_000_000, Form::Lossless, Form::Original),
            (Codec::Mp3, 9_000_000, Form::Lossless, Form::Original),
            (Codec::Mp3, 9_000_000, Form::Access, Form::Access),
            (Codec::Opus, 1_000_000, Form::Access, Form::Original),
            (Codec::Wav, 9_000_000, Form::Original, Form::Original),
        ] {
            let mut row = candidate(0);
            row.file = Some(CandidateFile { codec, bytes });
            assert_eq!(choose_form(wanted, &row), made, "{wanted} of {codec}");
        }
    }

    #[test]
    fn absurd_sizes_do_not_overflow() {
        let mut row = candidate(0);
        row.duration_ms = Some(u32::MAX);
        row.file = Some(CandidateFile {
            codec: Codec::Wav,
            bytes: u64::MAX,
        });
        for form in Form::ALL {
            let none = Budget {
                bytes: 0,
                k: 0,
                m: 255,
            };
            assert!(estimate_bytes(form, &row, &none) > 0);
        }
    }
}
