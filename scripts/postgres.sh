#!/usr/bin/env bash
# A PostgreSQL for tests and benchmarks, from Debian's package: in a temporary folder, on a Unix socket only.
# Prints the folder of the socket once it answers, and goes away with everything it made when stdin ends.
#   scripts/postgres.sh [SETTING=VALUE …]      e.g. fsync=off
# Exit code 3: PostgreSQL is not installed.
set -euo pipefail

bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1)
[ -x "${bin:-/nonexistent}/initdb" ] || exit 3

# It refuses to run as root.
if [ "$(id -u)" -eq 0 ]; then
  exec setpriv --reuid=nobody --regid=nogroup --clear-groups -- env HOME=/ TMPDIR=/tmp bash -s -- "$bin" "$@" 3<&0 <<<"$(sed -n '/^# as a user$/,$p' "$0")"
fi
exec 3<&0
set -- "$bin" "$@"

# as a user
set -euo pipefail
bin=$1
shift
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
settings=(-c listen_addresses= -c "unix_socket_directories=$dir")
for setting in "$@"; do settings+=(-c "$setting"); done
"$bin/initdb" -D "$dir/data" -U streetwatch -A trust -E UTF8 --locale=C.UTF-8 --no-sync >"$dir/initdb.log" 2>&1 || { cat "$dir/initdb.log" >&2; exit 1; }
"$bin/postgres" -D "$dir/data" "${settings[@]}" >"$dir/server.log" 2>&1 </dev/null &
server=$!
for _ in $(seq 300); do
  "$bin/pg_isready" -q -h "$dir" -U streetwatch && break
  kill -0 "$server" 2>/dev/null || { cat "$dir/server.log" >&2; exit 1; }
  sleep 0.1
done
echo "$dir"
cat <&3 >/dev/null || true
kill -INT "$server"
wait "$server" || true
