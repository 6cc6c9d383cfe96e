//! Chromaprint fingerprints, as `fpcalc` prints them: algorithm 2, the first
//! 120 seconds, compressed, URL-safe Base64 without padding.

use {
    crate::{decode::Block, spec::Spec},
    rusty_chromaprint::{Configuration, FingerprintCompressor, Fingerprinter},
};

const SECONDS: u64 = 120;

/// Takes samples and keeps what Chromaprint needs of them.
pub(crate) struct Listener {
    configuration: Configuration,
    printer: Fingerprinter,
    shorts: Vec<i16>,
    /// Samples of all channels still to be listened to.
    left: u64,
}

impl Listener {
    /// None where Chromaprint cannot work: rates of 1 kHz or less.
    pub(crate) fn new(spec: &Spec) -> Option<Self> {
        // "Test 2" of Chromaprint is algorithm 2 of fpcalc, its default.
        let configuration = Configuration::preset_test2();
        let mut printer = Fingerprinter::new(&configuration);
        printer
            .start(spec.sample_rate_hz, spec.channels.into())
            .ok()?;
        Some(Self {
            configuration,
            printer,
            shorts: Vec::new(),
            left: SECONDS * u64::from(spec.sample_rate_hz) * u64::from(spec.channels),
        })
    }

    pub(crate) fn take(&mut self, block: Block<'_>) {
        let most = usize::try_from(self.left).unwrap_or(usize::MAX);
        let block = block.cut(0, most);
        self.left -= block.len() as u64;
        self.shorts.clear();
        block.shorts_into(&mut self.shorts);
        self.printer.consume(&self.shorts);
    }

    /// None if the sound is too short to have a fingerprint (about 3 s).
    pub(crate) fn finish(mut self) -> Option<String> {
        self.printer.finish();
        let items = self.printer.fingerprint();
        (!items.is_empty())
            .then(|| url_safe(&FingerprintCompressor::from(&self.configuration).compress(items)))
    }
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
