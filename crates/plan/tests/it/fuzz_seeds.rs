use {crate::seeds::replay, longplay_plan::Policy};

#[test]
fn policies() {
    let texts = [
        include_str!("../../src/reference.toml"),
        include_str!("../../src/standard.toml"),
        include_str!("../../src/optimal.toml"),
    ];
    let read = |bytes: &[u8]| drop(Policy::parse(&String::from_utf8_lossy(bytes)));
    replay("policies", read, texts);
}
