//! More than two channels to two.

/// Adds up surround channels in the order of WAVE and FLAC (RFC 9639 §9.1.3):
/// centre and surrounds go to their sides at −3 dB, a rear centre to both at
/// −6 dB, the low-frequency effects nowhere (ITU-R BS.775). The sum of each
/// side is scaled so that it cannot clip.
#[derive(Debug)]
pub(crate) struct Downmix {
    /// Left and right weight of each channel.
    weights: Vec<[f32; 2]>,
}

const L: [f32; 2] = [1.0, 0.0];
const R: [f32; 2] = [0.0, 1.0];
const C: [f32; 2] = [SIDE, SIDE];
const SL: [f32; 2] = [SIDE, 0.0];
const SR: [f32; 2] = [0.0, SIDE];
const BC: [f32; 2] = [0.5, 0.5];
const LFE: [f32; 2] = [0.0, 0.0];
const SIDE: f32 = std::f32::consts::FRAC_1_SQRT_2;

impl Downmix {
    /// For 3 to 8 channels; fewer need none.
    pub(crate) fn new(channels: u16) -> Option<Self> {
        let weights = match channels {
            3 => vec![L, R, C],
            4 => vec![L, R, SL, SR],
            5 => vec![L, R, C, SL, SR],
            6 => vec![L, R, C, LFE, SL, SR],
            7 => vec![L, R, C, LFE, BC, SL, SR],
            8 => vec![L, R, C, LFE, SL, SR, SL, SR],
            _ => return None,
        };
        let sum: f32 = weights.iter().map(|weight| weight[0]).sum();
        let scaled = weights.iter().map(|weight| weight.map(|side| side / sum));
        Some(Self {
            weights: scaled.collect(),
        })
    }

    /// Appends the two channels of interleaved samples.
    pub(crate) fn mix(&self, samples: &[f32], into: &mut Vec<f32>) {
        for frame in samples.chunks_exact(self.weights.len()) {
            let side = |side: usize| {
                let pairs = frame.iter().zip(&self.weights);
                pairs
                    .map(|(sample, weight)| sample * weight[side])
                    .sum::<f32>()
            };
            into.extend([side(0), side(1)]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_scale_everywhere_stays_full_scale() {
        for channels in 3..=8 {
            let mut out = Vec::new();
            let frame = vec![1.0; usize::from(channels)];
            Downmix::new(channels).unwrap().mix(&frame, &mut out);
            assert!(
                out.iter().all(|side| (side - 1.0).abs() < 1e-6),
                "{channels}"
            );
        }
        assert!(Downmix::new(2).is_none());
    }

    #[test]
    fn sides_stay_apart_and_bass_effects_are_left_out() {
        let mut out = Vec::new();
        let mix = Downmix::new(6).unwrap();
        mix.mix(&[0.5, 0.0, 0.0, 0.9, 0.0, 0.0], &mut out);
        assert!(out[0] > 0.2);
        assert_eq!(out[1], 0.0);
    }
}
