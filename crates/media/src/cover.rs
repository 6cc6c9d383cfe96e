//! Front covers: chosen among the pictures of a file, and proven by decoding.

use {
    crate::{limits, tags::Picture},
    image::{ImageFormat, ImageReader, Limits},
    std::io::Cursor,
    thiserror::Error,
};

/// A picture as it stands in a tag, not looked into yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RawPicture {
    /// Picture type of ID3v2 APIC and FLAC PICTURE: 3 is the front cover.
    pub(crate) kind: u8,
    pub(crate) bytes: Vec<u8>,
}

/// Why a picture is not kept.
#[derive(Debug, Error)]
pub(crate) enum BadPicture {
    #[error("the cover is neither JPEG nor PNG")]
    Kind,
    #[error("the cover has {found} bytes, and at most {most} are taken in")]
    Size { found: usize, most: usize },
    #[error("the cover ends early")]
    Cut,
    #[error("the cover cannot be decoded: {0}")]
    Decode(image::ImageError),
    #[error("the decoder gave up on the cover")]
    DecoderDefect,
}

/// The picture that stands for the whole: the front cover, else the first
/// that is no file icon.
pub(crate) fn choose(pictures: Vec<RawPicture>) -> Option<RawPicture> {
    const FRONT: u8 = 3;
    const ICONS: [u8; 2] = [1, 2];
    let rank = |picture: &RawPicture| match picture.kind {
        FRONT => 0,
        kind if ICONS.contains(&kind) => 2,
        _ => 1,
    };
    pictures.into_iter().min_by_key(rank)
}

/// Decodes every pixel of the picture.
pub(crate) fn prove(bytes: Vec<u8>) -> Result<Picture, BadPicture> {
    let most = limits::PICTURE_BYTES;
    if bytes.len() > most {
        let found = bytes.len();
        return Err(BadPicture::Size { found, most });
    }
    let (format, media_type) = match image::guess_format(&bytes) {
        Ok(ImageFormat::Jpeg) => (ImageFormat::Jpeg, "image/jpeg"),
        Ok(ImageFormat::Png) => (ImageFormat::Png, "image/png"),
        _ => return Err(BadPicture::Kind),
    };
    if !ends(&bytes, format) {
        return Err(BadPicture::Cut);
    }
    let (width, height) = decode(&bytes, format)?;
    Ok(Picture {
        media_type: media_type.into(),
        width,
        height,
        bytes,
    })
}

fn decode(bytes: &[u8], format: ImageFormat) -> Result<(u32, u32), BadPicture> {
    let mut limits = Limits::default();
    limits.max_image_width = Some(limits::PICTURE_SIDE);
    limits.max_image_height = Some(limits::PICTURE_SIDE);
    limits.max_alloc = Some(limits::PICTURE_MEMORY);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits);
    let decoded = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| reader.decode()))
        .map_err(|_| BadPicture::DecoderDefect)?;
    let picture = decoded.map_err(BadPicture::Decode)?;
    Ok((picture.width(), picture.height()))
}

/// Decoders fill up what a cut picture lacks, so the end mark is looked for: in
/// JPEG behind the last scan (ITU-T T.81 §B.1.1.3), in PNG anywhere.
fn ends(bytes: &[u8], format: ImageFormat) -> bool {
    const PNG_END: &[u8; 12] = b"\0\0\0\0IEND\xae\x42\x60\x82";
    let last = |mark: u8| bytes.windows(2).rposition(|pair| pair == [0xff, mark]);
    match format {
        ImageFormat::Jpeg => last(0xd9) > last(0xda),
        _ => bytes.windows(12).any(|end| end == PNG_END),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(kind: u8) -> RawPicture {
        let bytes = vec![kind];
        RawPicture { kind, bytes }
    }

    fn picture(format: ImageFormat) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        image::RgbImage::from_fn(40, 30, |x, y| image::Rgb([x as u8 * 6, y as u8 * 8, 99]))
            .write_to(&mut bytes, format)
            .unwrap();
        bytes.into_inner()
    }

    #[test]
    fn the_front_cover_wins_and_icons_come_last() {
        assert_eq!(choose(vec![raw(4), raw(3)]), Some(raw(3)));
        assert_eq!(choose(vec![raw(1), raw(4)]), Some(raw(4)));
        assert_eq!(choose(vec![raw(1)]), Some(raw(1)));
        assert_eq!(choose(Vec::new()), None);
    }

    #[test]
    fn pictures_are_measured_by_decoding() {
        let png = prove(picture(ImageFormat::Png)).unwrap();
        assert_eq!(
            (png.media_type.as_str(), png.width, png.height),
            ("image/png", 40, 30)
        );
        let jpeg = prove(picture(ImageFormat::Jpeg)).unwrap();
        assert_eq!((jpeg.media_type.as_str(), jpeg.width), ("image/jpeg", 40));
    }

    #[test]
    fn cut_pictures_are_refused() {
        for format in [ImageFormat::Png, ImageFormat::Jpeg] {
            let whole = picture(format);
            for length in [whole.len() / 2, whole.len() - 3] {
                assert!(
                    prove(whole[..length].to_vec()).is_err(),
                    "{format:?} {length}"
                );
            }
        }
        assert!(matches!(
            prove(b"GIF89a......".to_vec()),
            Err(BadPicture::Kind)
        ));
    }

    #[test]
    fn a_picture_that_claims_to_be_huge_is_refused_before_it_is_decoded() {
        let mut bytes = picture(ImageFormat::Png);
        bytes[16..20].copy_from_slice(&60_000_u32.to_be_bytes());
        assert!(matches!(prove(bytes), Err(BadPicture::Decode(_))));
    }
}
