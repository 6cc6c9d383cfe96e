//! What the tags of a file hold, name by name, before it is given a meaning.

use {
    crate::{cover::RawPicture, limits},
    lofty::{
        ape::ApeTag,
        config::{GlobalOptions, ParseOptions, ParsingMode, apply_global_options},
        error::FileParseError,
        file::AudioFile as _,
        flac::FlacFile,
        id3::v1::{GENRES, Id3v1Tag},
        id3::v2::{Frame, Id3v2Tag},
        iff::{
            aiff::{AiffFile, AiffTextChunks},
            wav::{RiffInfoList, WavFile},
        },
        mpeg::MpegFile,
        ogg::{OggPictureStorage, OpusFile, VorbisFile, tag::VorbisComments},
        tag::ItemValue,
    },
    longplay_model::Codec,
    std::io::{Read, Seek},
};

/// One tag: upper-case names with their texts, in the order of the file.
pub(crate) type Fields = Vec<(String, String)>;

/// All tags of a file, the one that is to be believed first in front.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Contents {
    pub(crate) tags: Vec<Fields>,
    pub(crate) pictures: Vec<RawPicture>,
}

/// How tags are parsed: as much as can be read, without the sound.
pub(crate) fn parse_options() -> ParseOptions {
    let mut options = ParseOptions::new();
    options
        .read_properties(false)
        .parsing_mode(ParsingMode::Relaxed)
        .max_junk_bytes(limits::LEADING_JUNK as usize);
    options
}

/// Raises the bound on one item of a tag to that of one picture. The setting
/// belongs to the thread.
pub(crate) fn allow_large_pictures() {
    let mut options = GlobalOptions::new();
    options
        .allocation_limit(2 * limits::PICTURE_BYTES)
        .use_custom_resolvers(false);
    apply_global_options(options);
}

/// Reads all tags of a file of a known codec.
pub(crate) fn read<R: Read + Seek>(file: &mut R, codec: Codec) -> Result<Contents, FileParseError> {
    allow_large_pictures();
    let options = parse_options();
    let mut contents = Contents::default();
    match codec {
        Codec::Flac => {
            let file = FlacFile::read_from(file, options)?;
            contents.pictures(file.pictures());
            contents.vorbis(file.vorbis_comments());
            contents.id3v2(file.id3v2());
        }
        Codec::Vorbis => {
            contents.vorbis(Some(
                VorbisFile::read_from(file, options)?.vorbis_comments(),
            ));
        }
        Codec::Opus => contents.vorbis(Some(OpusFile::read_from(file, options)?.vorbis_comments())),
        Codec::Mp3 => {
            let file = MpegFile::read_from(file, options)?;
            contents.id3v2(file.id3v2());
            contents.ape(file.ape());
            contents.id3v1(file.id3v1());
        }
        Codec::Wav => {
            let file = WavFile::read_from(file, options)?;
            contents.id3v2(file.id3v2());
            contents.riff(file.riff_info());
        }
        Codec::Aiff => {
            let file = AiffFile::read_from(file, options)?;
            contents.id3v2(file.id3v2());
            contents.aiff(file.text_chunks());
        }
    }
    Ok(contents)
}

impl Contents {
    fn pictures(
        &mut self,
        pictures: &[(lofty::picture::Picture, lofty::picture::PictureInformation)],
    ) {
        for (picture, _) in pictures {
            self.pictures.push(raw(picture));
        }
    }

    fn vorbis(&mut self, tag: Option<&VorbisComments>) {
        let Some(tag) = tag else { return };
        self.pictures(tag.pictures());
        let fields = tag.items().map(|(name, text)| field(name, text));
        self.tags.push(fields.collect());
    }

    fn id3v2(&mut self, tag: Option<&Id3v2Tag>) {
        let Some(tag) = tag else { return };
        let mut fields = Fields::new();
        for frame in tag {
            match frame {
                Frame::Picture(frame) => self.pictures.push(raw(&frame.picture)),
                frame => fields.extend(id3v2_field(frame)),
            }
        }
        let genres = tag.genres().into_iter().flatten();
        fields.extend(genres.map(|genre| field("TCON", genre)));
        self.tags.push(fields);
    }

    fn id3v1(&mut self, tag: Option<&Id3v1Tag>) {
        let Some(tag) = tag else { return };
        let genre = tag.genre.and_then(|genre| GENRES.get(usize::from(genre)));
        let texts = [
            ("TITLE", tag.title.clone()),
            ("ARTIST", tag.artist.clone()),
            ("ALBUM", tag.album.clone()),
            ("YEAR", tag.year.map(|year| format!("{year:04}"))),
            ("TRACK", tag.track_number.map(|number| number.to_string())),
            ("GENRE", genre.map(|genre| (*genre).to_owned())),
        ];
        let present = texts
            .into_iter()
            .filter_map(|(name, text)| Some(field(name, &text?)));
        self.tags.push(present.collect());
    }

    fn ape(&mut self, tag: Option<&ApeTag>) {
        let Some(tag) = tag else { return };
        let mut fields = Fields::new();
        for item in tag {
            match item.value() {
                ItemValue::Text(text) | ItemValue::Locator(text) => {
                    fields.extend(text.split('\0').map(|text| field(item.key(), text)));
                }
                ItemValue::Binary(bytes) => self.pictures.extend(ape_picture(item.key(), bytes)),
            }
        }
        self.tags.push(fields);
    }

    fn riff(&mut self, tag: Option<&RiffInfoList>) {
        let Some(tag) = tag else { return };
        let items = tag.into_iter().map(|(name, text)| field(name, text));
        self.tags.push(items.collect());
    }

    fn aiff(&mut self, tag: Option<&AiffTextChunks>) {
        let Some(tag) = tag else { return };
        let texts = [
            ("NAME", &tag.name),
            ("AUTH", &tag.author),
            ("(C) ", &tag.copyright),
        ];
        let present = texts
            .into_iter()
            .filter_map(|(name, text)| Some(field(name, text.as_ref()?)));
        self.tags.push(present.collect());
    }
}

fn raw(picture: &lofty::picture::Picture) -> RawPicture {
    RawPicture {
        kind: picture.pic_type().as_u8(),
        bytes: picture.data().to_vec(),
    }
}

/// An APE picture is a file name, a zero, and the picture.
fn ape_picture(key: &str, bytes: &[u8]) -> Option<RawPicture> {
    let kind = match key.to_ascii_lowercase().as_str() {
        "cover art (front)" => 3,
        key if key.starts_with("cover art") => 0,
        _ => return None,
    };
    let zero = bytes.iter().position(|byte| *byte == 0)?;
    let bytes = bytes[zero + 1..].to_vec();
    Some(RawPicture { kind, bytes })
}

fn id3v2_field(frame: &Frame<'_>) -> Fields {
    let id = frame.id().as_str();
    let texts = |name: &str, text: &str| text.split('\0').map(|text| field(name, text)).collect();
    match frame {
        // Genres are numbers in brackets as often as text: read apart.
        Frame::Text(_) if id == "TCON" => Fields::new(),
        Frame::Text(frame) => texts(id, &frame.value),
        Frame::UserText(frame) => texts(&frame.description, &frame.content),
        Frame::Url(frame) => texts(id, frame.url()),
        Frame::UserUrl(frame) => texts(&format!("WXXX:{}", frame.description), &frame.content),
        Frame::Timestamp(frame) => vec![field(id, &frame.timestamp.to_string())],
        Frame::UniqueFileIdentifier(frame) => {
            let text = String::from_utf8_lossy(&frame.identifier);
            vec![field(&format!("UFID:{}", frame.owner), &text)]
        }
        _ => Fields::new(),
    }
}

/// Name in upper case, text without white space around it and of bounded length.
fn field(name: &str, text: &str) -> (String, String) {
    let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\0');
    let mut end = text.len().min(limits::TEXT_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    (name.to_uppercase(), text[..end].to_owned())
}
