#!/usr/bin/env python3
"""A client generated from the committed document works: it is made whole, without a warning, and
makes typed calls to a running demo.

    tests/contract/client.py --program target/debug/tributary

It ends with "N passed, N failed".
"""

import argparse
import os
import subprocess
import sys
import tempfile
import uuid
from datetime import date
from pathlib import Path

from run import COMMITTED, Demo

# The generator knows no spreadsheets and archives: to it a workbook is bytes.
CONFIG = """\
content_type_overrides:
  application/vnd.openxmlformats-officedocument.spreadsheetml.sheet: application/octet-stream
  application/vnd.ms-excel.sheet.macroEnabled.12: application/octet-stream
  application/zip: application/octet-stream
"""


def generate(folder):
    config = Path(folder) / "config.yml"
    config.write_text(CONFIG)
    bin = Path(sys.executable).parent
    done = subprocess.run(
        [
            bin / "openapi-python-client", "generate", "--path", COMMITTED, "--config", config,
            "--output-path", Path(folder) / "tributary_client", "--meta", "none", "--fail-on-warning",
        ],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        env={**os.environ, "PATH": f"{bin}:{os.environ['PATH']}"},  # it formats with ruff
    )
    assert done.returncode == 0, f"a client cannot be generated:\n{done.stdout[-4000:]}"


def calls(told):
    """A few calls: a list by page, one thing, a creation with its key, a change with its tag, a refusal."""
    from tributary_client import AuthenticatedClient
    from tributary_client.api.account import account_get
    from tributary_client.api.cost_categories import categories_create
    from tributary_client.api.returns import returns_answer, returns_answer_get, returns_get, returns_list
    from tributary_client.models import NewAnswer, NewCategory, Problem, ReturnOrder

    token = told["api_tokens"]["grants-officer"]
    client = AuthenticatedClient(base_url=told["address"], token=token)

    me = account_get.sync(client=client)
    assert "grants-officer" in [held.role.value for held in me.roles], me

    seen, after = [], None
    while True:
        page = returns_list.sync(client=client, limit=1, sort=ReturnOrder.DUE_AT, **({"after": after} if after else {}))
        seen += page.items
        after = page.next_
        if not after:
            break
    assert len(seen) >= 2 and seen == sorted(seen, key=lambda one: one.due_at), seen
    assert all(isinstance(one.due_on, date) for one in seen)

    key, new = str(uuid.uuid4()), NewCategory(slug=f"typed-{uuid.uuid4().hex[:8]}", name="Typed")
    first = categories_create.sync_detailed(client=client, body=new, idempotency_key=key)
    again = categories_create.sync_detailed(client=client, body=new, idempotency_key=key)
    assert first.status_code == again.status_code == 201 and first.parsed.id == again.parsed.id, (first, again)

    drafted = next(one for one in seen if one.state.value == "drafted")
    whole = returns_get.sync(drafted.id, client=client)
    question = next(
        answer for section in whole.sections for answer in section.answers
        if answer.kind.value == "text" and not answer.written_when_signed
    )
    tag = returns_answer_get.sync_detailed(drafted.id, question.key, client=client).headers["ETag"]
    typed = NewAnswer(value="Typed by a generated client.", reason="It was asked to.")
    done = returns_answer.sync(drafted.id, question.key, client=client, body=typed, if_match=tag)
    assert done.stands.version > whole.version, done

    stale = returns_answer.sync(drafted.id, question.key, client=client, body=typed, if_match=tag)
    assert isinstance(stale, Problem) and stale.status == 412, stale


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True, help="the built program, whose demo is started and stopped")
    options = parser.parse_args()
    passed = failed = 0
    demo = None
    with tempfile.TemporaryDirectory(prefix="tributary-client-") as folder:
        sys.path.insert(0, folder)
        sys.dont_write_bytecode = True
        try:
            generate(folder)
            passed += 1
            demo = Demo(options.program)
            wait_for_drafts(demo.told)
            calls(demo.told)
            passed += 1
        except Exception as error:
            failed += 1
            print(f"FAILED {type(error).__name__}: {error}", flush=True)
        finally:
            if demo:
                demo.stop()
    print(f"{passed} passed, {failed} failed", flush=True)
    return 1 if failed else 0


def wait_for_drafts(told):
    """The worker drafts what is due in the first seconds."""
    import time

    import httpx

    for _ in range(120):
        reply = httpx.get(
            f"{told['address']}/api/v1/returns?state=drafted",
            headers={"Authorization": f"Bearer {told['api_tokens']['grants-officer']}"},
        )
        if reply.json()["items"]:
            return
        time.sleep(0.5)
    raise AssertionError("nothing was drafted in a minute")


if __name__ == "__main__":
    sys.exit(main())
