use {
    super::{
        seen::{Audio, Looked, Seen},
        walk::Found,
    },
    crate::{
        row::{CollectionFile, CoverFacts},
        sources::audio::AudioLine,
    },
    longplay_media::{Inspection, Tags},
    longplay_model::{
        ArtistCredit, Codec, Digest, Finding, FindingCode, Monitor, PartialDate, RightsFile,
        RightsStatement, TrackRecord, choose_rights,
    },
    sha2::{Digest as _, Sha256},
    std::{
        fs::{self, File},
        io::{self, Read},
        path::Path,
    },
};

/// The line of one file; none for what is no audio or cannot be read.
pub(super) fn describe(
    found: &Found,
    seen: &mut Seen,
    rights: Option<&RightsFile>,
    given: Option<&RightsStatement>,
    monitor: &dyn Monitor,
) -> Option<AudioLine> {
    let refuse = |code, seen: String| monitor.finding(Finding::new(code, &found.name, seen));
    let advance = |bytes| monitor.advance(bytes);
    let looked = seen.file(found, advance, |known| look(&found.path, known, monitor));
    let (audio, bytes, sha256) = match looked {
        Ok(Looked::Audio {
            audio,
            bytes,
            sha256,
        }) => (audio, bytes, sha256),
        Ok(Looked::Other(reason)) => {
            if claims_to_be_audio(&found.name) {
                refuse(FindingCode::C012, reason);
            }
            return None;
        }
        Err(error) => {
            refuse(FindingCode::C008, error.to_string());
            return None;
        }
    };
    if let Some(error) = &audio.tag_error {
        refuse(FindingCode::C006, error.clone());
    }
    let chosen = choose_rights(&found.name, &audio.tags.rights, rights, given);
    if let Some(malformed) = chosen.malformed {
        let finding = Finding::new(FindingCode::C011, &found.name, malformed.seen);
        monitor.finding(finding.at(malformed.place));
    }
    let record = record(found, &audio, &sha256, chosen.statement, monitor);
    Some(AudioLine {
        record,
        file: CollectionFile {
            path: found.name.clone(),
            codec: audio.codec,
            bytes,
            sha256,
        },
        access: Some(chosen.access),
        cover: audio.cover,
        tags: raw_tags(audio.tags),
    })
}

/// Reads the tags of a file, and all of it where its digest is not known.
fn look(path: &Path, known: Option<Digest>, monitor: &dyn Monitor) -> io::Result<Looked> {
    let inspection = match longplay_media::inspect(path) {
        Ok(inspection) => inspection,
        Err(longplay_media::Error::Read { source, .. }) => return Err(source),
        Err(error) => return Ok(Looked::Other(reason(&error))),
    };
    let (bytes, sha256) = match known {
        None => digest(path, monitor)?,
        Some(sha256) => {
            let bytes = fs::metadata(path)?.len();
            monitor.advance(bytes);
            (bytes, sha256)
        }
    };
    let audio = Audio {
        codec: inspection.codec,
        duration_ms: inspection.duration_ms,
        cover: cover(&inspection),
        tags: inspection.tags,
        tag_error: inspection.tag_error,
    };
    Ok(Looked::Audio {
        audio: Box::new(audio),
        bytes,
        sha256,
    })
}

/// The error with its causes, without the path, which the finding names.
fn reason(error: &longplay_media::Error) -> String {
    let cause = std::error::Error::source(error).map(ToString::to_string);
    match error {
        longplay_media::Error::Empty { .. } => "the file is empty".into(),
        longplay_media::Error::NotAudio { .. } => "the content is no audio that is known".into(),
        other => cause.unwrap_or_else(|| other.to_string()),
    }
}

fn claims_to_be_audio(name: &str) -> bool {
    const OTHER: [&str; 8] = ["oga", "wave", "aif", "aifc", "m4a", "wma", "ape", "wv"];
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    let extension = extension.to_ascii_lowercase();
    let known = Codec::ALL.map(Codec::extension);
    known.contains(&extension.as_str()) || OTHER.contains(&extension.as_str())
}

fn digest(path: &Path, monitor: &dyn Monitor) -> io::Result<(u64, Digest)> {
    let mut file = File::open(path)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 17];
    let mut bytes = 0;
    loop {
        let read = match file.read(&mut buffer) {
            Ok(0) => return Ok((bytes, hasher.into())),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            other => other?,
        };
        hasher.update(&buffer[..read]);
        bytes += read as u64;
        monitor.advance(read as u64);
    }
}

fn record(
    found: &Found,
    audio: &Audio,
    sha256: &Digest,
    rights: Option<RightsStatement>,
    monitor: &dyn Monitor,
) -> TrackRecord {
    let tags = &audio.tags;
    let credit = |name: &Option<String>| name.as_ref().map(ArtistCredit::single);
    TrackRecord {
        id: sha256.to_string(),
        title: tags.title.clone().unwrap_or_else(|| stem(&found.name)),
        artists: credit(&tags.artist).unwrap_or_default(),
        recording_mbid: valid(
            &found.name,
            "recording id",
            tags.recording_mbid.iter(),
            monitor,
        )
        .pop(),
        isrcs: valid(&found.name, "ISRC", tags.isrcs.iter(), monitor),
        duration_ms: Some(audio.duration_ms).filter(|ms| *ms > 0),
        release_id: None,
        release: tags.release.clone(),
        release_artists: credit(&tags.release_artist),
        release_date: tags.date.as_deref().and_then(date),
        gtin: tags.barcode.as_deref().and_then(gtin),
        label: tags.label.clone(),
        disc: tags.disc.filter(|disc| *disc > 0),
        position: tags.position.filter(|position| *position > 0),
        genres: tags.genres.clone(),
        language: None,
        explicit: None,
        popularity: None,
        listens: None,
        popularity_at: None,
        release_popularity: None,
        rights,
        synthetic: false,
    }
}

/// Barcodes in tags are as printed; only a GTIN is taken.
fn gtin(barcode: &str) -> Option<String> {
    Some(barcode.replace([' ', '-'], "")).filter(|digits| crate::sources::is_gtin(digits))
}

/// The file's name without its extension: what untagged files are called.
fn stem(name: &str) -> String {
    let name = name.rsplit_once('/').map_or(name, |(_, name)| name);
    match name.rsplit_once('.') {
        Some((stem, _)) if !stem.is_empty() => stem.into(),
        _ => name.into(),
    }
}

/// The texts that parse, in order and once each; the others are told.
fn valid<'a, T>(
    name: &str,
    what: &str,
    texts: impl Iterator<Item = &'a String>,
    monitor: &dyn Monitor,
) -> Vec<T>
where
    T: std::str::FromStr<Err: ToString> + PartialEq,
{
    let mut values = Vec::new();
    for text in texts {
        match text.trim().parse::<T>() {
            Ok(value) if values.contains(&value) => {}
            Ok(value) => values.push(value),
            Err(error) => monitor.finding(
                Finding::new(FindingCode::C003, name, error.to_string()).at(format!("tag {what}")),
            ),
        }
    }
    values
}

/// `1969-09-26T00:00:00`, `1969-09-00`, `1969`: as much of it as is a date.
fn date(text: &str) -> Option<PartialDate> {
    let text = text.trim();
    [10, 7, 4]
        .into_iter()
        .filter_map(|length| text.get(..length))
        .find_map(|head| head.parse().ok())
}

fn cover(inspection: &Inspection) -> Option<CoverFacts> {
    let cover = inspection.cover.as_ref()?;
    Some(CoverFacts {
        media_type: cover.media_type.clone(),
        width: cover.width,
        height: cover.height,
        bytes: cover.bytes.len() as u64,
        sha256: Digest::of(&cover.bytes),
    })
}

/// Texts that the record keeps in another shape, or not at all.
fn raw_tags(tags: Tags) -> Vec<(String, String)> {
    let named = [("DATE", tags.date), ("BARCODE", tags.barcode)];
    let named = named
        .into_iter()
        .filter_map(|(name, text)| Some((name.to_owned(), text?)));
    named.chain(tags.rights).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_much_of_a_date_as_there_is() {
        for (text, date_text) in [
            ("1969-09-26T12:00:00Z", Some("1969-09-26")),
            ("1969-09-00", Some("1969-09")),
            ("1969-13-01", Some("1969")),
            ("1969", Some("1969")),
            ("69", None),
            ("September", None),
            ("éééé", None),
        ] {
            assert_eq!(
                date(text).map(|date| date.to_string()).as_deref(),
                date_text
            );
        }
    }

    #[test]
    fn untagged_files_are_called_by_their_name() {
        for (name, title) in [("a/b.c.flac", "b.c"), ("x", "x"), ("a/.flac", ".flac")] {
            assert_eq!(stem(name), title);
        }
    }
}
