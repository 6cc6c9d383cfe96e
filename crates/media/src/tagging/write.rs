//! Tags into a file, whose sound stays as it is.

use {
    super::{comments::comments, fields},
    crate::{
        error::Error,
        replace::{create, replace},
        sniff::sniff,
        tags::{Picture, Tags},
        trouble::contained,
        window::Window,
    },
    lofty::{
        TextEncoding,
        config::WriteOptions,
        error::{FileEncodingError, FileParseError},
        file::AudioFile as _,
        flac::FlacFile,
        id3::v2::{
            AttachedPictureFrame, ExtendedTextFrame, Frame, FrameId, Id3v2Tag,
            TextInformationFrame, UniqueFileIdentifierFrame, UrlLinkFrame,
        },
        iff::{aiff::AiffFile, wav::WavFile},
        mpeg::MpegFile,
        ogg::{OggPictureStorage as _, OpusFile, VorbisFile, tag::VorbisComments},
        picture::{MimeType, Picture as LoftyPicture, PictureInformation, PictureType},
        tag::TagExt as _,
    },
    longplay_model::Codec,
    std::{
        borrow::Cow,
        fs::{self, File, OpenOptions},
        io::{BufReader, Seek as _},
        path::Path,
    },
};

/// Writes tags, and the cover if there is one, into a sound file: Vorbis
/// comments into FLAC and Ogg, ID3v2.4 into MP3, WAVE and AIFF.
///
/// What `tags` leaves out and other tags stay as they are; a cover replaces the
/// front cover. The file is replaced as a whole: it is never seen half written.
///
/// # Errors
/// As [`crate::inspect`] for a file that is no sound; [`Error::ReadTags`] if the
/// tags that are there cannot be parsed, [`Error::Tags`] and [`Error::Create`]
/// if the new ones cannot be written.
pub fn write_tags(path: &Path, tags: &Tags, cover: Option<&Picture>) -> Result<(), Error> {
    let codec = codec_of(path)?;
    replace(path, |partial| {
        copy(path, partial)?;
        tag_in_place(partial, codec, tags, cover)
    })
}

fn codec_of(path: &Path) -> Result<Codec, Error> {
    contained(|| sniff(&mut Window::open(path)?)).map_err(|trouble| trouble.at(path))
}

/// Without the permissions of the original, which may forbid writing.
fn copy(path: &Path, to: &Path) -> Result<(), Error> {
    let read = |source| {
        let path = path.to_path_buf();
        Error::Read { path, source }
    };
    let mut from = File::open(path).map_err(read)?;
    let mut file = File::create(to).map_err(|source| create(path, source))?;
    std::io::copy(&mut from, &mut file).map_err(|source| create(path, source))?;
    let permissions = from.metadata().map_err(read)?.permissions();
    if !permissions.readonly() {
        fs::set_permissions(to, permissions).map_err(|source| create(path, source))?;
    }
    Ok(())
}

/// Tags a file that nobody else sees yet.
pub(crate) fn tag_in_place(
    path: &Path,
    codec: Codec,
    tags: &Tags,
    cover: Option<&Picture>,
) -> Result<(), Error> {
    fields::allow_large_pictures();
    match codec {
        Codec::Flac | Codec::Vorbis | Codec::Opus => write_comments(path, codec, tags, cover),
        Codec::Mp3 | Codec::Wav | Codec::Aiff => write_id3v2(path, codec, tags, cover),
    }
}

type Reader = BufReader<File>;

fn parse<T>(
    path: &Path,
    read: impl FnOnce(&mut Reader) -> Result<T, FileParseError>,
) -> Result<T, Error> {
    let open = File::open(path).map_err(|source| create(path, source))?;
    read(&mut BufReader::new(open)).map_err(|source| Error::ReadTags {
        path: path.to_path_buf(),
        source,
    })
}

fn save(
    path: &Path,
    write: impl FnOnce(&mut File) -> Result<(), FileEncodingError>,
) -> Result<(), Error> {
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .open(path)
        .map_err(|source| create(path, source))?;
    file.rewind().map_err(|source| create(path, source))?;
    write(&mut file).map_err(|source| Error::Tags {
        path: path.to_path_buf(),
        source,
    })
}

fn write_comments(
    path: &Path,
    codec: Codec,
    tags: &Tags,
    cover: Option<&Picture>,
) -> Result<(), Error> {
    let options = fields::parse_options();
    match codec {
        Codec::Flac => {
            let mut flac = parse(path, |file| FlacFile::read_from(file, options))?;
            let mut comment = flac.remove_vorbis_comments().unwrap_or_default();
            comment_into(&mut comment, tags);
            flac.set_vorbis_comments(comment);
            if let Some(cover) = cover {
                flac.remove_picture_type(PictureType::CoverFront);
                let (picture, information) = flac_picture(cover);
                // Only pictures that are no PNG or JPEG are refused.
                let _ = flac.insert_picture(picture, Some(information));
            }
            save(path, |file| flac.save_to(file, WriteOptions::default()))
        }
        Codec::Vorbis => {
            let mut vorbis = parse(path, |file| VorbisFile::read_from(file, options))?;
            cover_into(vorbis.vorbis_comments_mut(), tags, cover);
            save(path, |file| vorbis.save_to(file, WriteOptions::default()))
        }
        _ => {
            let mut opus = parse(path, |file| OpusFile::read_from(file, options))?;
            cover_into(opus.vorbis_comments_mut(), tags, cover);
            save(path, |file| opus.save_to(file, WriteOptions::default()))
        }
    }
}

fn cover_into(comment: &mut VorbisComments, tags: &Tags, cover: Option<&Picture>) {
    comment_into(comment, tags);
    if let Some(cover) = cover {
        comment.remove_picture_type(PictureType::CoverFront);
        let (picture, information) = flac_picture(cover);
        // Only pictures that are no PNG or JPEG are refused.
        let _ = comment.insert_picture(picture, Some(information));
    }
}

/// Names that `tags` has replace all of their kind.
fn comment_into(comment: &mut VorbisComments, tags: &Tags) {
    let entries = comments(tags);
    for (name, _) in &entries {
        comment.remove(name).for_each(drop);
    }
    for (name, text) in entries {
        comment.push(name, text);
    }
}

fn flac_picture(cover: &Picture) -> (LoftyPicture, PictureInformation) {
    let information = PictureInformation {
        width: cover.width,
        height: cover.height,
        color_depth: 24,
        num_colors: 0,
    };
    (front_cover(cover), information)
}

fn front_cover(cover: &Picture) -> LoftyPicture {
    LoftyPicture::unchecked(cover.bytes.clone())
        .pic_type(PictureType::CoverFront)
        .mime_type(MimeType::from_str(&cover.media_type))
        .build()
}

fn write_id3v2(
    path: &Path,
    codec: Codec,
    tags: &Tags,
    cover: Option<&Picture>,
) -> Result<(), Error> {
    let options = fields::parse_options();
    let old = match codec {
        Codec::Mp3 => parse(path, |file| MpegFile::read_from(file, options))?
            .id3v2()
            .cloned(),
        Codec::Wav => parse(path, |file| WavFile::read_from(file, options))?
            .id3v2()
            .cloned(),
        _ => parse(path, |file| AiffFile::read_from(file, options))?
            .id3v2()
            .cloned(),
    };
    let mut tag = old.unwrap_or_default();
    id3v2_into(&mut tag, tags);
    if let Some(cover) = cover {
        remove_front_covers(&mut tag);
        let picture = Cow::Owned(front_cover(cover));
        tag.insert(Frame::Picture(AttachedPictureFrame::new(
            TextEncoding::UTF8,
            picture,
        )));
    }
    save(path, |file| tag.save_to(file, WriteOptions::default()))
}

fn remove_front_covers(tag: &mut Id3v2Tag) {
    tag.retain(|frame| match frame {
        Frame::Picture(frame) => frame.picture.pic_type() != PictureType::CoverFront,
        _ => true,
    });
}

fn id3v2_into(tag: &mut Id3v2Tag, tags: &Tags) {
    let number = |number: Option<u32>| number.map(|number| number.to_string());
    let list = |texts: &[String]| (!texts.is_empty()).then(|| texts.join("\0"));
    let texts = [
        ("TIT2", tags.title.clone()),
        ("TPE1", tags.artist.clone()),
        ("TALB", tags.release.clone()),
        ("TPE2", tags.release_artist.clone()),
        ("TDRC", tags.date.clone()),
        ("TPOS", number(tags.disc)),
        ("TRCK", number(tags.position)),
        ("TSRC", list(&tags.isrcs)),
        ("TCON", list(&tags.genres)),
        ("TPUB", tags.label.clone()),
    ];
    for (id, text) in texts {
        if let Some(text) = text {
            let id = FrameId::Valid(Cow::Borrowed(id));
            tag.insert(Frame::Text(TextInformationFrame::new(
                id,
                TextEncoding::UTF8,
                text,
            )));
        }
    }
    if let Some(barcode) = &tags.barcode {
        tag.insert(user_text("BARCODE", barcode));
    }
    if let Some(mbid) = &tags.recording_mbid {
        let id = mbid.clone().into_bytes();
        let frame = UniqueFileIdentifierFrame::new("http://musicbrainz.org", id);
        tag.insert(Frame::UniqueFileIdentifier(frame));
    }
    rights_into(tag, tags);
}

/// An address of a licence is `WCOP`, a copyright message `TCOP`, all else a
/// text named as it was.
fn rights_into(tag: &mut Id3v2Tag, tags: &Tags) {
    for (name, text) in &tags.rights {
        let address = text.starts_with("http://") || text.starts_with("https://");
        let frame = match name.as_str() {
            "TCOP" | "COPYRIGHT" | "ICOP" | "(C) " => {
                let id = FrameId::Valid(Cow::Borrowed("TCOP"));
                Frame::Text(TextInformationFrame::new(
                    id,
                    TextEncoding::UTF8,
                    text.clone(),
                ))
            }
            "WCOP" if address => {
                let id = FrameId::Valid(Cow::Borrowed("WCOP"));
                Frame::Url(UrlLinkFrame::new(id, text.clone()))
            }
            "WCOP" => user_text("LICENSE", text),
            name => user_text(name.strip_prefix("WXXX:").unwrap_or(name), text),
        };
        tag.insert(frame);
    }
}

fn user_text(description: &str, text: &str) -> Frame<'static> {
    let (description, text) = (description.to_owned(), text.to_owned());
    Frame::UserText(ExtendedTextFrame::new(
        TextEncoding::UTF8,
        description,
        text,
    ))
}
