#!/usr/bin/env python3
"""Attribution of many lines over 40 awards with three levels of fence, beside OR-tools' min-cost flow.

    pip install ortools
    cargo build --release -p attribution --example attribute
    python3 bench/attribution_vs_ortools.py [--lines 100000] [--runs 3]

Ours is the whole command as a process: both files read, classes, solving, the independent check,
both results written and synced. The peer's time is what it takes to build its model from arrays that
are in memory already (each line a node of its own, an arc to each award and fence that may pay for
it) and to solve it; reading the file, and finding which awards may pay, are not counted against it.

The aims are lists compared in order. The peer has one number for each arc: no way around in this
network changes an aim by more than one unit per penny, so that weights of 3, 9, 27 … order them
rightly. Aims 1 to 4 must come out the same to the penny. Aim 5 is nought: nothing was shown before.
With --previous, a second run of ours is timed that is given the first one's result.
"""

import argparse
import csv
import datetime
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy
from ortools.graph.python import min_cost_flow

CATEGORIES = [f"c{n:02}" for n in range(20)]
PLACES = [f"p{n}" for n in range(6)]
GROUPS = ["adults", "young", "families"]
YEAR = datetime.date(2026, 4, 1)


def make_awards(dice, total):
    """Forty awards: some for few categories, some for one place; half of them fenced, three deep."""
    awards = []
    for n in range(40):
        categories = dice.sample(CATEGORIES, dice.choice([3, 5, 8, 12]))
        amount = int(total / 40 * dice.uniform(0.4, 1.6))
        start = dice.choice([0, 0, 0, 91])
        end = dice.choice([365, 365, 274, 183])
        fences = []
        if n % 2 == 0:
            left = amount
            half = len(categories) // 2
            for f, own in enumerate((categories[:half], categories[half:])):
                reserved = int(left * dice.uniform(0, 0.4))
                left -= reserved
                fences.append(fence(dice, f"f{f}", own, reserved, amount, 3))
        awards.append({
            "id": f"award-{n:02}",
            "from": str(YEAR + datetime.timedelta(start)),
            "to": str(YEAR + datetime.timedelta(end - 1)),
            "amount_pence": amount,
            "lost_if_unspent": dice.random() < 0.7,
            "rank": dice.randint(1, 4),
            "categories": categories,
            "places": dice.sample(PLACES, 3) if dice.random() < 0.3 else None,
            "groups": [dice.choice(GROUPS)] if dice.random() < 0.2 else None,
            "fences": fences,
        })
    return awards


def fence(dice, name, categories, reserved, amount, levels):
    inner = []
    if levels > 1 and categories:
        part = categories[: max(1, len(categories) // 2)]
        own = int(reserved * dice.uniform(0.2, 0.8))
        deeper = fence(dice, name + "i", part, own, amount, levels - 1)
        deeper["places"] = dice.sample(PLACES, 4) if levels == 2 else None
        inner.append(deeper)
    limit = None
    if levels == 1 and dice.random() < 0.7:
        limit = reserved + int(amount * dice.uniform(0, 0.1))
    return {"id": name, "reserved_pence": reserved, "limit_pence": limit, "categories": categories,
            "places": None, "groups": None, "fences": inner}


def make_lines(dice, count, path):
    lines = []
    with open(path, "w", newline="") as out:
        out.write("id,date,amount_pence,category,place,group\n")
        for n in range(count):
            day = YEAR + datetime.timedelta(dice.randrange(365))
            line = (day, dice.randint(1, 200_000), dice.choice(CATEGORIES), dice.choice(PLACES), dice.choice(GROUPS))
            lines.append(line)
            out.write(f"line-{n:07},{line[0]},{line[1]},{line[2]},{line[3]},{line[4]}\n")
    return lines


def allows(thing, category, place, group):
    return ((thing["categories"] is None or category in thing["categories"])
            and (thing["places"] is None or place in thing["places"])
            and (thing["groups"] is None or group in thing["groups"]))


def reserves(fences):
    return any(f["reserved_pence"] > 0 or reserves(f["fences"]) for f in fences)


class Peer:
    """The network, a node for each line."""

    def __init__(self, awards, lines):
        self.nodes = 1  # the bank
        self.fixed = []  # tail, head, capacity, cost
        self.money = []  # arc, award
        self.own = []
        self.doors = {}
        ends = sorted({a["to"] for a in awards if a["lost_if_unspent"]})
        ranks = sorted({a["rank"] for a in awards})
        self.ends, self.ranks = ends, ranks
        length = 2 + len(ends) + len(ranks)
        self.weight = lambda at: 3 ** (length - 1 - at)
        for award in awards:
            worth = self.weight(2 + len(ends) + ranks.index(award["rank"]))
            if award["lost_if_unspent"]:
                worth += self.weight(2 + ends.index(award["to"]))
            root = self.node()
            self.doors[award["id"], None] = root
            open_money = award["amount_pence"] - sum(f["reserved_pence"] for f in award["fences"])
            self.money.append((len(self.fixed), award))
            self.fixed.append((root, 0, open_money, -worth))
            self.plant(award, award["fences"], root, worth)
        # Which awards may pay: found once for each kind and day, and not counted.
        known = {}
        self.may = []
        for day, _, category, place, group in lines:
            key = (day, category, place, group)
            if key not in known:
                known[key] = numpy.array([
                    self.doors[a["id"], self.deepest(a["fences"], category, place, group)]
                    for a in awards
                    if a["from"] <= str(day) <= a["to"] and allows(a, category, place, group)
                ], dtype=numpy.int32)
            self.may.append(known[key])
        self.amounts = numpy.array([l[1] for l in lines], dtype=numpy.int64)

    def node(self):
        self.nodes += 1
        return self.nodes - 1

    def plant(self, award, fences, around, worth):
        for one in fences:
            room = door = self.node()
            if one["limit_pence"] is not None and not reserves(one["fences"]):
                door = self.node()
                self.fixed.append((door, room, one["limit_pence"], 0))
            self.doors[award["id"], one["id"]] = door
            own = one["reserved_pence"] - sum(f["reserved_pence"] for f in one["fences"])
            self.money.append((len(self.fixed), award))
            self.own.append((len(self.fixed), own))
            self.fixed.append((room, 0, own, -worth - self.weight(1)))
            self.fixed.append((room, around, 10**14, 0))
            self.plant(award, one["fences"], door, worth)

    def deepest(self, fences, category, place, group):
        for one in fences:
            if allows(one, category, place, group):
                return self.deepest(one["fences"], category, place, group) or one["id"]
        return None

    def solve(self):
        started = time.perf_counter()
        count = len(self.amounts)
        nodes = numpy.arange(self.nodes, self.nodes + count, dtype=numpy.int32)
        ways = numpy.array([len(m) for m in self.may])
        fixed = numpy.array(self.fixed, dtype=numpy.int64)
        tails = numpy.concatenate([fixed[:, 0].astype(numpy.int32), numpy.zeros(count, numpy.int32), numpy.repeat(nodes, ways)])
        heads = numpy.concatenate([fixed[:, 1].astype(numpy.int32), nodes, numpy.concatenate(self.may)])
        capacities = numpy.concatenate([fixed[:, 2], self.amounts, numpy.repeat(self.amounts, ways)])
        costs = numpy.concatenate([fixed[:, 3], numpy.full(count, -self.weight(0)), numpy.zeros(int(ways.sum()), numpy.int64)])
        flow = min_cost_flow.SimpleMinCostFlow()
        arcs = flow.add_arcs_with_capacity_and_unit_cost(tails, heads, capacities, costs)
        built = time.perf_counter()
        status = flow.solve()
        solved = time.perf_counter()
        if status != flow.OPTIMAL:
            sys.exit(f"the peer found no optimum: {status}")
        flows = flow.flows(arcs)
        covered = int(flows[len(self.fixed): len(self.fixed) + count].sum())
        ends, ranks = [0] * len(self.ends), [0] * len(self.ranks)
        for arc, award in self.money:
            ranks[self.ranks.index(award["rank"])] += int(flows[arc])
            if award["lost_if_unspent"]:
                ends[self.ends.index(award["to"])] += int(flows[arc])
        aims = [[int(self.amounts.sum()) - covered], [sum(own - int(flows[a]) for a, own in self.own)], ends, ranks]
        return aims, len(tails), built - started, solved - built


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--lines", type=int, default=100_000)
    options.add_argument("--runs", type=int, default=3)
    options.add_argument("--seed", type=int, default=7)
    options.add_argument("--previous", action="store_true")
    options.add_argument("--program", default=None, help="the built example; found under target/release otherwise")
    options = options.parse_args()
    target = Path(os.environ.get("CARGO_TARGET_DIR", Path(__file__).parent.parent / "target"))
    program = options.program or target / "release/examples/attribute"
    dice = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        lines = make_lines(dice, options.lines, folder / "lines.csv")
        awards = make_awards(dice, sum(l[1] for l in lines))
        facts = {"as_of": "2026-09-30", "awards": awards, "pins": [], "locks": [], "previous": []}
        (folder / "awards.json").write_text(json.dumps(facts))
        command = [program, folder / "awards.json", folder / "lines.csv", folder / "out.csv", folder / "summary.json"]
        ours, memory = [], 0
        for _ in range(options.runs):
            started = time.perf_counter()
            child = subprocess.Popen(command)
            _, status, usage = os.wait4(child.pid, 0)
            ours.append(time.perf_counter() - started)
            memory = max(memory, usage.ru_maxrss)
            if status != 0:
                sys.exit("ours failed")
        summary = json.loads((folder / "summary.json").read_text())
        peer = Peer(awards, lines)
        theirs = []
        for _ in range(options.runs):
            aims, arcs, build, solve = peer.solve()
            theirs.append(build + solve)
        print(f"{options.lines:,} lines, 40 awards, {arcs:,} arcs ungrouped, {summary['classes']} classes")
        print(f"ours, whole command: {min(ours):.2f} s (solved and checked in {summary['solve_ms']} ms; {memory // 1024} MB)")
        print(f"OR-tools: {min(theirs):.2f} s (last: built in {build:.2f} s, solved in {solve:.2f} s)")
        print(f"ratio: {min(ours) / min(theirs):.3f} (target 0.1), solving alone {summary['solve_ms'] / 1000 / min(theirs):.4f}")
        same = aims == summary["objective"][:4]
        print("aims 1 to 4:", "the same to the penny" if same else f"DIFFER\n  {aims}\n  {summary['objective']}")
        if options.previous:
            with open(folder / "out.csv", newline="") as rows:
                facts["previous"] = [
                    {"line": r["line"], "award": r["award"], "fence": r["fence"] or None, "amount_pence": int(r["amount_pence"])}
                    for r in csv.DictReader(rows)
                ]
            (folder / "awards.json").write_text(json.dumps(facts))
            with open(folder / "lines.csv", "a") as out:
                out.write("one-more,2026-07-07,12345,c01,p1,adults\n")
            started = time.perf_counter()
            subprocess.run(command, check=True)
            again = json.loads((folder / "summary.json").read_text())
            print(f"again with one more line and what was shown: {time.perf_counter() - started:.2f} s "
                  f"(solved and checked in {again['solve_ms']} ms), moved {again['objective'][4]} pence")
        if not same:
            sys.exit(1)


main()
