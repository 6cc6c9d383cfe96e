#!/usr/bin/env bash
# Strangers look at what longplay made: tar, sha256sum, the BagIt validator,
# flac, opusinfo, Python's reader, and BitTorrent clients.
set -euo pipefail
cd "$(dirname "$0")/../.."

longplay=${LONGPLAY:-${CARGO_TARGET_DIR:-target}/debug/longplay}
if [ ! -x "$longplay" ]; then
  cargo build --quiet
fi
longplay=$(realpath "$longplay")

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0 failed=0 skipped=0

try() { # NAME COMMAND…: a judgement, with what it said when it is bad
  local name=$1
  shift
  if "$@" >"$work/said" 2>&1; then
    passed=$((passed + 1))
    echo "ok       $name"
  else
    failed=$((failed + 1))
    echo "FAILED   $name"
    sed 's/^/         /' "$work/said" | tail -n 20
  fi
}

skip() {
  skipped=$((skipped + 1))
  echo "SKIPPED  $1: $2 is not installed"
}

has() { command -v "$1" >/dev/null; }

"$longplay" demo "$work/demo" >"$work/demo.txt"
archive=$work/demo/archive

unpack_all() {
  local pack
  for pack in "$archive"/tranches/*/data/packs/*.tar; do
    mkdir -p "$work/unpacked/$(basename "$pack" .tar)"
    tar --extract --file "$pack" --directory "$work/unpacked/$(basename "$pack" .tar)" || return 1
  done
}

no_warning_of_tar() {
  local pack
  for pack in "$archive"/tranches/*/data/packs/*.tar; do
    [ -z "$(tar --list --verbose --file "$pack" 2>&1 >/dev/null)" ] || return 1
  done
}

sums() {
  local bag
  for bag in "$archive"/tranches/*/; do
    (cd "$bag" && sha256sum --check --strict --quiet manifest-sha256.txt tagmanifest-sha256.txt) || return 1
  done
}

bags() {
  python3 -m bagit --validate --quiet "$archive"/tranches/*/
}

each() { # PATTERN COMMAND…: for every unpacked file of that name
  local pattern=$1 count=0 file
  shift
  while IFS= read -r -d '' file; do
    "$@" "$file" || return 1
    count=$((count + 1))
  done < <(find "$work/unpacked" -name "$pattern" -print0)
  [ "$count" -gt 0 ]
}

# opusinfo ends with 0 whatever it finds: what counts is what it says.
opus_is_clean() {
  local said
  said=$(opusinfo "$1" 2>&1) || return 1
  ! grep --quiet --ignore-case --extended-regexp 'warning|error|invalid' <<<"$said"
}

reader_of() { echo "$archive/tranches/$1/longplay_reader.py"; }

reader_verifies() {
  local bag
  for bag in "$archive"/tranches/*-open "$archive"/tranches/*-dark; do
    python3 "$bag/longplay_reader.py" verify "$bag" || return 1
  done
}

reader_repairs() {
  cp -r "$archive/tranches" "$work/copy"
  local bag=$work/copy/0002-audio-open
  rm "$(ls "$bag"/data/packs/*.tar | head -n 1)"
  rm -r "$bag/data/leaves" "$bag/data/index.jsonl" "$bag"/*manifest-sha256.txt
  python3 "$(reader_of 0002-audio-open)" repair "$bag" && diff -r "$archive/tranches/0002-audio-open" "$bag"
}

try "tar unpacks every pack" unpack_all
try "tar has nothing to warn of" no_warning_of_tar
try "sha256sum agrees with every manifest" sums
if python3 -c 'import bagit' 2>/dev/null; then try "bagit-python finds every bag valid" bags; else skip "valid bags" bagit-python; fi
if has flac; then try "flac decodes every FLAC" each '*.flac' flac --test --silent; else skip "FLAC files" flac; fi
if has opusinfo; then try "opusinfo has nothing to say against any Opus" each '*.opus' opus_is_clean; else skip "Opus files" opusinfo; fi
try "Python's reader verifies every tranche" reader_verifies
try "Python's reader heals a tranche without leaves, index and manifests" reader_repairs
for script in tests/strangers/bittorrent*.sh tests/strangers/bittorrent*.py; do
  [ -e "$script" ] && try "$(basename "$script")" "$script" "$archive/public" && cat "$work/said"
done

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
