#!/usr/bin/env bash
# Every test of longplay, then the strangers that must agree with it.
# Installs the strangers through the system's packages where it may; says
# loudly which it goes without.
set -euo pipefail
cd "$(dirname "$0")/.."

bash tests/strangers/install.sh
cargo fmt --all --check
# One build for both: what compiles our crates for the tests is the driver of
# Clippy, which also tells what it dislikes. A check of its own would go through
# all four hundred crates below us once more, which takes a fifth of the time.
export RUSTC_WORKSPACE_WRAPPER=clippy-driver
export CLIPPY_ARGS=--deny__CLIPPY_HACKERY__warnings__CLIPPY_HACKERY__
cargo test --workspace --quiet
python3 -m unittest discover --start-directory tests/reader
bash tests/strangers/all.sh
