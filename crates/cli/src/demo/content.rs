//! Music that belongs to nobody: a synthetic catalog and short recordings of
//! some of its tracks, made anew from a seed.

use {
    anyhow::{Context, Result},
    longplay_catalog::synthetic,
    longplay_media::{
        Picture, Tags,
        synth::{self, CoverFormat},
    },
    longplay_model::{Codec, Monitor, TrackRecord, Unit, portable_component},
    std::{
        collections::BTreeMap,
        fs,
        io::{BufWriter, Write},
        path::Path,
    },
};

/// What the demo works on.
pub struct Content {
    pub recordings: usize,
    /// ISRC of a popular recording among them.
    pub isrc: String,
}

pub const TRACKS: u64 = 20_000;
const RECORDINGS: usize = 64;
const SEED: u64 = 1877;
const CC0: &str = "https://creativecommons.org/publicdomain/zero/1.0/";

/// Every so many recordings come without a rights statement.
const DARK_EVERY: usize = 16;
/// Every so many recordings are of a track that nobody was seen to play.
const TAIL_EVERY: usize = 5;

/// Of so many tail tracks by known artists, one is recorded.
const TAIL_SPREAD: usize = 100;

const CODECS: [Codec; 5] = [
    Codec::Flac,
    Codec::Vorbis,
    Codec::Wav,
    Codec::Opus,
    Codec::Aiff,
];

/// Writes the content below `folder`.
pub fn make(folder: &Path, monitor: &dyn Monitor) -> Result<Content> {
    let mut catalog: Vec<TrackRecord> = synthetic::records(TRACKS, SEED).collect();
    let chosen = choose(&catalog);
    shorten(&mut catalog, &chosen);
    let records = folder.join("tracks.jsonl");
    write_records(&records, &catalog)?;
    let music = folder.join("music");
    monitor.begin("composing", Some(chosen.len() as u64), Unit::Items);
    for (number, &at) in chosen.iter().enumerate() {
        record(&music, number, &catalog[at])?;
        monitor.advance(1);
    }
    Ok(Content {
        recordings: chosen.len(),
        isrc: fetchable(&catalog, &chosen),
    })
}

/// The code of the second recording: open, and with an ISRC of its own.
fn fetchable(catalog: &[TrackRecord], chosen: &[usize]) -> String {
    let codes = chosen
        .iter()
        .skip(1)
        .filter_map(|&at| catalog[at].isrcs.first());
    codes.map(ToString::to_string).next().unwrap_or_default()
}

/// Gives the recorded tracks, and all that share a code with them, the length
/// of their recording.
fn shorten(catalog: &mut [TrackRecord], chosen: &[usize]) {
    let mut lengths = BTreeMap::new();
    for (number, &at) in chosen.iter().enumerate() {
        catalog[at].duration_ms = Some(duration_ms(number));
        let codes = catalog[at].isrcs.iter();
        lengths.extend(codes.map(|isrc| (*isrc, duration_ms(number))));
    }
    for track in catalog {
        let length = track.isrcs.iter().find_map(|isrc| lengths.get(isrc));
        track.duration_ms = length.copied().or(track.duration_ms);
    }
}

/// Places in the catalog of the tracks that are recorded: spread over the
/// popular ones, and some of popularity 0 by artists that are known.
fn choose(catalog: &[TrackRecord]) -> Vec<usize> {
    let is_popular = |at: &usize| catalog[*at].popularity.unwrap_or(0.0) > 0.0;
    let (popular, mut tail): (Vec<usize>, Vec<usize>) = (0..catalog.len()).partition(is_popular);
    let tail_count = RECORDINGS / TAIL_EVERY;
    tail.sort_by(|a, b| fame(&catalog[*b]).total_cmp(&fame(&catalog[*a])));
    tail.truncate(tail_count * TAIL_SPREAD);
    spread(&popular, RECORDINGS - tail_count)
        .chain(spread(&tail, tail_count))
        .collect()
}

fn fame(track: &TrackRecord) -> f32 {
    let artists = track
        .artists
        .0
        .iter()
        .filter_map(|artist| artist.popularity);
    artists.fold(0.0, f32::max) + track.release_popularity.unwrap_or(0.0)
}

fn spread(places: &[usize], count: usize) -> impl Iterator<Item = usize> {
    (0..count.min(places.len())).map(move |n| places[n * places.len() / count])
}

/// 3 to 6.5 seconds.
fn duration_ms(number: usize) -> u32 {
    3_000 + 500 * (number as u32 % 8)
}

fn write_records(path: &Path, catalog: &[TrackRecord]) -> Result<()> {
    let mut file = BufWriter::new(fs::File::create(path)?);
    for record in catalog {
        serde_json::to_writer(&mut file, record)?;
        file.write_all(b"\n")?;
    }
    Ok(file.flush()?)
}

fn record(music: &Path, number: usize, track: &TrackRecord) -> Result<()> {
    let codec = CODECS[number % CODECS.len()];
    let artist = track.artists.to_string();
    let release = track
        .release
        .clone()
        .unwrap_or_else(|| "Singles".to_owned());
    let folder = music
        .join(portable_component(&artist))
        .join(portable_component(&release));
    fs::create_dir_all(&folder)?;
    let name = format!("{:02} {}.{}", number + 1, track.title, codec.extension());
    let path = folder.join(portable_component(&name));
    let seconds = duration_ms(number) as f32 / 1_000.0;
    let pcm = synth::compose(SEED + number as u64, seconds, 44_100, 2);
    let cover = cover(number);
    synth::write(&path, codec, &pcm, &tags(number, track), Some(&cover))
        .with_context(|| format!("could not record {}", path.display()))
}

fn cover(number: usize) -> Picture {
    let format = if number.is_multiple_of(2) {
        CoverFormat::Png
    } else {
        CoverFormat::Jpeg
    };
    synth::cover(SEED + number as u64, 240, 240, format)
}

fn tags(number: usize, track: &TrackRecord) -> Tags {
    let is_dark = number % DARK_EVERY == DARK_EVERY - 1;
    Tags {
        title: Some(track.title.clone()),
        artist: Some(track.artists.to_string()),
        release: track.release.clone(),
        release_artist: track.release_artists.as_ref().map(ToString::to_string),
        date: track.release_date.map(|date| date.to_string()),
        disc: track.disc,
        position: track.position,
        isrcs: track.isrcs.iter().map(ToString::to_string).collect(),
        rights: (!is_dark)
            .then(|| ("LICENSE".to_owned(), CC0.to_owned()))
            .into_iter()
            .collect(),
        ..Tags::default()
    }
}
