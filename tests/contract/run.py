#!/usr/bin/env python3
"""Does the running server keep to its own OpenAPI document, whatever it is sent?

CI, two roles, each against a demo of its own, bounded by a number of requests (this is what
`tests/run contract` does):

    tests/contract/run.py --program target/debug/tributary --seconds 0 -- --max-examples 4

Every role that the demo has, for longer:

    tests/contract/run.py --program target/debug/tributary --role all --seconds 600

A server that runs already, with a token of each role made on its account page (a token may also
come from the environment, as TRIBUTARY_TOKEN_GRANTS_OFFICER for the role grants-officer):

    tests/contract/run.py --url http://127.0.0.1:8080 --token grants-officer=TOKEN --token trustee=TOKEN

Only one operation, while mending it (what stands after `--` goes to schemathesis):

    tests/contract/run.py --program target/debug/tributary -- --include-operation-id returns.list

First the document that the server sends is compared with the committed one. Then, for each role,
schemathesis (pinned in tests/requirements.txt) sends examples, edge cases, random and nonsensical
requests and sequences of requests, with all of its checks on. A server error, an undocumented reply
or a reply unlike its schema fails the run. It ends with "N passed, N failed", where one is one
operation seen by one role.
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
import xml.etree.ElementTree as xml
from pathlib import Path

HERE = Path(__file__).resolve().parent
COMMITTED = HERE.parent.parent / "openapi" / "openapi.json"
DOCUMENT = "/api/openapi.json"

# The widest and a narrow one: what is allowed is exercised, and what is refused.
CI_ROLES = ["administrator", "trustee"]

# Operation ids that would end the very sign-in that the run lives on; each needs tests of its own in
# tests/it. (That the token still works at the end is looked at, too.)
LEFT_OUT = []

# The operation that tells whose token it is.
WHO_AM_I = "account.get"

# Under the 200 a second that one address may ask.
RATE = "180/s"


def main():
    options = read_arguments()
    demo = None
    score = Score()
    try:
        tokens = given_tokens(options)
        url = options.url
        if options.program:
            demo = Demo(options.program)
            url, tokens = demo.told["address"], demo.told["api_tokens"]
        roles = chosen_roles(options, tokens)
        if options.document:
            compare_documents(url.rstrip("/"), Path(options.document), score)
        for number, role in enumerate(roles):
            if demo and number:
                # What one role did must not decide what the next one meets.
                demo.stop()
                demo = Demo(options.program)
                url, tokens = demo.told["address"], demo.told["api_tokens"]
            run_role(options, url.rstrip("/"), role, tokens[role], score)
    except Trouble as trouble:
        score.fail(str(trouble))
    finally:
        if demo:
            demo.stop()
    print(f"{score.passed} passed, {score.failed} failed", flush=True)
    return 0 if score.failed == 0 and score.passed else 1


def read_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--program", help="the built program, whose demo is started and stopped")
    where.add_argument("--url", help="a server that runs already")
    parser.add_argument("--token", action="append", default=[], metavar="ROLE=TOKEN")
    parser.add_argument("--role", action="append", default=[], help="a role, or `all`")
    parser.add_argument("--seconds", type=int, default=150, help="for each role (default: 150; 0: one round)")
    parser.add_argument("--seed", type=int, default=1, help="another one sends other requests")
    parser.add_argument("--document", default=str(COMMITTED), help="'' to compare with none")
    parser.add_argument("--schemathesis", default=None, help="the program, if not beside this Python")
    parser.add_argument("more", nargs="*", help="after --, for schemathesis")
    return parser.parse_args()


def given_tokens(options):
    tokens = {}
    for name, value in os.environ.items():
        if name.startswith("TRIBUTARY_TOKEN_"):
            tokens[name.removeprefix("TRIBUTARY_TOKEN_").lower().replace("_", "-")] = value
    for given in options.token:
        role, _, token = given.partition("=")
        if not token:
            raise Trouble(f"--token {given!r} is not ROLE=TOKEN")
        tokens[role] = token
    return tokens


def chosen_roles(options, tokens):
    if not tokens:
        raise Trouble("there is no API token to sign in with: see --help")
    roles = options.role or (CI_ROLES if options.program else sorted(tokens))
    if roles == ["all"]:
        roles = sorted(tokens)
    for role in roles:
        if role not in tokens:
            raise Trouble(f"there is no API token for {role}, only for: {', '.join(sorted(tokens))}")
    return roles


def compare_documents(url, committed, score):
    served = json.loads(fetch(url + DOCUMENT))
    try:
        kept = json.loads(committed.read_text())
    except OSError as error:
        score.fail(f"the committed document cannot be read: {error}")
        return
    differences = list(differing(kept, served, ""))
    if differences:
        told = "\n    ".join(differences[:10])
        score.fail(
            f"the server's document differs from {committed.name} in {len(differences)} places"
            f" (write it anew, and read what changed):\n    {told}"
        )
    else:
        score.passed += 1


def differing(kept, served, at):
    if isinstance(kept, dict) and isinstance(served, dict):
        for key in sorted(kept.keys() | served.keys()):
            here = f"{at}/{key.replace('/', '~1')}"
            if key not in served:
                yield f"{here} is committed and not served"
            elif key not in kept:
                yield f"{here} is served and not committed"
            else:
                yield from differing(kept[key], served[key], here)
    elif kept != served:
        yield f"{at}: committed {json.dumps(kept)[:80]}, served {json.dumps(served)[:80]}"


def run_role(options, url, role, token, score):
    print(f"\n== as {role}", flush=True)
    known = operations(url)
    if not token_works(url, known, token):
        raise Trouble(f"the token of {role} is refused")
    with tempfile.TemporaryDirectory(prefix="tributary-contract-") as folder:
        report = Path(folder) / "report.xml"
        command = [
            options.schemathesis or str(Path(sys.executable).parent / "schemathesis"),
            "--config-file", str(HERE / "schemathesis.toml"),
            "run", url + DOCUMENT,
            "--url", url,
            "--checks", "all",
            "--mode", "all",
            "--phases", "examples,coverage,fuzzing,stateful",
            *(["--max-time", str(options.seconds)] if options.seconds else []),
            "--continue-on-failure",
            "--seed", str(options.seed),
            # One: two threads trip over each other in the ast module of Python 3.11 (its issue 106905).
            "--workers", "1",
            "--rate-limit", RATE,
            "--request-timeout", "10",
            "--generation-database", "none",
            "--suppress-health-check", "all",
            "--header", f"Authorization: Bearer {token}",
            "--report", "junit",
            "--report-junit-path", str(report),
            "--no-color",
            *[part for name in LEFT_OUT if name in known for part in ("--exclude-operation-id", name)],
            *options.more,
        ]
        # The budget ends the run between two steps; this ends one that does not come to an end.
        bound = options.seconds * 2 + 120 if options.seconds else 1200
        try:
            code = subprocess.run(
                command,
                cwd=folder,
                timeout=bound,
                stdin=subprocess.DEVNULL,
                env={**os.environ, "SCHEMATHESIS_HOOKS": "hooks", "PYTHONPATH": str(HERE), "PYTHONDONTWRITEBYTECODE": "1"},
            ).returncode
        except FileNotFoundError:
            raise Trouble("schemathesis is not installed: `tests/run install` does that") from None
        except subprocess.TimeoutExpired:
            score.fail(f"as {role}: not done after {bound} s")
            return
        cases = list(xml.parse(report).iter("testcase")) if report.exists() else []
    untested = [case for case in cases if case.find("skipped") is not None]
    failed = [case for case in cases if case.find("failure") is not None or case.find("error") is not None]
    score.passed += len(cases) - len(failed) - len(untested)
    score.failed += len(failed)
    for case in untested:
        score.fail(f"as {role}: the time ran out before {case.get('name')} was tested")
    for case in failed:
        print(f"FAILED as {role}: {case.get('name')}", flush=True)
    if code != 0 and not failed:
        score.fail(f"as {role}: schemathesis ended with {code}")
    elif not cases:
        score.fail(f"as {role}: no operation was tested")
    if not token_works(url, known, token):
        score.fail(f"as {role}: the token ended during the run, so what came after it proves nothing")


def operations(url):
    """Where each operation is, by its id."""
    paths = json.loads(fetch(url + DOCUMENT)).get("paths", {})
    return {
        operation["operationId"]: path
        for path, methods in paths.items()
        for operation in methods.values()
        if isinstance(operation, dict) and "operationId" in operation
    }


def token_works(url, known, token):
    if WHO_AM_I not in known:
        return True
    asked = urllib.request.Request(url + known[WHO_AM_I], headers={"Authorization": f"Bearer {token}"})
    try:
        with urllib.request.urlopen(asked, timeout=20) as reply:
            return reply.status == 200
    except (urllib.error.URLError, OSError):
        return False


def fetch(url):
    try:
        with urllib.request.urlopen(url, timeout=20) as reply:
            return reply.read()
    except (urllib.error.URLError, OSError) as error:
        raise Trouble(f"{url} does not answer: {error}") from None


class Trouble(Exception):
    """Why nothing can be tested, for a person."""


class Score:
    def __init__(self):
        self.passed = 0
        self.failed = 0

    def fail(self, sentence):
        self.failed += 1
        print(f"FAILED {sentence}", flush=True)


class Demo:
    """A demo with a folder of its own; it prints one line of JSON when it is ready."""

    def __init__(self, program, seconds=120):
        self.folder = tempfile.mkdtemp(prefix="tributary-contract-demo-")
        self.log = open(Path(self.folder) / "log", "w+")
        command = [program, "demo", "--port", "0", "--data-dir", f"{self.folder}/data", "--json"]
        # A group of its own: Ctrl-C reaches us, and we stop it.
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self.log,
            text=True,
            start_new_session=True,
        )
        # Ends the reading below if the line does not come.
        signal.signal(signal.SIGALRM, lambda *_: self.process.kill())
        signal.alarm(seconds)
        try:
            line = next((line for line in self.process.stdout if line.startswith("{")), None)
        finally:
            signal.alarm(0)
        if line is None:
            self.log.seek(0)
            last = "".join(self.log.readlines()[-20:])
            self.stop()
            raise Trouble(f"the demo did not start:\n{last}")
        self.told = json.loads(line)

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sys.exit(main())
