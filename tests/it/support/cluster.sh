#!/bin/sh
# A throwaway PostgreSQL cluster that cannot outlive whoever asked for it.
#
#   cluster.sh BIN DIR PORT relaxed|durable
#
# It keeps a server in DIR (which the current user owns) and obeys what it reads, one word a line:
#   stop     stop at once, as if the power had failed, and answer "stopped"
#   start    start again on the same data and port, and answer "ready"
# It says "ready" once after the first start, or "failed" and a reason. When its input ends, which
# happens however the asker ends, even by kill -9, it stops the server and removes DIR.
#
# Both tests/run (one cluster for a whole run) and support/postgres.rs (one for a process that was
# started by itself) use it.
set -u
bin=$1 dir=$2 port=$3 durability=$4
server=

# Signals are meant for the asker; the end of the input is what ends us.
trap '' INT TERM HUP PIPE

stop() {
    [ -n "$server" ] || return 0
    # SIGQUIT is PostgreSQL's immediate shutdown: no checkpoint, no waiting for clients.
    kill -QUIT "$server" 2>/dev/null
    wait "$server" 2>/dev/null
    server=
}

leave() {
    stop
    cd / && rm -rf "$dir"
    exit "$1"
}

start() {
    set -- -D "$dir/data" -k "$dir" -p "$port" -c listen_addresses=127.0.0.1 \
        -c max_connections=300 -c wal_level=minimal -c max_wal_senders=0 \
        -c log_min_messages=warning -c timezone=UTC
    if [ "$durability" = relaxed ]; then
        set -- "$@" -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c autovacuum=off
    fi
    # trap '' is inherited: the server must hear its own signals again, so env resets them.
    env --default-signal=INT,TERM,HUP,PIPE "$bin/postgres" "$@" >>"$dir/postgres.log" 2>&1 </dev/null &
    server=$!
    tries=0
    while ! "$bin/pg_isready" -q -h 127.0.0.1 -p "$port" -d postgres -U postgres; do
        tries=$((tries + 1))
        if ! kill -0 "$server" 2>/dev/null || [ "$tries" -gt 600 ]; then
            echo "failed PostgreSQL did not start: $(tail -n 3 "$dir/postgres.log" | tr '\n' ' ')"
            leave 1
        fi
        sleep 0.05
    done
    # Another server may hold this port and have answered in our place.
    if [ "$(sed -n 1p "$dir/data/postmaster.pid" 2>/dev/null)" != "$server" ]; then
        echo "failed port $port was taken by another server"
        leave 1
    fi
    echo ready
}

cd "$dir" || exit 1
if ! "$bin/initdb" -D "$dir/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync \
    >"$dir/initdb.log" 2>&1 </dev/null; then
    echo "failed initdb: $(tail -n 3 "$dir/initdb.log" | tr '\n' ' ')"
    leave 1
fi
start
while read -r word; do
    case $word in
    stop) stop && echo stopped ;;
    start) start ;;
    *) echo "failed do not know \"$word\"" ;;
    esac
done
leave 0
