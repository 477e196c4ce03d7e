#!/usr/bin/env python3
"""How long the server takes for each page and each JSON list of the demo: two years of monthly spend, six providers.

    cargo build --release && python3 bench/pages.py [--program target/release/tributary] [--lines 100000] [--visits 30]

With --lines, so many more spend lines are brought as one file first, as a person would, so that what costs by lines
shows. Each page is fetched over one kept connection on this machine, from the request to its last byte; what the same
connection takes for /health/live, which does nothing, is printed as the share of HTTP itself and not taken off. Target:
the median of the pages' medians under 15 ms. Ends with 1 when a median is over it.
"""

import argparse
import re
import statistics
import time

from house import Demo, as_csv, load, pools_that_run, rows


def first(person, page, pattern):
    found = re.search(pattern, person.get(page).decode())
    return found[1] if found else None


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--program", default="target/release/tributary")
    p.add_argument("--lines", type=int, default=0)
    p.add_argument("--visits", type=int, default=30)
    a = p.parse_args()
    with Demo(a.program) as demo:
        officer, finance, administrator = (demo.person(r) for r in ("grants-officer", "finance-officer", "administrator"))
        time.sleep(8)  # the worker drafts what is due and writes the reminders
        if a.lines:
            pools = pools_that_run(finance)
            categories = [category["slug"] for category in finance.json("/api/v1/cost-categories")["items"]]
            table, total = rows(a.lines, [pool["slug"] for pool in pools], categories)
            accepted, attributed = load(finance, "bench.csv", as_csv(table), total, pools)
            print(f"{a.lines} rows brought: accepted after {accepted:.1f} s, attributed after {attributed:.1f} s")
            time.sleep(15)  # the drafts that rest on it
        award = first(officer, "/awards", r'href="(/awards/[0-9a-f-]{36})"')
        pool = first(finance, "/pools", r'href="(/pools/[0-9a-f-]{36})"')
        line = first(finance, "/spend", r'href="(/spend/[0-9a-f-]{36})"')
        imported = first(finance, "/imports", r'href="(/imports/[0-9a-f-]{36})"')
        one = first(officer, "/returns", r'href="(/returns/[0-9a-f-]{36})"')
        section = first(officer, one, rf'href="({one}/sections/[^"#]+)"')
        figure = first(officer, section, rf'href="({one}/figures/[^"#]+)"')
        award_id = award.rsplit("/", 1)[1]
        import_id = imported.rsplit("/", 1)[1]
        pages = [
            (officer, ["/", "/deadlines", "/returns", one, section, figure, "/awards", award, f"{award}/forecasts",
                       f"{award}/match", "/account"]),
            (finance, ["/pools", pool, "/spend", "/spend?state=settled", "/spend?state=unsettled", "/spend?reason=all-full",
                       f"/spend?award={award_id}", f"/spend?import_id={import_id}", line, "/imports", imported,
                       "/import-profiles", "/cost-categories"]),
            (administrator, ["/operations", "/outbox", "/people", "/organisations"]),
            (finance, ["/api/v1/spend-lines?limit=50", "/api/v1/spend-totals", "/api/v1/pools", "/api/v1/imports",
                       "/api/v1/awards", "/api/v1/returns", "/api/v1/deadlines", "/api/v1/cost-categories",
                       f"/api/v1/imports/{import_id}", f"/api/v1/imports/{import_id}/faults"]),
        ]
        medians = {}
        bare = statistics.median(officer.timed("/health/live") for _ in range(a.visits)) * 1000
        print(f"{'median':>9} {'slowest':>9}   (of {a.visits} visits, in ms; {bare:.2f} ms of each are HTTP)")
        for person, paths in pages:
            for path in filter(None, paths):
                person.get(path)
                times = [person.timed(path) * 1000 for _ in range(a.visits)]
                name = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "…", path)
                medians[name] = statistics.median(times)
                print(f"{medians[name]:9.2f} {max(times):9.2f}   {name}", flush=True)
    middle, slowest = statistics.median(medians.values()), max(medians, key=medians.get)
    over = [name for name, median in medians.items() if median >= 15]
    print(f"median of the medians {middle:.2f} ms (target < 15); the slowest is {slowest} with {medians[slowest]:.2f} ms; "
          f"{len(over)} of {len(medians)} are over 15 ms{': ' + ', '.join(over) if over else ''}")
    return 1 if middle >= 15 else 0


if __name__ == "__main__":
    raise SystemExit(main())
