//! Tags as Vorbis comments: the header of FLAC, Ogg Vorbis and Ogg Opus.

use crate::tags::Tags;

/// `NAME`, text, in a fixed order.
pub(crate) fn comments(tags: &Tags) -> Vec<(String, String)> {
    let number = |number: Option<u32>| number.map(|number| number.to_string());
    let single = [
        ("TITLE", tags.title.clone()),
        ("ARTIST", tags.artist.clone()),
        ("ALBUM", tags.release.clone()),
        ("ALBUMARTIST", tags.release_artist.clone()),
        ("DATE", tags.date.clone()),
        ("DISCNUMBER", number(tags.disc)),
        ("TRACKNUMBER", number(tags.position)),
        ("MUSICBRAINZ_TRACKID", tags.recording_mbid.clone()),
        ("LABEL", tags.label.clone()),
        ("BARCODE", tags.barcode.clone()),
    ];
    let single = single
        .into_iter()
        .filter_map(|(name, text)| Some((name.to_owned(), text?)));
    let isrcs = tags
        .isrcs
        .iter()
        .map(|isrc| ("ISRC".to_owned(), isrc.clone()));
    let genres = tags
        .genres
        .iter()
        .map(|genre| ("GENRE".to_owned(), genre.clone()));
    let rights = tags
        .rights
        .iter()
        .map(|(name, text)| (rights_name(name).to_owned(), text.clone()));
    single.chain(isrcs).chain(genres).chain(rights).collect()
}

/// The name under which players look for what ID3, RIFF and AIFF call otherwise.
fn rights_name(name: &str) -> &'static str {
    match name {
        "TCOP" | "ICOP" | "(C) " | "COPYRIGHT" => "COPYRIGHT",
        "RIGHTS" => "RIGHTS",
        name if name.contains("COPYRIGHT") => "COPYRIGHT",
        "USAGE TERMS" => "RIGHTS",
        _ => "LICENSE",
    }
}

/// The comment header of the Vorbis I specification §5.2.1, without the
/// framing bit: vendor, count, then each comment, lengths before texts.
pub(crate) fn packet(vendor: &str, comments: &[(String, String)]) -> Vec<u8> {
    let mut packet = Vec::new();
    text(&mut packet, vendor);
    packet.extend((comments.len() as u32).to_le_bytes());
    for (name, value) in comments {
        text(&mut packet, &format!("{name}={value}"));
    }
    packet
}

fn text(packet: &mut Vec<u8>, text: &str) {
    packet.extend((text.len() as u32).to_le_bytes());
    packet.extend(text.as_bytes());
}
