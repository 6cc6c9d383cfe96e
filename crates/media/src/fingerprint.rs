//! Chromaprint fingerprints, as `fpcalc` prints them: algorithm 2, the first
//! 120 seconds, compressed, URL-safe Base64 without padding.

use {
    crate::{
        decode::Block,
        resample::{Quality, Resampler},
        spec::Spec,
    },
    rusty_chromaprint::{Configuration, FingerprintCompressor, Fingerprinter},
};

const SECONDS: u64 = 120;

/// Takes samples and keeps what Chromaprint needs of them.
///
/// Mixing down and resampling are done here: the resampler of the library lets
/// through so much from above the new band that one bit in thirty comes out
/// otherwise than from `fpcalc`.
pub(crate) struct Listener {
    configuration: Configuration,
    printer: Fingerprinter,
    channels: usize,
    resampler: Resampler,
    /// Samples of all channels still to be listened to.
    left: u64,
    shorts: Vec<i16>,
    mono: Vec<f32>,
    ready: Vec<f32>,
}

impl Listener {
    /// None if the library refuses to start.
    pub(crate) fn new(spec: &Spec) -> Option<Self> {
        // "Test 2" of Chromaprint is algorithm 2 of fpcalc, its default.
        let configuration = Configuration::preset_test2();
        let mut printer = Fingerprinter::new(&configuration);
        let rate = configuration.sample_rate();
        printer.start(rate, 1).ok()?;
        Some(Self {
            configuration,
            printer,
            channels: spec.channels.into(),
            resampler: Resampler::new(spec.sample_rate_hz, rate, 1, Quality::CHROMAPRINT),
            left: SECONDS * u64::from(spec.sample_rate_hz) * u64::from(spec.channels),
            shorts: Vec::new(),
            mono: Vec::new(),
            ready: Vec::new(),
        })
    }

    pub(crate) fn take(&mut self, block: Block<'_>) {
        let most = usize::try_from(self.left).unwrap_or(usize::MAX);
        let block = block.cut(0, most);
        if block.len() == 0 {
            return;
        }
        self.left -= block.len() as u64;
        self.shorts.clear();
        block.shorts_into(&mut self.shorts);
        self.mono.clear();
        let frames = self.shorts.chunks_exact(self.channels);
        self.mono.extend(frames.map(|frame| f32::from(mean(frame))));
        self.resampler.push(&self.mono, &mut self.ready);
        self.listen();
    }

    /// None if the sound is too short to have a fingerprint (about 3 s).
    pub(crate) fn finish(mut self) -> Option<String> {
        let rest = std::mem::replace(
            &mut self.resampler,
            Resampler::new(1, 1, 1, Quality::CHROMAPRINT),
        );
        rest.finish(&mut self.ready);
        self.listen();
        self.printer.finish();
        let items = self.printer.fingerprint();
        (!items.is_empty())
            .then(|| url_safe(&FingerprintCompressor::from(&self.configuration).compress(items)))
    }

    fn listen(&mut self) {
        self.shorts.clear();
        let rounded = self
            .ready
            .iter()
            .map(|sample| sample.round_ties_even() as i16);
        self.shorts.extend(rounded);
        self.ready.clear();
        self.printer.consume(&self.shorts);
    }
}

/// Whole-number mean, rounded towards zero as Chromaprint does.
fn mean(frame: &[i16]) -> i16 {
    let sum: i32 = frame.iter().map(|sample| i32::from(*sample)).sum();
    (sum / frame.len().max(1) as i32) as i16
}

/// RFC 4648 §5 without padding.
fn url_safe(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let digits = |group: &[u8]| {
        let bits = group
            .iter()
            .fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte));
        let bits = bits << (24 - 8 * group.len());
        let digit = move |index: usize| bits >> (18 - 6 * index) & 63;
        (0..=group.len()).map(move |index| char::from(DIGITS[digit(index) as usize]))
    };
    bytes.chunks(3).flat_map(digits).collect()
}

#[cfg(test)]
mod tests {
    use super::url_safe;

    #[test]
    fn the_vectors_of_the_specification_come_out() {
        let texts = [
            ("", ""),
            ("f", "Zg"),
            ("fo", "Zm8"),
            ("foo", "Zm9v"),
            ("foobar", "Zm9vYmFy"),
        ];
        for (plain, coded) in texts {
            assert_eq!(url_safe(plain.as_bytes()), coded);
        }
        assert_eq!(url_safe(&[0xfb, 0xff]), "-_8");
    }
}
