//! Codes of recordings and releases, and numbers as text.

use {super::rng::Rng, longplay_model::Isrc};

/// Registrant codes of three letters or digits, times designations.
const ISRCS: u64 = 36 * 36 * 36 * 100_000;

/// `AA`, the prefix that no country has; recordings of a catalog differ.
pub(super) fn isrc(seed: u64, recording: u64, year: i16) -> Isrc {
    // Coprime to the count of codes, so that no two numbers meet.
    let scattered = u128::from(recording) * 2_654_435_761 + u128::from(seed);
    let place = (scattered % u128::from(ISRCS)) as u64;
    let mut code = *b"AA0000000000";
    let mut registrant = place / 100_000;
    for digit in code[2..5].iter_mut().rev() {
        *digit = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[(registrant % 36) as usize];
        registrant /= 36;
    }
    digits(&mut code[5..7], u64::from(year.unsigned_abs()));
    digits(&mut code[7..], place % 100_000);
    let text = str::from_utf8(&code).expect("letters and digits");
    text.parse()
        .expect("two letters, three of letters and digits, seven digits")
}

/// A number of the range that shops number themselves: 13 digits from 2, the
/// last by the rule of GS1 (modulo 10, weights 3 and 1 from the right).
pub(super) fn gtin(rng: &mut Rng) -> String {
    let mut code = *b"2000000000000";
    digits(&mut code[1..12], rng.below(100_000_000_000));
    let weights = [1, 3].into_iter().cycle();
    let sum: u32 = code[..12]
        .iter()
        .zip(weights)
        .map(|(digit, weight)| u32::from(digit - b'0') * weight)
        .sum();
    code[12] = b'0' + ((10 - sum % 10) % 10) as u8;
    code.iter().map(|digit| char::from(*digit)).collect()
}

/// Fills `places` with the last decimal digits of `number`.
fn digits(places: &mut [u8], mut number: u64) {
    for place in places.iter_mut().rev() {
        *place = b'0' + (number % 10) as u8;
        number /= 10;
    }
}

/// Appends `number` in decimal.
pub(super) fn push_number(number: u64, out: &mut String) {
    let mut places = [0; 20];
    let length = number.checked_ilog10().unwrap_or(0) as usize + 1;
    digits(&mut places[..length], number);
    out.push_str(str::from_utf8(&places[..length]).expect("digits"));
}

#[cfg(test)]
mod tests {
    use {
        super::{
            super::rng::{Seeds, Stream},
            *,
        },
        std::collections::HashSet,
    };

    #[test]
    fn numbers_carry_a_valid_check_digit() {
        for index in 0..100 {
            let gtin = gtin(&mut Seeds::new(1).rng(Stream::Slot, index));
            let digits = gtin.bytes().rev().map(|digit| u32::from(digit - b'0'));
            let sum: u32 = digits
                .zip([1, 3].into_iter().cycle())
                .map(|(d, w)| d * w)
                .sum();
            assert_eq!((gtin.len(), sum % 10), (13, 0), "{gtin}");
        }
    }

    #[test]
    fn recordings_have_codes_of_their_own() {
        let codes: HashSet<Isrc> = (0..10_000).map(|n| isrc(7, n * 25_603, 1999)).collect();
        assert_eq!(codes.len(), 10_000);
        assert!(codes.iter().all(|code| &code.as_str()[..2] == "AA"));
        assert_eq!(&isrc(7, 0, 1999).as_str()[5..7], "99");
    }

    #[test]
    fn numbers_are_written_as_people_write_them() {
        for number in [0, 9, 10, 99, 100, 256_039_007, u64::MAX] {
            let mut text = String::new();
            push_number(number, &mut text);
            assert_eq!(text, number.to_string());
        }
    }
}
