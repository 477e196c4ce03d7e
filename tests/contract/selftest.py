#!/usr/bin/env python3
"""Shows that run.py passes a server that keeps its contract and fails those that do not.

The servers are small and speak HTTP for real; each bad one has one fault. Ends with "N passed, N failed".
"""

import json
import subprocess
import sys
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

RUN = Path(__file__).resolve().parent / "run.py"

PROBLEM = {
    "description": "A problem",
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
POOL = {"application/json": {"schema": {"$ref": "#/components/schemas/Pool"}}}
DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "Pools", "version": "1"},
    "security": [{"token": []}],
    "paths": {
        "/pools": {
            "post": {
                "operationId": "pools.add",
                "requestBody": {"required": True, "content": POOL},
                "responses": {
                    "201": {"description": "Added", "content": POOL},
                    **{code: PROBLEM for code in ("400", "401", "405", "415")},
                },
            }
        },
        "/pools/{number}": {
            "get": {
                "operationId": "pools.get",
                "parameters": [
                    {
                        "name": "number",
                        "in": "path",
                        "required": True,
                        "schema": {"type": "integer", "minimum": 1, "maximum": 99},
                    }
                ],
                "responses": {
                    "200": {"description": "It", "content": POOL},
                    **{code: PROBLEM for code in ("400", "401", "404", "405")},
                },
            }
        },
    },
    "components": {
        "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        "schemas": {
            "Problem": {
                "type": "object",
                "properties": {"title": {"type": "string"}},
                "required": ["title"],
            },
            "Pool": {
                "type": "object",
                "properties": {"name": {"type": "string", "minLength": 1, "maxLength": 20}},
                "required": ["name"],
                "additionalProperties": False,
            },
        },
    },
}


class Pools(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    fault = None

    def handle_any(self):
        length = int(self.headers.get("content-length") or 0)
        body = self.rfile.read(length)
        if self.path == "/api/openapi.json":
            return self.reply(200, DOCUMENT)
        signed_in = self.headers.get("authorization") == "Bearer secret"
        if not signed_in and self.fault != "no sign-in needed":
            return self.reply(401, {"title": "Sign in"})
        at, _, number = self.path.split("?")[0].removeprefix("/pools").partition("/")
        if number:
            return self.get(number) if self.command == "GET" else self.reply(405, {"title": "No"}, allow="GET")
        if at or not self.path.startswith("/pools"):
            return self.reply(404, {"title": "No such page"})
        return self.add(body) if self.command == "POST" else self.reply(405, {"title": "No"}, allow="POST")

    def get(self, number):
        if not (number.isascii() and number.isdigit() and not number.startswith("0") and int(number) <= 99):
            return self.reply(400, {"title": "Not a number from 1 to 99"})
        if self.fault == "server error" and int(number) == 99:
            return self.reply(500, {"title": "Oh"})
        if self.fault == "unlike its schema":
            return self.reply(200, {"nom": "x"})
        if self.fault == "undocumented status":
            return self.reply(202, {"name": "x"})
        return self.reply(200, {"name": "x"})

    def add(self, body):
        if self.headers.get("content-type", "").split(";")[0] != "application/json":
            return self.reply(415, {"title": "JSON, please"})
        try:
            pool = json.loads(body)
        except ValueError:
            return self.reply(400, {"title": "Not JSON"})
        right = (
            isinstance(pool, dict)
            and list(pool) == ["name"]
            and isinstance(pool["name"], str)
            and 1 <= len(pool["name"]) <= 20
        )
        if not right and self.fault != "takes anything":
            return self.reply(400, {"title": "Not a pool"})
        return self.reply(201, pool if right else {"name": "x"})

    def reply(self, status, body, allow=None):
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(text)))
        if allow:
            self.send_header("allow", allow)
        if status == 401:
            self.send_header("www-authenticate", "Bearer")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(text)

    def log_message(self, *_):
        pass

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = do_TRACE = do_QUERY = handle_any


def run(fault, committed):
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Faulty", (Pools,), {"fault": fault}))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.NamedTemporaryFile("w", suffix=".json") as document:
        json.dump(committed, document)
        document.flush()
        address = f"http://127.0.0.1:{server.server_port}"
        command = [sys.executable, RUN, "--url", address, "--token", "trustee=secret"]
        command += ["--seconds", "0", "--document", document.name, "--", "--max-examples", "20"]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    server.shutdown()
    server.server_close()
    return done.returncode, done.stdout


def main():
    changed = json.loads(json.dumps(DOCUMENT))
    del changed["paths"]["/pools"]
    cases = [
        ("nothing", DOCUMENT, 0, "3 passed, 0 failed"),
        ("server error", DOCUMENT, 1, "Server error"),
        ("unlike its schema", DOCUMENT, 1, "Response violates schema"),
        ("undocumented status", DOCUMENT, 1, "Undocumented status code"),
        ("takes anything", DOCUMENT, 1, "Schema-violating request accepted"),
        ("no sign-in needed", DOCUMENT, 1, "API accepts requests without authentication"),
        ("nothing", changed, 1, "/paths/~1pools is served and not committed"),
    ]
    passed = failed = 0
    for fault, committed, code, words in cases:
        got, said = run(fault, committed)
        if got == code and words in said:
            passed += 1
        else:
            failed += 1
            print(f"FAILED with the fault '{fault}', it should end with {code} and say '{words}'; it said:\n{said}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
