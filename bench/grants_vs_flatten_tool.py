#!/usr/bin/env python3
"""Published grants in the 360Giving standard: brought, checked, kept and exported, beside flatten-tool's conversion.

    python3 -m venv grants-venv && grants-venv/bin/pip install flattentool==0.28.0 jsonschema rfc3339-validator rfc3987
    cargo build --release && grants-venv/bin/python bench/grants_vs_flatten_tool.py --schema FOLDER [--like FILE]

Two ways, on the same grants, each program as a process of its own:

    JSON to CSV: `import grants` and `export grants --published --format csv`; `flatten-tool flatten`
    CSV to JSON: `import grants` and `export grants --published --format json`; `flatten-tool unflatten`

Ours checks every grant and keeps it in a database on the way; flatten-tool only converts. Then: what we exported as CSV,
made JSON again by flatten-tool, is what we exported as JSON; each of its grants is valid by the schema with formats
checked. FOLDER holds 360-giving-schema.json; FILE holds grants to make the many of (those of this script unless told).
Targets: at most 0.1 of flatten-tool's time, at most 300 MB.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

RATIO, MEGABYTES = 0.1, 300


def made_up():
    return [{"id": f"360G-hill-{n}", "title": f"Grant to “Number {n}”, and others", "description": "Drop-in, two days a week\nfor a year",
             "currency": "GBP", "amountAwarded": 1000 + n + n % 100 / 100, "awardDate": f"20{10 + n % 15}-06-{1 + n % 28:02}",
             "plannedDates": [{"startDate": "2025-07-01", "endDate": "2026-06-30", "duration": 12}],
             "recipientOrganization": [{"id": f"GB-CHC-{200000 + n}", "name": f"Charity {n}"}],
             "fundingOrganization": [{"id": "GB-CHC-1111111", "name": "The Hill Fund"}],
             "grantProgramme": [{"title": "Recovery"}], "dateModified": "2025-08-01T09:00:00Z"} for n in range(475)]


def many(grants, number):
    for n in range(number):
        grant = dict(grants[n % len(grants)])
        grant["id"] = f"{grant['id']}-{n}"
        yield grant


def run(what, *command, **more):
    """Seconds and the most megabytes of a process."""
    started = time.monotonic()
    process = subprocess.Popen([str(part) for part in command], **more)
    _, status, used = os.wait4(process.pid, 0)
    seconds, megabytes = time.monotonic() - started, used.ru_maxrss / 1024
    print(f"  {what:<44} {seconds:8.2f} s {megabytes:8.0f} MB", flush=True)
    if status != 0:
        raise SystemExit(f"{what} failed: {command}")
    return seconds, megabytes


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--program", default="target/release/tributary")
    p.add_argument("--grants", type=int, default=100_000)
    p.add_argument("--schema", required=True, type=Path, help="folder with 360-giving-schema.json")
    p.add_argument("--like", type=Path, help="360Giving JSON to make the many of")
    p.add_argument("--check", type=int, default=2_000, help="grants that are checked against the schema by jsonschema")
    a = p.parse_args()
    like = json.loads(a.like.read_text())["grants"] if a.like else made_up()
    flatten_tool = Path(sys.executable).parent / "flatten-tool"
    schema = a.schema / "360-giving-schema.json"
    quiet = {"stdout": subprocess.DEVNULL}
    good = True
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)

        def ours(name):
            data = folder / name
            subprocess.run([a.program, "--data-dir", data, "migrate"], check=True, **quiet)
            return [a.program, "--data-dir", data]

        source = folder / "grants.json"
        with source.open("w") as out:
            json.dump({"grants": list(many(like, a.grants))}, out)
        print(f"{a.grants} grants, {source.stat().st_size / 1e6:.0f} MB of JSON")

        print("JSON to CSV")
        one = ours("one")
        table, package = folder / "ours.csv", folder / "ours.json"
        steps = [run("tributary import grants", *one, "import", "grants", source, **quiet),
                 run("tributary export grants --format csv", *one, "export", "grants", "--published", "--format", "csv", "--output", table)]
        theirs = run("flatten-tool flatten", flatten_tool, "flatten", "-f", "csv", "--root-list-path", "grants", "-m", "grants",
                     "-o", folder / "flat", "-s", schema, "--use-titles", source, stderr=subprocess.DEVNULL)
        good &= verdict(steps, theirs)
        run("tributary export grants --format json", *one, "export", "grants", "--published", "--format", "json", "--output", package)

        print("CSV to JSON")
        two = ours("two")
        again = folder / "again.json"
        steps = [run("tributary import grants", *two, "import", "grants", table, **quiet),
                 run("tributary export grants --format json", *two, "export", "grants", "--published", "--format", "json", "--output", again)]
        tables = folder / "tables"
        tables.mkdir()
        (tables / "grants.csv").write_bytes(table.read_bytes())
        back = folder / "back.json"
        theirs = run("flatten-tool unflatten", flatten_tool, "unflatten", "-f", "csv", "--root-list-path", "grants", "-m", "grants",
                     "-o", back, "-s", schema, "--convert-titles", tables, stderr=subprocess.DEVNULL)
        good &= verdict(steps, theirs)

        mine, roundtrip = json.loads(package.read_text())["grants"], json.loads(back.read_text())["grants"]
        same = mine == roundtrip
        print(f"our CSV made JSON by flatten-tool is our JSON: {'yes' if same else 'NO'}")
        if not same:
            print(*next((a, b) for a, b in zip(mine, roundtrip) if a != b), sep="\n")
        print(f"our CSV imported again and exported is our JSON: {'yes' if package.read_bytes() == again.read_bytes() else 'NO'}")
        good &= same and package.read_bytes() == again.read_bytes()

        import jsonschema
        validator = jsonschema.Draft202012Validator(json.loads(schema.read_text()), format_checker=jsonschema.FormatChecker())
        wrong = [error.message for grant in mine[:a.check] for error in validator.iter_errors(grant)]
        print(f"{len(mine[:a.check])} of them checked by the schema with formats: {len(wrong)} errors {wrong[:3]}")
        good &= not wrong
    return 0 if good else 1


def verdict(steps, theirs):
    seconds, most = sum(step[0] for step in steps), max(step[1] for step in steps)
    ratio = seconds / theirs[0]
    met = ratio <= RATIO and most <= MEGABYTES
    print(f"  ours / flatten-tool: {ratio:.3f} (target {RATIO}); at most {most:.0f} MB (target {MEGABYTES}): "
          f"{'met' if met else 'NOT MET'}", flush=True)
    return met


if __name__ == "__main__":
    raise SystemExit(main())
