//! Which way is the fastest for so many messages on this machine?

#[cfg(target_arch = "aarch64")]
use super::arm;

#[cfg(target_arch = "x86_64")]
use super::{avx512, x86};

#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
use super::way::step;

use super::{
    sha1, sha256,
    way::{State, Way, bytes_of, step_alone},
};

/// So many messages at least make sixteen lanes of SHA-256 faster than the SHA
/// extensions, on processors that prefer them: as measured, some lanes idle or not.
#[cfg(target_arch = "x86_64")]
const LEAST_SIXTEEN: usize = 10;

/// The same of three lanes in more registers, beside one message after the other.
#[cfg(target_arch = "x86_64")]
const LEAST_THREE: usize = 2;

/// The same of four lanes.
#[cfg(target_arch = "x86_64")]
const LEAST_FOUR: usize = 4;

/// The same of four lanes of SHA-1.
#[cfg(target_arch = "x86_64")]
const LEAST_FOUR_SHA1: usize = 3;

/// The same of sixteen lanes of SHA-1, on processors that prefer them.
#[cfg(target_arch = "x86_64")]
const LEAST_SIXTEEN_SHA1: usize = 5;

impl State for [u32; 8] {
    type Hash = [u8; 32];

    const START: Self = sha256::START;

    fn hash(self) -> Self::Hash {
        bytes_of(self)
    }

    fn way_for(messages: usize) -> Way<Self> {
        #[cfg(target_arch = "x86_64")]
        if messages >= LEAST_SIXTEEN && avx512::is_preferred() {
            return SHA256_SIXTEEN;
        }
        #[cfg(target_arch = "x86_64")]
        if messages >= LEAST_THREE && x86::has_more_registers() && !avx512::is_preferred() {
            return SHA256_THREE;
        }
        #[cfg(target_arch = "x86_64")]
        if messages >= LEAST_FOUR && x86::is_available() {
            return SHA256_FOUR;
        }
        #[cfg(target_arch = "aarch64")]
        if messages >= arm::LANES && arm::is_available() {
            return SHA256_THREE;
        }
        let _ = messages;
        SHA256_ALONE
    }

    fn ways() -> Vec<Way<Self>> {
        let ways = [
            Some(SHA256_ALONE),
            #[cfg(target_arch = "x86_64")]
            x86::is_available().then_some(SHA256_FOUR),
            #[cfg(target_arch = "x86_64")]
            x86::has_more_registers().then_some(SHA256_THREE),
            #[cfg(target_arch = "x86_64")]
            avx512::is_available().then_some(SHA256_SIXTEEN),
            #[cfg(target_arch = "aarch64")]
            arm::is_available().then_some(SHA256_THREE),
        ];
        ways.into_iter().flatten().collect()
    }
}

impl State for [u32; 5] {
    type Hash = [u8; 20];

    const START: Self = sha1::START;

    fn hash(self) -> Self::Hash {
        bytes_of(self)
    }

    fn way_for(messages: usize) -> Way<Self> {
        #[cfg(target_arch = "x86_64")]
        if messages >= LEAST_SIXTEEN_SHA1 && avx512::is_preferred() {
            return SHA1_SIXTEEN;
        }
        #[cfg(target_arch = "x86_64")]
        if messages >= LEAST_FOUR_SHA1 && x86::is_available() {
            return SHA1_FOUR;
        }
        #[cfg(target_arch = "aarch64")]
        if messages >= arm::LANES && arm::is_available() {
            return SHA1_THREE;
        }
        let _ = messages;
        SHA1_ALONE
    }

    fn ways() -> Vec<Way<Self>> {
        let ways = [
            Some(SHA1_ALONE),
            #[cfg(target_arch = "x86_64")]
            x86::is_available().then_some(SHA1_FOUR),
            #[cfg(target_arch = "x86_64")]
            avx512::is_available().then_some(SHA1_SIXTEEN),
            #[cfg(target_arch = "aarch64")]
            arm::is_available().then_some(SHA1_THREE),
        ];
        ways.into_iter().flatten().collect()
    }
}

const SHA256_ALONE: Way<[u32; 8]> = Way {
    lanes: 1,
    step: |runs, length| step_alone(runs, length, sha2::block_api::compress256),
};

const SHA1_ALONE: Way<[u32; 5]> = Way {
    lanes: 1,
    step: |runs, length| step_alone(runs, length, ::sha1::block_api::compress),
};

/// Lanes: how many there are, and what takes their blocks.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
macro_rules! lanes {
    ($lanes:expr, $take:path) => {
        Way {
            lanes: $lanes,
            step: |runs, length| {
                step::<_, { $lanes }>(runs, length, |states, messages, length| {
                    // SAFETY: who takes this way has asked for the instructions, and a
                    // step has as many bytes, in whole blocks, of each message.
                    unsafe { $take(states, messages, length) };
                });
            },
        }
    };
}

/// For processors that have the SHA extensions.
#[cfg(target_arch = "x86_64")]
const SHA256_FOUR: Way<[u32; 8]> = lanes!(x86::LANES, x86::sha256::take);

/// For processors that have the SHA extensions and thirty-two registers.
#[cfg(target_arch = "x86_64")]
const SHA256_THREE: Way<[u32; 8]> = lanes!(
    x86::LANES_IN_MORE_REGISTERS,
    x86::sha256::take_in_more_registers
);

/// For processors that have the SHA extensions.
#[cfg(target_arch = "x86_64")]
const SHA1_FOUR: Way<[u32; 5]> = lanes!(x86::LANES, x86::sha1::take);

/// For processors that have AVX-512.
#[cfg(target_arch = "x86_64")]
const SHA256_SIXTEEN: Way<[u32; 8]> = lanes!(avx512::LANES, avx512::sha256::take);

/// For processors that have AVX-512.
#[cfg(target_arch = "x86_64")]
const SHA1_SIXTEEN: Way<[u32; 5]> = lanes!(avx512::LANES, avx512::sha1::take);

/// For processors that have the SHA extensions.
#[cfg(target_arch = "aarch64")]
const SHA256_THREE: Way<[u32; 8]> = lanes!(arm::LANES, arm::sha256::take);

/// For processors that have the SHA extensions.
#[cfg(target_arch = "aarch64")]
const SHA1_THREE: Way<[u32; 5]> = lanes!(arm::LANES, arm::sha1::take);
