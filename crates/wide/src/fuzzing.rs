//! Every way of this machine, compared with its twin of no wide registers, for the fuzz
//! target in `fuzz/`.

use crate::{Engine, Products, hashes::fuzzing};

/// Messages of uneven lengths that begin anywhere, hashed; a matrix, multiplied with them.
///
/// # Panics
/// When two ways do not agree.
pub fn registers(bytes: &[u8]) {
    let Some(([count, portion, piece, lengths @ ..], bytes)) = bytes.split_first_chunk::<8>()
    else {
        return;
    };
    // The ends of the bytes, so that messages begin at addresses of any kind.
    let message = |number: usize| {
        let share = usize::from(lengths[number % lengths.len()]);
        let length = (bytes.len() * share / 255).saturating_sub(number);
        &bytes[bytes.len() - length..]
    };
    let messages: Vec<_> = (0..usize::from(count % 40)).map(message).collect();
    let portion = 1 + usize::from(*portion) * 23;
    fuzzing::compare(&messages, portion, 64 * (1 + usize::from(piece % 8)));
    if !messages.is_empty() {
        products(&messages, usize::from(*piece), bytes);
    }
}

/// Outputs as long as the first input; the others may be shorter or longer.
fn products(inputs: &[&[u8]], rows: usize, coefficients: &[u8]) {
    let columns = inputs.len();
    let mut coefficients = coefficients.iter().copied().chain(0..=255).cycle();
    let matrix: Vec<Vec<u8>> = (0..1 + rows % 12)
        .map(|_| coefficients.by_ref().take(columns).collect())
        .collect();
    let by = |engine| {
        let mut outputs = vec![vec![0xaa; inputs[0].len()]; matrix.len()];
        Products::by(engine, &matrix, columns).mix(inputs, &mut outputs);
        outputs
    };
    let expected = by(Engine::Tables);
    for engine in Engine::available() {
        assert_eq!(by(engine), expected, "{engine:?}");
    }
}
