#!/usr/bin/env bash
# Every test of longplay, then the strangers that must agree with it.
# Installs the strangers through the system's packages where it may; says
# loudly which it goes without.
set -euo pipefail
cd "$(dirname "$0")/.."

bash tests/strangers/install.sh
cargo fmt --all --check
cargo clippy --workspace --all-targets --quiet -- --deny warnings
cargo test --workspace --quiet
python3 -m unittest discover --start-directory tests/reader
bash tests/strangers/all.sh
