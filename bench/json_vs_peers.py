#!/usr/bin/env python3
"""The list of 50 awards as JSON, signed in, on PostgreSQL: Tributary beside Express with pg, and FastAPI with SQLAlchemy.

    cargo build --release -p tributary -p bench && python3 bench/json_vs_peers.py

A throwaway PostgreSQL that forces everything to disk; Tributary makes its tables and records the awards through its own API.
Then each server in turn, round after round, on the same two cores, two processes (or threads) that answer, answers the same
address to somebody with the same session: it looks the session up by its token's hash, the person, the roles that hold today
and their organisations, refuses whoever may not, reads the awards and what belongs to them in the same number of queries,
and says the same (which is compared, value for value, before anything is timed). Reading is not audited by Tributary; that
somebody is here is noted once a minute, by Tributary alone. The load is one process on the same cores, a few connections
that ask again as soon as they were answered.

Prints each round, the medians, and Tributary over each peer. Targets: Express 2, FastAPI 5. What the peers need is
installed, in the versions that bench/peers names, in $TRIBUTARY_CACHE (~/.cache/tributary unless told).
"""

import argparse
import hashlib
import json
import os
import pathlib
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import types
import urllib.parse

import house

HERE = pathlib.Path(__file__).resolve().parent
PEERS = HERE / "peers"
TARGETS = {"Express with pg": 2.0, "FastAPI with SQLAlchemy": 5.0}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def installed():
    """What the peers need; where node's and Python's stand."""
    cache = pathlib.Path(os.environ.get("TRIBUTARY_CACHE") or pathlib.Path.home() / ".cache/tributary")
    named = hashlib.sha256(b"".join((PEERS / name).read_bytes() for name in ("package.json", "requirements.txt"))).hexdigest()
    folder = cache / f"peers-{named[:12]}"
    if not (folder / "complete").exists():
        shutil.rmtree(folder, ignore_errors=True)
        (folder / "node").mkdir(parents=True)
        shutil.copy(PEERS / "package.json", folder / "node")
        subprocess.run(["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
                       cwd=folder / "node", check=True)
        subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True)
        subprocess.run([folder / "venv/bin/pip", "install", "-q", "--disable-pip-version-check", "-r",
                        PEERS / "requirements.txt"], check=True)
        (folder / "complete").touch()
    # an import is looked for beside the file that asks for it
    shutil.copy(PEERS / "awards.mjs", folder / "node")
    return folder


class Database:
    """A throwaway server; gone when its keeper's input closes."""

    def __enter__(self):
        binaries = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))[-1]
        port = free_port()
        script = 'dir=$(mktemp -d /tmp/tributary-bench-XXXXXX) || exit 1\nset -- "$1" "$dir" "$2" "$3"\n'
        script += (HERE.parent / "tests/it/support/cluster.sh").read_text()
        as_whom = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"] if os.getuid() == 0 else []
        self.keeper = subprocess.Popen([*as_whom, "sh", "-c", script, "cluster.sh", str(binaries), str(port), "durable"],
                                       cwd="/", stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        word = self.keeper.stdout.readline().strip()
        if word != "ready":
            raise SystemExit(f"no PostgreSQL: {word}")
        self.url = f"postgres://postgres@127.0.0.1:{port}/postgres"
        return self

    def __exit__(self, *_):
        self.keeper.stdin.close()
        self.keeper.wait(60)


class Server:
    """A server that runs until it is stopped, with those that it started."""

    def __init__(self, name, command, port, cores, **more):
        self.name, self.port = name, port
        self.process = subprocess.Popen(["taskset", "-c", cores, *map(str, command)], stdout=subprocess.DEVNULL,
                                        stderr=subprocess.PIPE, start_new_session=True, **more)
        for _ in range(600):
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return
            except OSError:
                if self.process.poll() is not None:
                    raise SystemExit(f"{name} did not start: {self.process.stderr.read().decode()[-2000:]}") from None
                time.sleep(0.05)
        raise SystemExit(f"{name} did not start")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.killpg(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.process.stderr.close()


def recorded(person, awards):
    """Awards of two funders, each with two years."""
    body = lambda org_id, name, kind: person.post("/api/v1/organisations", {"org_id": org_id, "name": name, "kind": kind})["id"]
    funders = [body("GB-GOR-B1", "The Department", "department"), body("GB-GOR-B2", "The Lottery", "lottery")]
    council = body("GB-LAE-B1", "The Council", "council")
    for n in range(awards):
        person.post("/api/v1/awards", {
            "reference": f"B/{n}", "title": f"Grant number {n}", "programme": "Recovery", "funder_id": funders[n % 2],
            "holder_id": council, "accountable_body_id": council, "amount_pence": 100_000 + n, "starts_on": "2026-04-01",
            "ends_on": "2028-03-31", "nation": "england", "pays_for": "both", "legal_basis": "grant-agreement",
            "lost_if_unspent": True, "years": [
                {"starts_on": "2026-04-01", "ends_on": "2027-03-31", "amount_pence": 50_000, "standing": "confirmed",
                 "carry_forward": "none"},
                {"starts_on": "2027-04-01", "ends_on": "2028-03-31", "amount_pence": 50_000 + n, "standing": "indicative",
                 "carry_forward": "none"}]})


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--programs", default=os.environ.get("CARGO_TARGET_DIR", "target") + "/release",
                   help="folder with tributary and http_load")
    p.add_argument("--awards", type=int, default=200)
    p.add_argument("--limit", type=int, default=50)
    p.add_argument("--connections", type=int, default=16)
    p.add_argument("--seconds", type=int, default=5)
    p.add_argument("--rounds", type=int, default=5)
    p.add_argument("--cores", default="0,1")
    a = p.parse_args()
    programs = pathlib.Path(a.programs).resolve()
    tributary, load = programs / "tributary", programs / "http_load"
    tools = installed()
    path = f"/api/v1/awards?limit={a.limit}"
    with Database() as database, tempfile.TemporaryDirectory() as data:
        env = {**os.environ, "DATABASE_URL": database.url, "TRIBUTARY_LOG_LEVEL": "warn"}
        ours = [tributary, "--data-dir", data]
        subprocess.run([*ours, "migrate"], env=env, check=True, stdout=subprocess.DEVNULL)
        told = subprocess.run([*ours, "invite", "ada@example.org", "--name", "Ada", "--role", "grants-officer", "--home-name",
                               "Weirside", "--home-org-id", "GB-CHC-1234567"], env=env, check=True, capture_output=True, text=True)
        link = next(word for word in told.stdout.split() if "/sign-in/link?" in word)

        def start(name):
            port = free_port()
            if name == "Tributary":
                return Server(name, [*ours, "api", "--listen", f"127.0.0.1:{port}"], port, a.cores, env=env)
            if name == "Express with pg":
                command = ["node", tools / "node/awards.mjs", port, database.url, 2]
                return Server(name, command, port, a.cores, env={**env, "NODE_ENV": "production"})
            url = database.url.replace("postgres://", "postgresql+asyncpg://")
            command = [tools / "venv/bin/uvicorn", "--workers", 2, "--port", port, "--log-level", "warning", "--no-access-log",
                       "awards:app"]
            return Server(name, command, port, a.cores, env={**env, "DATABASE_URL": url}, cwd=PEERS)

        with start("Tributary") as server:
            address = types.SimpleNamespace(address=urllib.parse.urlsplit(f"http://127.0.0.1:{server.port}"))
            person = house.Person(address, link)
            recorded(person, a.awards)
            cookie = "; ".join(f"{name}={value}" for name, value in person.cookies.items())
            said = person.json(path)
        names = ["Tributary", *TARGETS]
        for name in names[1:]:
            with start(name) as server:
                address = types.SimpleNamespace(address=urllib.parse.urlsplit(f"http://127.0.0.1:{server.port}"))
                peer = house.Person.__new__(house.Person)
                peer.host, peer.cookies, peer.csrf = address.address.netloc, dict(person.cookies), ""
                peer.connection = house.http.client.HTTPConnection(peer.host, timeout=60)
                theirs = peer.json(path)
                same = theirs["items"] == said["items"]
                print(f"{name} says the same as Tributary: {'yes' if same else 'NO'}", flush=True)
                if not same:
                    print(*next((o, t) for o, t in zip(said["items"], theirs["items"]) if o != t), sep="\n")
                    return 1
        rates = {name: [] for name in names}
        for number in range(a.rounds):
            for name in names if number % 2 == 0 else reversed(names):
                with start(name) as server:
                    def loaded(seconds):
                        out = subprocess.run(["taskset", "-c", a.cores, load, f"127.0.0.1:{server.port}", path, cookie,
                                              str(a.connections), str(seconds)], check=True, capture_output=True, text=True)
                        return [float(word) for word in out.stdout.split()]
                    loaded(1)
                    rate, half, most = loaded(a.seconds)
                rates[name].append(rate)
                print(f"  round {number + 1} {name:<24} {rate:8.0f} a second; half within {half:.1f} ms, 99 of 100 within {most:.1f} ms",
                      flush=True)
        medians = {name: statistics.median(all_of) for name, all_of in rates.items()}
        print("load of the machine before and after are part of the figure:", os.getloadavg())
        good = True
        for name, target in TARGETS.items():
            ratio = medians["Tributary"] / medians[name]
            paired = statistics.median(o / t for o, t in zip(rates["Tributary"], rates[name]))
            good &= ratio >= target
            print(f"Tributary {medians['Tributary']:.0f} a second, {name} {medians[name]:.0f}: {ratio:.2f} times "
                  f"(median of the rounds' ratios {paired:.2f}; target {target:g}): {'met' if ratio >= target else 'NOT MET'}")
    return 0 if good else 1


if __name__ == "__main__":
    raise SystemExit(main())
