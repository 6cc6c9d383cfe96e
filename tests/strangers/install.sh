#!/usr/bin/env bash
# Brings in the programs that judge longplay's files, where the system allows.
set -euo pipefail

programs=(flac opusinfo transmission-daemon aria2c qbittorrent-nox python3)
packages=(flac opus-tools transmission-daemon aria2 qbittorrent-nox python3)

missing=()
for at in "${!programs[@]}"; do
  command -v "${programs[$at]}" >/dev/null || missing+=("${packages[$at]}")
done

if [ ${#missing[@]} -gt 0 ]; then
  if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq || echo "SKIPPED: the package lists could not be read"
    for package in "${missing[@]}"; do
      apt-get install -y -qq --no-install-recommends "$package" >/dev/null \
        || echo "SKIPPED: $package could not be installed; its tests will be skipped"
    done
  else
    echo "SKIPPED: not root or no apt-get: go without ${missing[*]}"
  fi
fi

if ! python3 -c 'import bagit' 2>/dev/null; then
  python3 -m pip install --quiet --disable-pip-version-check bagit 2>/dev/null \
    || python3 -m pip install --quiet --break-system-packages bagit 2>/dev/null \
    || echo "SKIPPED: the Python package bagit could not be installed; its test will be skipped"
fi
