#!/usr/bin/env python3
"""Memory while a large file of spend is imported, as CSV and as XLSX: of `serve`, and of the child that reads a workbook.

    cargo build --release && python3 bench/import_memory.py [--program target/release/tributary] [--rows 100000]

Each file goes through a server of its own (the demo's database), as a person brings it; the most that the process ever
held (VmHWM) is printed beside what it holds at rest, and beside the file's own size. Bounds: 200 MB for the server and
400 MB for the child.
"""

import argparse
import threading
import time

from house import Demo, as_csv, as_xlsx, children, load, memory_mb, pools_that_run, rows

SERVER, CHILD = 200, 400


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--program", default="target/release/tributary")
    p.add_argument("--rows", type=int, default=100_000)
    a = p.parse_args()
    good = True
    for kind, write in (("CSV", as_csv), ("XLSX", as_xlsx)):
        with Demo(a.program) as demo:
            finance = demo.person("finance-officer")
            time.sleep(10)
            at_rest = memory_mb(demo.process.pid, "VmRSS")
            pools = pools_that_run(finance)
            categories = [category["slug"] for category in finance.json("/api/v1/cost-categories")["items"]]
            table, total = rows(a.rows, [pool["slug"] for pool in pools], categories)
            content = write(table)
            del table
            most, over = {"child": 0.0}, threading.Event()

            def watch():
                while not over.wait(0.02):
                    for child in children(demo.process.pid):
                        most["child"] = max(most["child"], memory_mb(child, "VmHWM"))

            watching = threading.Thread(target=watch)
            watching.start()
            accepted, attributed = load(finance, f"bench.{kind.lower()}", content, total, pools)
            over.set()
            watching.join()
            server = memory_mb(demo.process.pid, "VmHWM")
            time.sleep(10)
            after = memory_mb(demo.process.pid, "VmRSS")
            print(f"{kind:<5} {a.rows} rows, {len(content) / 1e6:.1f} MB: accepted after {accepted:.1f} s, attributed after "
                  f"{attributed:.1f} s; server {at_rest:.0f} MB at rest, {server:.0f} MB at most (bound {SERVER}), "
                  f"{after:.0f} MB afterwards; child {most['child']:.0f} MB at most (bound {CHILD})", flush=True)
            good = good and server < SERVER and most["child"] < CHILD
    return 0 if good else 1


if __name__ == "__main__":
    raise SystemExit(main())
