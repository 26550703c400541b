#!/usr/bin/env bash
# A terminal that somebody else wrote (tests/interop) against `streetwatch gateway`: it must register, authenticate and report.
#   scripts/interop.sh BINARY
set -euo pipefail
cd "$(dirname "$0")/.."
binary=$1
folder=$(mktemp -d)
cat >"$folder/CITY.toml" <<TOML
city = "interop"
log = "embedded:$folder/log"
store = "$folder/evidence"
listen = "127.0.0.1:0"

[gateway]
jt808 = "127.0.0.1:0"
terminals = "vehicles.csv"
TOML
printf 'device,plate,terminal\n13800138000,苏A12345,7654321\n13800138001,苏A12345,7654321\n' >"$folder/vehicles.csv"
cargo build --quiet --locked --manifest-path tests/interop/Cargo.toml --target-dir target/interop
"$binary" gateway "$folder/CITY.toml" 2>"$folder/gateway.err" &
gateway=$!
trap 'kill "$gateway" 2>/dev/null || true; wait "$gateway" 2>/dev/null || true; rm -rf "$folder"' EXIT
address=
for _ in $(seq 100); do
  address=$(grep -o 'jt808=127\.0\.0\.1:[0-9]*' "$folder/gateway.err" | cut -d= -f2 || true)
  [ -n "$address" ] && break
  sleep 0.1
done
[ -n "$address" ] || { cat "$folder/gateway.err"; exit 1; }
TZ=Asia/Shanghai target/interop/debug/interop "$address"
"$binary" topic tail readings --from-beginning --json --log "embedded:$folder/log" >"$folder/readings"
for device in 13800138000 13800138001; do
  grep -F "\"device\":\"$device\"" "$folder/readings" | grep -F '"at":"2026-11-26T08:00:00+08:00"' | grep -qF '"location":[118.9,32.1]' ||
    { echo "$device is not on the topic as it was sent:"; cat "$folder/readings"; exit 1; }
done
echo "both are on the topic as they were sent"
