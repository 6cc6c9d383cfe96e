use {
    super::tables::Tables,
    crate::{
        error::Error,
        table::{Id, Key, table},
        tables::PopularityLine,
    },
    longplay_model::{Access, Candidate, CandidateFile, Codec, RecordingId, TrackId},
};

table! {
    /// What a candidate takes from `tracks`.
    TrackPart {
        track_id: Id,
        recording_id: Id,
        isrcs: Vec<String>,
        duration_ms: Option<u32>,
    }
}

table! {
    /// What a candidate takes from `rights`.
    RightsPart {
        access: String,
    }
}

table! {
    /// What a candidate takes from `files`.
    FilePart {
        row: u64,
        codec: String,
        bytes: u64,
    }
}

/// Reads four tables side by side: three have a row for every track, `files`
/// only for those that came from one.
pub(super) fn candidates(
    tables: &Tables,
) -> Result<impl Iterator<Item = Result<Candidate, Error>> + use<>, Error> {
    let tracks = tables.tracks.lines::<TrackPart>()?;
    let figures = tables.popularity.lines::<PopularityLine>()?;
    let rights = tables.rights.lines::<RightsPart>()?;
    let mut files = tables.files.lines::<FilePart>()?.peekable();
    let path = tables.files.path().to_owned();
    let lines = (0u64..).zip(tracks).zip(figures).zip(rights);
    Ok(lines.map(move |(((rank, track), figures), rights)| {
        let is_here = |file: &Result<FilePart, Error>| match file {
            Ok(file) => file.row == rank,
            Err(_) => true,
        };
        let file = files.next_if(is_here).transpose()?;
        let file = file.map(|file| candidate_file(&file)).transpose();
        let file = file.map_err(|what| Error::TableShape {
            path: path.clone(),
            what,
        })?;
        Ok(candidate(rank, track?, figures?, &rights?, file))
    }))
}

/// The candidate of one row; a page of each table is read.
pub(super) fn candidate_at(tables: &Tables, rank: u64) -> Result<Option<Candidate>, Error> {
    let (Some(track), Some(figures), Some(rights)) = (
        tables.tracks.line_at::<TrackPart>(rank)?,
        tables.popularity.line_at::<PopularityLine>(rank)?,
        tables.rights.line_at::<RightsPart>(rank)?,
    ) else {
        return Ok(None);
    };
    let files = tables.files.lines_with::<FilePart>("row", Key::Number(rank))?;
    let file = files.iter().find(|file| file.row == rank);
    let file = file.map(candidate_file).transpose();
    let file = file.map_err(|what| Error::TableShape {
        path: tables.files.path().into(),
        what,
    })?;
    Ok(Some(candidate(rank, track, figures, &rights, file)))
}

fn candidate(
    rank: u64,
    track: TrackPart,
    figures: PopularityLine,
    rights: &RightsPart,
    file: Option<CandidateFile>,
) -> Candidate {
    Candidate {
        track: TrackId::from_bytes(track.track_id.0),
        recording: RecordingId::from_bytes(track.recording_id.0),
        rank,
        popularity: figures.popularity.unwrap_or(0.0),
        is_rated: is_rated(&figures),
        listens: figures.listens_estimate,
        duration_ms: track.duration_ms,
        artist_popularity: figures.artist_popularity.unwrap_or(0.0),
        release_popularity: figures.release_popularity.unwrap_or(0.0),
        followers: figures.followers.unwrap_or(0),
        has_isrc: !track.isrcs.is_empty(),
        file,
        access: access_of(&rights.access),
    }
}

fn is_rated(figures: &PopularityLine) -> bool {
    let shares = [
        figures.popularity,
        figures.artist_popularity,
        figures.release_popularity,
    ];
    shares.iter().any(Option::is_some) || figures.listens.is_some() || figures.followers.is_some()
}

fn candidate_file(file: &FilePart) -> Result<CandidateFile, &'static str> {
    Ok(CandidateFile {
        codec: codec_of(&file.codec).ok_or("codecs that are known")?,
        bytes: file.bytes,
    })
}

/// What is not known is dark.
pub(super) fn access_of(text: &str) -> Access {
    text.parse().unwrap_or_default()
}

pub(super) fn codec_of(name: &str) -> Option<Codec> {
    Codec::ALL.into_iter().find(|codec| codec.name() == name)
}
