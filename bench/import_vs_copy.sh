#!/usr/bin/env bash
# An import of spend beside PostgreSQL's COPY of the same file, on a throwaway server that forces
# everything to disk.
#
#   bench/import_vs_copy.sh [ROWS]
#
# Ours reads the file's bytes, checks every row, stores lines under their identities and the file
# itself, agrees the control total, accepts, attributes every line over eight awards, and keeps the
# totals; on PostgreSQL and on SQLite in full sync. The peer stores the file's nine columns in a
# table without key or index, in one transaction. Both are timed in one process on one machine.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
rows=${1:-100000}
cargo build --quiet --release -p tributary -p bench
program=${CARGO_TARGET_DIR:-target}/release/import_vs_copy
binaries=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -1)
port=$((20000 + RANDOM % 10000))
script=$(cat tests/it/support/cluster.sh)
user=()
[ "$(id -u)" != 0 ] || user=(setpriv --reuid=postgres --regid=postgres --init-groups)
coproc server {
    cd /
    exec "${user[@]}" sh -c 'dir=$(mktemp -d /tmp/tributary-bench-XXXXXX) || exit 1
set -- "$1" "$dir" "$2" "$3"
'"$script" cluster.sh "$binaries" "$port" durable
}
# The server ends with this script: its keeper's input closes.
read -r word <&"${server[0]}"
[ "$word" = ready ] || { echo "no PostgreSQL: $word" >&2; exit 1; }
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
"$program" "postgres://postgres@127.0.0.1:$port/postgres" "$rows" "$room"
