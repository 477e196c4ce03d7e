#!/usr/bin/env bash
# An import of spend (checked, stored, attributed) beside PostgreSQL's COPY of the same file, on a
# throwaway server that forces everything to disk.   bench/import_vs_copy.sh [ROWS]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
rows=${1:-100000}
cargo build --release -p domain --example import_vs_copy
program=${CARGO_TARGET_DIR:-target}/release/examples/import_vs_copy
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
"$program" "postgres://postgres@127.0.0.1:$port/postgres" "$rows"
