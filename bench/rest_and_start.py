#!/usr/bin/env python3
"""Memory at rest of `tributary serve`, and the time from starting it on an existing database to its first page.

    cargo build --release && python3 bench/rest_and_start.py [--program target/release/tributary] [--runs 5]

Beside each figure stands a limit measured in the same run: for the start, a Python web server of the standard library
that answers one page; for memory, the same server's. Targets: start < 1 s, memory at rest < 80 MB.
"""

import argparse
import json
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

PEER = """
import http.server, sys
class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(b'<h1>page</h1>')
    def log_message(self, *a): pass
server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Page)
print(f'Peer is at http://127.0.0.1:{server.server_port}', flush=True)
server.serve_forever()
"""


def resident_mb(pid):
    text = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+) kB", text)[1]) / 1000


def started(command, rest):
    """Seconds to the first page, and resident megabytes after `rest` idle seconds."""
    began = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        address = re.search(r"http://\S+", process.stdout.readline())[0]
        page = urllib.request.urlopen(f"{address}/sign-in" if "tributary" in command[0] else address, timeout=10)
        assert page.status == 200 and page.read()
        seconds = time.monotonic() - began
        time.sleep(rest)
        return seconds, resident_mb(process.pid)
    finally:
        process.terminate()
        process.wait(30)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--program", default="target/release/tributary")
    p.add_argument("--runs", type=int, default=5)
    p.add_argument("--rest", type=float, default=20, help="idle seconds before memory is read")
    a = p.parse_args()
    program = str(pathlib.Path(a.program).resolve())
    with tempfile.TemporaryDirectory() as folder:
        tell = time.monotonic()
        subprocess.run([program, "demo", "--tell-only", "--port", "0", "--data-dir", folder], check=True, stdout=subprocess.DEVNULL)
        told = time.monotonic() - tell
        serve = [program, "serve", "--listen", "127.0.0.1:0", "--data-dir", folder]
        # the first start drafts the returns that are due; what is measured is a house at rest
        started(serve, a.rest)
        ours = [started(serve, a.rest if run == 0 else 1) for run in range(a.runs)]
        peer = [started([sys.executable, "-c", PEER], 1) for _ in range(a.runs)]
    start, peer_start = (statistics.median(s for s, _ in runs) for runs in (ours, peer))
    figures = {
        "story told in s": round(told, 2),
        "start to first page in s (target < 1)": round(start, 3),
        "ratio to a bare Python server": round(start / peer_start, 2),
        "memory at rest in MB (target < 80)": round(ours[0][1], 1),
        "ratio of memory": round(ours[0][1] / peer[0][1], 2),
    }
    print(json.dumps(figures, indent=1))
    return 0 if start < 1 and ours[0][1] < 80 else 1


if __name__ == "__main__":
    sys.exit(main())
