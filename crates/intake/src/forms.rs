//! Making the form that the plan chose.

use {
    longplay_media::{Encoded, Inspection, Tags, encode_access, encode_lossless},
    longplay_model::{
        Access, Candidate, CandidateFile, Codec, Digest, Form, PlanRow, Receipt, RecordingId,
        TrackId,
    },
    longplay_plan::choose_form,
    longplay_store::{BlobWriter, Staging, disk::Location},
    std::path::Path,
};

/// A blob of the chosen form, durable in staging, and what it holds.
#[derive(Debug)]
pub(crate) struct Made {
    pub(crate) form: Form,
    pub(crate) blob: Digest,
    pub(crate) bytes: u64,
    pub(crate) codec: Codec,
    pub(crate) duration_ms: u32,
    pub(crate) sample_rate_hz: u32,
    pub(crate) channels: u16,
    pub(crate) bit_rate: u32,
    pub(crate) encoder: Option<String>,
}

/// Why the form was not made.
#[derive(Debug)]
pub(crate) enum NotMade {
    Encoding(longplay_media::Error),
    Store(longplay_store::Error),
}

/// The file as received, as far as the choice of a form needs it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Received {
    pub(crate) codec: Codec,
    pub(crate) bytes: u64,
    pub(crate) duration_ms: u32,
}

/// The form that this file gets when the plan's row wants `wanted`: by the
/// rule of the plan, now that the file is known.
pub(crate) fn form_of(wanted: Form, row: &PlanRow, file: Received) -> Form {
    choose_form(wanted, &candidate(row.track, row.recording, file))
}

/// Whether the receipt's form is the one that the plan now wants.
pub(crate) fn is_wanted(wanted: Form, receipt: &Receipt) -> bool {
    let file = Received {
        codec: receipt.codec,
        bytes: receipt.source_bytes,
        duration_ms: receipt.duration_ms,
    };
    match receipt.form {
        // The blob is the file as received, so the rule can be asked again.
        Form::Original => {
            let candidate = candidate(receipt.track, receipt.recording, file);
            choose_form(wanted, &candidate) == Form::Original
        }
        made => made == wanted,
    }
}

fn candidate(track: TrackId, recording: RecordingId, file: Received) -> Candidate {
    Candidate {
        track,
        recording,
        rank: 0,
        popularity: 0.0,
        is_rated: false,
        listens: 0.0,
        duration_ms: Some(file.duration_ms),
        artist_popularity: 0.0,
        release_popularity: 0.0,
        followers: 0,
        has_isrc: false,
        file: Some(CandidateFile {
            codec: file.codec,
            bytes: file.bytes,
        }),
        access: Access::Dark,
    }
}

/// Finishes the copy as the original, or makes another form from it.
pub(crate) fn make(
    form: Form,
    copy: BlobWriter,
    inspection: &Inspection,
    staging: &Staging,
) -> Result<Made, NotMade> {
    match form {
        Form::Original => keep(copy, inspection),
        Form::Access => encode(form, Codec::Opus, &copy, inspection, staging),
        Form::Lossless => encode(form, Codec::Flac, &copy, inspection, staging),
    }
}

fn keep(copy: BlobWriter, inspection: &Inspection) -> Result<Made, NotMade> {
    let (blob, bytes) = copy.finish().map_err(NotMade::Store)?;
    Ok(Made {
        form: Form::Original,
        blob,
        bytes,
        codec: inspection.codec,
        duration_ms: inspection.duration_ms,
        sample_rate_hz: inspection.sample_rate_hz,
        channels: inspection.channels,
        bit_rate: inspection.bit_rate,
        encoder: None,
    })
}

fn encode(
    form: Form,
    codec: Codec,
    copy: &BlobWriter,
    inspection: &Inspection,
    staging: &Staging,
) -> Result<Made, NotMade> {
    let mut writer = staging.create().map_err(NotMade::Store)?;
    let copied = copy.to_local().map_err(NotMade::Store)?;
    let encoded = write_form(form, &copied, &mut writer, &inspection.tags)
        .map_err(|error| not_encoded(error, writer.location()))?;
    let (blob, bytes) = writer.finish().map_err(NotMade::Store)?;
    Ok(Made {
        form,
        blob,
        bytes,
        codec,
        duration_ms: encoded.duration_ms,
        sample_rate_hz: encoded.sample_rate_hz,
        channels: encoded.channels,
        bit_rate: bit_rate(bytes, encoded.duration_ms),
        encoder: Some(encoded.encoder),
    })
}

fn write_form(
    form: Form,
    input: &Path,
    writer: &mut BlobWriter,
    tags: &Tags,
) -> Result<Encoded, longplay_media::Error> {
    match form {
        Form::Lossless => encode_lossless(input, writer, tags),
        Form::Access | Form::Original => encode_access(input, writer, tags),
    }
}

/// A write that failed is the store's to tell: the disk may be full.
fn not_encoded(error: longplay_media::Error, blob: &Location) -> NotMade {
    match error {
        longplay_media::Error::Write { source } => {
            NotMade::Store(longplay_store::Error::write(blob, source))
        }
        error => NotMade::Encoding(error),
    }
}

fn bit_rate(bytes: u64, duration_ms: u32) -> u32 {
    let bits = u128::from(bytes) * 8 * 1000;
    u32::try_from(bits / u128::from(duration_ms.max(1))).unwrap_or(u32::MAX)
}
