#![no_main]

use std::{
    panic::{set_hook, take_hook},
    path::PathBuf,
    sync::LazyLock,
};

/// One for each process: several may run beside each other.
static FOLDER: LazyLock<PathBuf> =
    LazyLock::new(|| std::env::temp_dir().join(format!("longplay-parquet-{}", std::process::id())));

libfuzzer_sys::fuzz_target!(
    init: {
        // The decoder panics on some damage, which is caught; the hook that libFuzzer
        // sets would end the process before that. A panic that is not caught still ends it.
        drop(take_hook());
        set_hook(Box::new(|_| {}));
    },
    |bytes: &[u8]| longplay_catalog::fuzzing::read_parquet(&FOLDER, bytes)
);
