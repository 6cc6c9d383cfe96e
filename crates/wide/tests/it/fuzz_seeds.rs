use {crate::seeds::replay, longplay_wide::fuzzing::registers};

#[test]
fn messages_and_matrices() {
    let seed = |control: [u8; 8], length: u32| {
        let noise = (0..length).map(|n| (n.wrapping_mul(0x9e37_79b1) >> 24) as u8);
        control.into_iter().chain(noise).collect::<Vec<_>>()
    };
    let seeds = [
        seed([3, 20, 0, 255, 200, 100, 50, 0], 700),
        seed([39, 255, 7, 255, 254, 128, 10, 3], 2_000),
        seed([17, 1, 1, 60, 60, 60, 60, 60], 900),
    ];
    replay("registers", registers, seeds);
}
