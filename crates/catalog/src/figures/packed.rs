//! Facts and listens as four numbers each, which sort as they have to.
//!
//! ```text
//!   fact     target        │ kind 3 · source 16 · metric 5 · at 40 │ value
//!   listen   target        │ user                                  │ at 40 · source 16 · kind 8
//!            128 bits        64                                      64
//! ```

use {
    super::fact::{Fact, Metric, Target, target_of, target_words},
    longplay_model::Timestamp,
};

/// Numbers that sort like the 32 big-endian bytes that they stand for.
pub(super) type Words = [u64; 4];

pub(super) const WIDTH: usize = 32;

const AT_BITS: u32 = 40;
const AT_MASK: u64 = (1 << AT_BITS) - 1;
/// Seconds of a time lie within ±2^39; 0 is no time.
const AT_BIAS: i64 = 1 << (AT_BITS - 1);

pub(super) fn pack_fact(fact: &Fact) -> Words {
    let ([high, low], kind) = target_words(&fact.target);
    let key = fact_key(kind, fact.source, fact.metric) | pack_time(fact.at);
    [high, low, key, pack_value(fact.value)]
}

/// The third number of a fact without its time.
fn fact_key(kind: u8, source: u16, metric: Metric) -> u64 {
    u64::from(kind) << 61 | u64::from(source) << 45 | (metric as u64) << AT_BITS
}

/// The lowest numbers that a fact about `target` can have.
pub(super) fn first_words(target: &Target) -> Words {
    let ([high, low], kind) = target_words(target);
    [high, low, u64::from(kind) << 61, 0]
}

/// Whether two facts are about the same thing.
pub(super) fn same_target(a: &Words, b: &Words) -> bool {
    a[..2] == b[..2] && a[2] >> 61 == b[2] >> 61
}

pub(super) fn fact_source(words: &Words) -> u16 {
    (words[2] >> 45) as u16
}

/// `None` when the numbers are no fact.
pub(super) fn unpack_fact(words: &Words) -> Option<Fact> {
    let [high, low, key, value] = *words;
    Some(Fact {
        target: target_of([high, low], (key >> 61) as u8)?,
        metric: *Metric::ALL.get((key >> AT_BITS & 0x1f) as usize)?,
        source: fact_source(words),
        value: unpack_value(value),
        at: unpack_time(key & AT_MASK),
    })
}

/// A listen taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Listen {
    pub(super) target: [u64; 2],
    pub(super) kind: u8,
    pub(super) user: u64,
    pub(super) at: u64,
    pub(super) source: u16,
}

pub(super) fn pack_listen(target: &Target, user: u64, at: Timestamp, source: u16) -> Words {
    let ([high, low], kind) = target_words(target);
    let tail = pack_time(Some(at)) << 24 | u64::from(source) << 8 | u64::from(kind);
    [high, low, user, tail]
}

pub(super) fn unpack_listen(words: &Words) -> Listen {
    let [high, low, user, tail] = *words;
    Listen {
        target: [high, low],
        kind: tail as u8,
        user,
        at: tail >> 24,
        source: (tail >> 8) as u16,
    }
}

/// The numbers of a fact that was counted from listens; `at` is packed.
pub(super) fn counted(
    target: [u64; 2],
    kind: u8,
    source: u16,
    metric: Metric,
    count: u64,
    at: u64,
) -> Words {
    let [high, low] = target;
    let key = fact_key(kind, source, metric) | at;
    [high, low, key, pack_value(count as f64)]
}

fn pack_time(at: Option<Timestamp>) -> u64 {
    at.map_or(0, |at| (at.unix_seconds() + AT_BIAS) as u64 & AT_MASK)
}

fn unpack_time(packed: u64) -> Option<Timestamp> {
    let seconds = || packed as i64 - AT_BIAS;
    (packed != 0).then(|| Timestamp::from_unix_seconds(seconds()))
}

/// Bits that sort as the values do, negative ones first.
fn pack_value(value: f64) -> u64 {
    let bits = value.to_bits();
    let flip = ((bits as i64) >> 63) as u64 | 1 << 63;
    bits ^ flip
}

fn unpack_value(packed: u64) -> f64 {
    let flip = (!packed as i64 >> 63) as u64 | 1 << 63;
    f64::from_bits(packed ^ flip)
}

pub(super) fn to_bytes(words: &Words) -> [u8; WIDTH] {
    let mut bytes = [0; WIDTH];
    for (part, word) in bytes.chunks_exact_mut(8).zip(words) {
        part.copy_from_slice(&word.to_be_bytes());
    }
    bytes
}

pub(super) fn from_bytes(bytes: &[u8]) -> Words {
    let mut words = [0; 4];
    for (word, part) in words.iter_mut().zip(bytes.as_chunks().0) {
        *word = u64::from_be_bytes(*part);
    }
    words
}

#[cfg(test)]
mod tests {
    use {super::*, longplay_model::Mbid, proptest::prelude::*};

    fn fact(source: u16, metric: Metric, value: f64, at: Option<i64>) -> Fact {
        Fact {
            target: Target::Mbid(Mbid::from_bytes([7; 16])),
            metric,
            source,
            value,
            at: at.map(Timestamp::from_unix_seconds),
        }
    }

    #[test]
    fn facts_sort_by_source_metric_and_time() {
        let order = [
            fact(0, Metric::Listens, 9.0, None),
            fact(0, Metric::Listens, -9.0, Some(i64::MIN)),
            fact(0, Metric::Listens, -1.0, Some(-1)),
            fact(0, Metric::Listens, 0.0, Some(-1)),
            fact(0, Metric::Listens, 0.5, Some(-1)),
            fact(0, Metric::Listens, 0.0, Some(i64::MAX)),
            fact(0, Metric::Popularity, 0.0, None),
            fact(1, Metric::Listens, 0.0, None),
            fact(u16::MAX, Metric::Listens, 0.0, None),
        ];
        let packed = order.map(|fact| pack_fact(&fact));
        assert!(packed.is_sorted());
        for (words, fact) in packed.iter().zip(order) {
            assert_eq!(unpack_fact(words), Some(fact));
        }
        assert!(packed.map(|words| to_bytes(&words)).is_sorted());
    }

    proptest! {
        #[test]
        fn what_is_packed_comes_back(value in any::<f64>(), source: u16, at in any::<i64>(), user: u64) {
            prop_assume!(!value.is_nan());
            let fact = fact(source, Metric::Plays, value, Some(at));
            let words = pack_fact(&fact);
            prop_assert_eq!(unpack_fact(&words), Some(fact));
            prop_assert_eq!(from_bytes(&to_bytes(&words)), words);
            let at = fact.at.unwrap();
            let listen = unpack_listen(&pack_listen(&fact.target, user, at, source));
            prop_assert_eq!((listen.user, listen.source, listen.kind), (user, source, 0));
            prop_assert_eq!(unpack_time(listen.at), Some(at));
        }
    }
}
