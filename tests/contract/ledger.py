#!/usr/bin/env python3
"""The exported ledger is a good one for tools that are not ours, and their balances equal ours to the
penny: hledger and beancount read it, and each balance by award, pool and cost category is that of the
API's funding grid.

    tests/contract/ledger.py --program target/debug/tributary

Needs hledger, and beancount from tests/requirements.txt. It ends with "N passed, N failed".
"""

import argparse
import csv
import io
import subprocess
import sys
import time
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

from journey import Caller
from run import Demo


def ran(command, **more):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **more)
    assert done.returncode == 0, f"{command[0]} {command[1:3]} failed:\n{done.stderr[-2000:]}{done.stdout[-2000:]}"
    return done.stdout


def ours(api):
    """What the API says, in pence, by what an account is called: spend by pool and category, and what
    each award pays of it."""
    spent, paid = {}, {}
    for pool in api.all("/api/v1/pools"):
        grid = api.get("/api/v1/funding-grid", pool_id=pool["id"], as_of="2199-12-31").json
        titles = {award["award_id"]: award["award"] for award in grid["awards"]}
        for row in grid["rows"]:
            name = f"{pool['name']}: {row['category']}"
            spent[name] = row["spend_pence"]
            for cell in row["cells"]:
                paid[f"{titles[cell['award_id']]}: {name}"] = cell["attributed_pence"]
    return some(spent), some(paid)


def some(balances):
    return {name: pence for name, pence in balances.items() if pence}


def pence(pounds):
    return int(Decimal(pounds) * 100)


def by_name(balances, names):
    """Balances by account, called as the account is in words; income is negative in a ledger."""
    spent, paid = defaultdict(int), defaultdict(int)
    for account, amount in balances.items():
        if account.startswith("Expenses:"):
            spent[names[account]] += amount
        elif account.startswith("Income:"):
            paid[names[account]] -= amount
    return some(spent), some(paid)


def by_hledger(path):
    ran(["hledger", "-f", path, "check"])
    ran(["hledger", "-f", path, "check", "accounts", "commodities"])
    table = ran(["hledger", "-f", path, "balance", "--flat", "--no-total", "-O", "csv", "Expenses", "Income"])
    rows = list(csv.reader(io.StringIO(table)))[1:]
    balances = {account: pence(amount.removesuffix(" GBP")) for account, amount in rows}
    names = {}
    for line in Path(path).read_text().splitlines():
        if line.startswith("account "):
            account, name = line.removeprefix("account ").split("  ; ", 1)
            names[account] = name
    return by_name(balances, names)


def by_beancount(path):
    from beancount import loader
    from beancount.core.data import Open, Transaction

    ran([Path(sys.executable).parent / "bean-check", path])
    entries, errors, _ = loader.load_file(path)
    assert not errors, errors[:3]
    balances, names = defaultdict(int), {}
    for entry in entries:
        if isinstance(entry, Open):
            names[entry.account] = entry.meta["name"]
        elif isinstance(entry, Transaction):
            for posting in entry.postings:
                balances[posting.account] += pence(posting.units.number)
    return by_name(balances, names)


def export(program, demo, kind):
    path = f"{demo.folder}/ledger.{kind}"
    ran([program, "export", "ledger", "--format", kind, "--output", path],
        env={"TRIBUTARY_DATA_DIR": f"{demo.folder}/data", "PATH": "/usr/bin:/bin"})
    return path


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", required=True)
    program = str(Path(parser.parse_args().program).resolve())
    demo = Demo(program)
    passed = failed = 0
    try:
        api = Caller(demo.told["address"], demo.told["api_tokens"]["finance-officer"])
        for kind, read in (("hledger", by_hledger), ("beancount", by_beancount)):
            try:
                for _ in range(60):  # until the demo's worker has attributed all of it
                    before = ours(api)
                    path = export(program, demo, kind)
                    if before[1] and ours(api) == before:
                        break
                    time.sleep(1)
                theirs = read(path)
                for what, mine, other in zip(("spend", "what awards pay"), before, theirs):
                    unlike = {name for name in mine.keys() | other.keys() if mine.get(name) != other.get(name)}
                    assert mine and not unlike, f"{what}: {[(n, mine.get(n), other.get(n)) for n in sorted(unlike)[:5]]}"
                passed += 1
            except (AssertionError, OSError) as error:
                failed += 1
                print(f"FAILED {kind}: {error}")
    finally:
        demo.stop()
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
