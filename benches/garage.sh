#!/usr/bin/env bash
# A whole history of an archive whose tranches lie in Garage, a real S3-compatible
# store: benches/garage.sh [BYTES]
#
# GARAGE names the program; without it, GARAGE_SOURCE names a folder with its source,
# from which it is built (Garage 1.x: https://git.deuxfleurs.fr/Deuxfleurs/garage).
# It is started in a folder of its own, on this machine alone, and ended afterwards.
set -euo pipefail
cd "$(dirname "$0")/.."

bytes=${1:-268435456}
port=${PORT:-3900}
garage=${GARAGE:-$(command -v garage || true)}
if [ -z "$garage" ] && [ -n "${GARAGE_SOURCE:-}" ]; then
  cargo build --release --manifest-path "$GARAGE_SOURCE/Cargo.toml" \
    --package garage --no-default-features --features bundled-libs,sqlite
  garage=${CARGO_TARGET_DIR:-$GARAGE_SOURCE/target}/release/garage
fi
if [ -z "$garage" ]; then
  echo "no garage: name the program by GARAGE or its source by GARAGE_SOURCE" >&2
  exit 2
fi

work=$(mktemp -d)
server=
end() {
  [ -z "$server" ] || kill "$server" 2>/dev/null || true
  rm -rf "$work"
}
trap end EXIT

cat >"$work/garage.toml" <<TOML
metadata_dir = "$work/meta"
data_dir = "$work/data"
db_engine = "sqlite"
replication_factor = 1
rpc_bind_addr = "127.0.0.1:$((port + 1))"
rpc_public_addr = "127.0.0.1:$((port + 1))"
rpc_secret = "$(head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \n')"

[s3_api]
api_bind_addr = "127.0.0.1:$port"
s3_region = "garage"
root_domain = ".s3.garage.localhost"
TOML

ask() { "$garage" -c "$work/garage.toml" "$@" 2>>"$work/asked.log"; }

"$garage" --version
"$garage" -c "$work/garage.toml" server >"$work/server.log" 2>&1 &
server=$!
for _ in $(seq 100); do
  ask status >/dev/null && break
  sleep 0.2
done
node=$(ask node id --quiet | cut -d @ -f 1)
ask layout assign --zone here --capacity 100G "$node" >/dev/null
ask layout apply --version 1 >/dev/null
ask bucket create music >/dev/null
ask key create longplay >"$work/key"
ask bucket allow --read --write --owner music --key longplay >/dev/null

AWS_ACCESS_KEY_ID=$(sed -n 's/^Key ID: *//p' "$work/key")
AWS_SECRET_ACCESS_KEY=$(sed -n 's/^Secret key: *//p' "$work/key")
AWS_ENDPOINT_URL=http://127.0.0.1:$port
AWS_REGION=garage
export AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_ENDPOINT_URL AWS_REGION

cargo run --release --quiet --package longplay-objects --example history -- \
  s3://music/archive "$work/archive" "$bytes"
