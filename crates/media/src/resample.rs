//! Another sample rate, by a windowed sinc in polyphase form.
//!
//! Output sample m stands at input position m·from/to. That fraction takes
//! `to/gcd` values at most, and for each of them (up to a bound) a set of taps
//! is calculated once: the impulse response of a low-pass filter under a Kaiser
//! window, shifted by the fraction.
//!
//! Written here and not taken from a library, because the result must be the
//! same on every processor: FFT libraries choose fused instructions at run
//! time, which round differently. This is plain multiplication and addition in
//! a fixed order.

use std::f64::consts::PI;

/// How good the filter is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Quality {
    /// Taps at the lower of both rates.
    pub(crate) taps: usize,
    /// Where the response has fallen to a half, as a share of the lower Nyquist
    /// frequency.
    pub(crate) cutoff: f64,
    /// Shape of the Kaiser window.
    pub(crate) beta: f64,
    /// More fractions than this are rounded down to one of so many.
    pub(crate) phases: u64,
}

impl Quality {
    /// For listening: flat to 0.90 and −100 dB from 1.0 of the lower Nyquist
    /// frequency on.
    pub(crate) const MUSIC: Self = Self {
        taps: 128,
        cutoff: 0.95,
        beta: 10.0,
        phases: 48_000,
    };
    /// What Chromaprint asks of its resampler: a cheap one, but fingerprints are
    /// compared with those that it has made of the same music elsewhere.
    pub(crate) const CHROMAPRINT: Self = Self {
        taps: 20,
        cutoff: 0.8,
        beta: 9.0,
        phases: 256,
    };
}

/// Resamples interleaved sound that comes in pieces. As many samples come out
/// as went in, times the ratio, rounded to nearest; none is delayed.
#[derive(Debug)]
pub(crate) struct Resampler {
    channels: usize,
    /// Rates without their common divisor.
    from: u64,
    to: u64,
    phases: u64,
    taps: usize,
    /// The taps of each phase, padded to a multiple of [`LANES`].
    filters: Vec<f32>,
    /// One buffer a channel; its first sample is input sample `base`.
    history: Vec<Vec<f32>>,
    base: i64,
    taken: u64,
    given: u64,
}

/// Independent sums, so that compilers may add them at once; the order of
/// additions is fixed all the same.
const LANES: usize = 8;

impl Resampler {
    pub(crate) fn new(from: u32, to: u32, channels: u16, quality: Quality) -> Self {
        let divisor = u64::from(greatest_common_divisor(from, to));
        let (from, to) = (u64::from(from) / divisor, u64::from(to) / divisor);
        let shrink = (to as f64 / from as f64).min(1.0);
        let taps = (quality.taps as f64 / shrink).ceil() as usize;
        let taps = taps.next_multiple_of(LANES);
        let phases = to.min(quality.phases);
        let filters = filters(taps, phases, shrink * quality.cutoff, quality.beta);
        let before = vec![0.0; taps / 2];
        Self {
            channels: channels.into(),
            from,
            to,
            phases,
            taps,
            filters,
            base: -(before.len() as i64),
            history: vec![before; channels.into()],
            taken: 0,
            given: 0,
        }
    }

    /// Takes interleaved samples and appends those that are ready by then.
    pub(crate) fn push(&mut self, samples: &[f32], into: &mut Vec<f32>) {
        for (channel, history) in self.history.iter_mut().enumerate() {
            history.extend(samples.iter().skip(channel).step_by(self.channels));
        }
        self.taken += (samples.len() / self.channels) as u64;
        self.produce(u64::MAX, into);
        self.forget();
    }

    /// Appends the rest. Returns how many samples a channel came out in all.
    pub(crate) fn finish(mut self, into: &mut Vec<f32>) -> u64 {
        let total = rescaled(self.taken, self.from, self.to);
        for history in &mut self.history {
            history.resize(history.len() + self.taps, 0.0);
        }
        self.produce(total, into);
        total
    }

    fn produce(&mut self, until: u64, into: &mut Vec<f32>) {
        let have = self.history.first().map_or(0, Vec::len) as i64;
        while self.given < until {
            let position = self.given * self.from;
            let first = (position / self.to) as i64 - (self.taps / 2) as i64 + 1 - self.base;
            if first + self.taps as i64 > have {
                return;
            }
            let phase = (position % self.to) * self.phases / self.to;
            let filter = &self.filters[phase as usize * self.taps..][..self.taps];
            for history in &self.history {
                into.push(convolve(&history[first as usize..][..self.taps], filter));
            }
            self.given += 1;
        }
    }

    /// Drops input that no output will need again.
    fn forget(&mut self) {
        let next = (self.given * self.from / self.to) as i64 - (self.taps / 2) as i64;
        let old = (next - self.base).max(0) as usize;
        if old >= 4096 {
            for history in &mut self.history {
                history.drain(..old.min(history.len()));
            }
            self.base += old as i64;
        }
    }
}

/// `frames · to / from`, rounded to nearest.
pub(crate) fn rescaled(frames: u64, from: u64, to: u64) -> u64 {
    let exact = u128::from(frames) * u128::from(to) + u128::from(from / 2);
    u64::try_from(exact / u128::from(from.max(1))).unwrap_or(u64::MAX)
}

fn convolve(samples: &[f32], filter: &[f32]) -> f32 {
    let mut sums = [0.0; LANES];
    for (samples, taps) in samples.chunks_exact(LANES).zip(filter.chunks_exact(LANES)) {
        for lane in 0..LANES {
            sums[lane] += samples[lane] * taps[lane];
        }
    }
    ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]))
}

fn greatest_common_divisor(a: u32, b: u32) -> u32 {
    if b == 0 {
        a.max(1)
    } else {
        greatest_common_divisor(b, a % b)
    }
}

/// All phases one after the other. `cutoff` is a share of the input's Nyquist
/// frequency; each phase lets a constant through unchanged.
fn filters(taps: usize, phases: u64, cutoff: f64, beta: f64) -> Vec<f32> {
    let mut filters = Vec::with_capacity(taps * phases as usize);
    for phase in 0..phases {
        let fraction = phase as f64 / phases as f64;
        let tap = |index: usize| {
            let offset = index as f64 - (taps / 2 - 1) as f64 - fraction;
            sinc(offset * cutoff) * kaiser(offset / (taps / 2) as f64, beta)
        };
        let response: Vec<f64> = (0..taps).map(tap).collect();
        let sum: f64 = response.iter().sum();
        filters.extend(response.iter().map(|tap| (tap / sum) as f32));
    }
    filters
}

fn sinc(x: f64) -> f64 {
    if x.abs() < 1e-9 {
        1.0
    } else {
        (PI * x).sin() / (PI * x)
    }
}

/// Kaiser window over −1 to 1.
fn kaiser(x: f64, beta: f64) -> f64 {
    bessel(beta * (1.0 - x * x).max(0.0).sqrt()) / bessel(beta)
}

/// Modified Bessel function of the first kind and order 0, by its power series.
fn bessel(x: f64) -> f64 {
    let quarter = x * x / 4.0;
    let (mut term, mut sum, mut index) = (1.0, 1.0, 1.0);
    while term > sum * 1e-17 {
        term *= quarter / (index * index);
        sum += term;
        index += 1.0;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sine(frequency: f64, rate: u32, frames: u64) -> Vec<f32> {
        let step = 2.0 * PI * frequency / f64::from(rate);
        (0..frames)
            .map(|index| (step * index as f64).sin() as f32 * 0.5)
            .collect()
    }

    fn resample(samples: &[f32], from: u32, to: u32, piece: usize) -> Vec<f32> {
        let mut resampler = Resampler::new(from, to, 1, Quality::MUSIC);
        let mut out = Vec::new();
        for piece in samples.chunks(piece) {
            resampler.push(piece, &mut out);
        }
        resampler.finish(&mut out);
        out
    }

    #[test]
    fn a_tone_keeps_its_place_and_its_loudness() {
        for (from, to) in [
            (44_100, 48_000),
            (96_000, 48_000),
            (8_000, 48_000),
            (35_467, 48_000),
        ] {
            let frames = u64::from(from) / 5;
            let out = resample(&sine(1000.0, from, frames), from, to, 1000);
            assert_eq!(out.len() as u64, rescaled(frames, from.into(), to.into()));
            let expected = sine(1000.0, to, out.len() as u64);
            let inner = 400..out.len() - 400;
            let worst = inner
                .map(|i| (out[i] - expected[i]).abs())
                .fold(0.0, f32::max);
            assert!(worst < 2e-4, "{from} to {to}: {worst}");
        }
    }

    #[test]
    fn what_the_lower_rate_cannot_hold_is_gone() {
        let out = resample(&sine(30_000.0, 96_000, 20_000), 96_000, 48_000, 4096);
        let loudest = out[500..out.len() - 500]
            .iter()
            .fold(0.0, |all: f32, x| all.max(x.abs()));
        assert!(loudest < 1e-5, "{loudest}");
    }

    #[test]
    fn the_pieces_in_which_it_comes_make_no_difference() {
        let samples = sine(440.0, 44_100, 9000);
        let whole = resample(&samples, 44_100, 48_000, 9000);
        for piece in [1, 7, 4096] {
            assert_eq!(resample(&samples, 44_100, 48_000, piece), whole);
        }
    }

    #[test]
    fn nothing_in_nothing_out() {
        assert_eq!(resample(&[], 44_100, 48_000, 1), []);
        assert_eq!(resample(&[0.25], 44_100, 48_000, 1).len(), 1);
    }
}
