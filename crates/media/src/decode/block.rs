//! A run of decoded samples.

/// Interleaved samples; the length is a multiple of the channels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Block<'a> {
    /// Of a lossless codec: the sample stands in the upper bits, exactly.
    Integers(&'a [i32]),
    /// Full scale is -1 to 1.
    Floats(&'a [f32]),
}

impl<'a> Block<'a> {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Integers(samples) => samples.len(),
            Self::Floats(samples) => samples.len(),
        }
    }

    /// Leaves out `front` samples (of all channels) and keeps `most` after them.
    pub(crate) fn cut(self, front: usize, most: usize) -> Self {
        match self {
            Self::Integers(samples) => Self::Integers(cut(samples, front, most)),
            Self::Floats(samples) => Self::Floats(cut(samples, front, most)),
        }
    }

    /// Appends the samples as floating point.
    pub(crate) fn floats_into(&self, into: &mut Vec<f32>) {
        match self {
            Self::Integers(samples) => {
                into.extend(samples.iter().map(|sample| *sample as f32 / FULL_SCALE));
            }
            Self::Floats(samples) => into.extend_from_slice(samples),
        }
    }

    /// Appends the samples at 16 bits, rounded to nearest and clipped.
    pub(crate) fn shorts_into(&self, into: &mut Vec<i16>) {
        match self {
            Self::Integers(samples) => into.extend(
                samples
                    .iter()
                    .map(|sample| (sample.saturating_add(1 << 15) >> 16) as i16),
            ),
            Self::Floats(samples) => into.extend(samples.iter().map(|sample| {
                // `as` saturates, and takes what is no number for 0.
                (sample * 32_768.0).round_ties_even() as i16
            })),
        }
    }
}

const FULL_SCALE: f32 = 2_147_483_648.0;

fn cut<T>(samples: &[T], front: usize, most: usize) -> &[T] {
    let rest = samples.get(front..).unwrap_or_default();
    &rest[..rest.len().min(most)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sixteen_bits_come_out_as_they_went_in() {
        let mut shorts = Vec::new();
        Block::Integers(&[i32::MIN, -1 << 16, 0, 1 << 16, i32::MAX]).shorts_into(&mut shorts);
        assert_eq!(shorts, [i16::MIN, -1, 0, 1, i16::MAX]);
    }

    #[test]
    fn loud_and_broken_floats_are_clipped() {
        let mut shorts = Vec::new();
        Block::Floats(&[-2.0, -1.0, 0.5, 1.0, f32::NAN]).shorts_into(&mut shorts);
        assert_eq!(shorts, [i16::MIN, i16::MIN, 16_384, i16::MAX, 0]);
    }

    #[test]
    fn cutting_never_leaves_the_block() {
        let block = Block::Integers(&[1, 2, 3]);
        assert_eq!(block.cut(1, 1), Block::Integers(&[2]));
        assert_eq!(block.cut(7, 1).len(), 0);
        assert_eq!(block.cut(0, usize::MAX), block);
    }
}
