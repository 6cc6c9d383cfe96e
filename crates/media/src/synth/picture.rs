//! Small geometric covers.

use {
    super::dice::Dice,
    crate::tags::Picture,
    image::{
        ExtendedColorType, ImageEncoder as _, codecs::jpeg::JpegEncoder, codecs::png::PngEncoder,
    },
};

/// How a cover is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CoverFormat {
    Png,
    Jpeg,
}

/// Discs and bars on a plain ground, different for each seed. Width and height
/// are pixels, kept between 1 and 4096.
pub fn cover(seed: u64, width: u32, height: u32, format: CoverFormat) -> Picture {
    let (width, height) = (width.clamp(1, 4096), height.clamp(1, 4096));
    let pixels = draw(seed, width, height);
    let mut bytes = Vec::new();
    let written = match format {
        CoverFormat::Png => {
            PngEncoder::new(&mut bytes).write_image(&pixels, width, height, ExtendedColorType::Rgb8)
        }
        CoverFormat::Jpeg => JpegEncoder::new_with_quality(&mut bytes, 85).write_image(
            &pixels,
            width,
            height,
            ExtendedColorType::Rgb8,
        ),
    };
    written.expect("pixels of three bytes fit their width and height, and memory takes them");
    let media_type = match format {
        CoverFormat::Png => "image/png",
        CoverFormat::Jpeg => "image/jpeg",
    };
    Picture {
        media_type: media_type.into(),
        width,
        height,
        bytes,
    }
}

/// One form: its colour, and whether it covers a pixel.
struct Form {
    colour: [u8; 3],
    x: i64,
    y: i64,
    reach: i64,
    is_disc: bool,
}

impl Form {
    fn new(dice: &mut Dice, colour: [u8; 3], width: u32, height: u32) -> Self {
        let shorter = u64::from(width.min(height));
        Self {
            colour,
            x: dice.below(width.into()).cast_signed(),
            y: dice.below(height.into()).cast_signed(),
            reach: (shorter / 8 + dice.below(shorter / 4 + 1)).cast_signed(),
            is_disc: dice.below(3) != 0,
        }
    }

    fn covers(&self, x: i64, y: i64) -> bool {
        let (dx, dy) = (x - self.x, y - self.y);
        if self.is_disc {
            dx * dx + dy * dy <= self.reach * self.reach
        } else {
            (dx + dy).abs() * 3 <= self.reach
        }
    }
}

fn draw(seed: u64, width: u32, height: u32) -> Vec<u8> {
    let mut dice = Dice(seed ^ 0x0063_6f76_6572);
    let ground = colour(&mut dice, 40);
    let forms: Vec<Form> = (0..5)
        .map(|_| {
            let colour = colour(&mut dice, 110);
            Form::new(&mut dice, colour, width, height)
        })
        .collect();
    let mut pixels = Vec::with_capacity(3 * width as usize * height as usize);
    for y in 0..i64::from(height) {
        for x in 0..i64::from(width) {
            let top = forms.iter().rev().find(|form| form.covers(x, y));
            pixels.extend(top.map_or(ground, |form| form.colour));
        }
    }
    pixels
}

/// A colour no darker than `least` in any part.
fn colour(dice: &mut Dice, least: u8) -> [u8; 3] {
    [(); 3].map(|()| least + dice.below(u64::from(u8::MAX - least)) as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn covers_pass_the_examination_that_they_will_meet() {
        for format in [CoverFormat::Png, CoverFormat::Jpeg] {
            let picture = cover(3, 120, 90, format);
            assert_eq!(crate::cover::prove(picture.bytes.clone()).unwrap(), picture);
            assert_eq!(picture, cover(3, 120, 90, format));
            assert_ne!(picture, cover(4, 120, 90, format));
        }
    }

    #[test]
    fn the_smallest_and_the_thinnest_can_be_drawn() {
        for (width, height) in [(0, 0), (1, 1), (1, 300)] {
            assert!(!cover(1, width, height, CoverFormat::Png).bytes.is_empty());
        }
    }
}
