#!/usr/bin/env python3
"""A return from spend to sending, as somebody outside would program it.

Written from the API's document alone (GET /api/openapi.json), with Python's own library. It brings a
file of spend, sees the draft appear, reads what is missing, types answers, builds the workbook,
offers it, and records its sending with a receipt. Copy from it what you need.

    tests/contract/journey.py --program target/debug/tributary       # a demo of its own
    tributary demo --json >demo.json &                               # or one that runs
    tests/contract/journey.py --demo demo.json

Only one step is not for programs: certifying. No token may, so the certifier signs in as a browser
does, with the second factor. It ends with "N passed, N failed", one for each step.
"""

import argparse
import base64
import csv
import datetime
import hashlib
import hmac
import html
import http.cookiejar
import io
import json
import re
import struct
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
import zipfile
from datetime import date, timedelta

ANSWERS = {
    "number": 3,
    "money": 0,
    "date": None,  # today
    "yes-no": True,
    "text": "As planned; nothing to report.",
}


# ---- speaking to the API -----------------------------------------------------------------------


class Refused(Exception):
    """A problem document (RFC 9457)."""

    def __init__(self, status, problem):
        self.status, self.problem = status, problem
        wrong = "; ".join(f"{one['pointer']}: {one['detail']}" for one in problem.get("errors", []))
        super().__init__(f"{status} {problem.get('type')}: {problem.get('detail')} {wrong}".strip())


class Reply:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def etag(self):
        return self.headers["ETag"]


class Caller:
    """A program with its token."""

    def __init__(self, address, token):
        self.address = address
        self.headers = {"Authorization": f"Bearer {token}"}
        self.opener = urllib.request.build_opener()

    def ask(self, method, path, body=None, **headers):
        """One request. Every POST gets a key, so that it could be repeated safely."""
        sent = dict(self.headers)
        if method == "POST":
            sent["Idempotency-Key"] = str(uuid.uuid4())
        sent.update({name.replace("_", "-"): value for name, value in headers.items()})
        if isinstance(body, (dict, list)):
            body = json.dumps(body).encode()
            sent["Content-Type"] = "application/json"
        request = urllib.request.Request(self.address + path, body, sent, method=method)
        while True:
            try:
                with self.opener.open(request, timeout=30) as reply:
                    return Reply(reply.status, reply.headers, reply.read())
            except urllib.error.HTTPError as error:
                if error.code in (429, 503):  # not just now
                    time.sleep(int(error.headers["Retry-After"]))
                    continue
                raise Refused(error.code, json.loads(error.read())) from None

    def get(self, path, **query):
        at = path + ("?" + urllib.parse.urlencode(query) if query else "")
        return self.ask("GET", at)

    def all(self, path, **query):
        """Every item of a list, page by page."""
        while True:
            page = self.get(path, **query).json
            yield from page["items"]
            if not page.get("next"):
                return
            query["after"] = page["next"]

    def parts(self, path, fields, files, **headers):
        """A form with files (multipart/form-data)."""
        edge = uuid.uuid4().hex
        body = io.BytesIO()
        for name, value in fields.items():
            body.write(f'--{edge}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode())
        for name, (file_name, data) in files.items():
            body.write(
                f'--{edge}\r\nContent-Disposition: form-data; name="{name}"; filename="{file_name}"\r\n'
                "Content-Type: application/octet-stream\r\n\r\n".encode()
            )
            body.write(data + b"\r\n")
        body.write(f"--{edge}--\r\n".encode())
        kind = f"multipart/form-data; boundary={edge}"
        return self.ask("POST", path, body.getvalue(), Content_Type=kind, **headers)


class Browser(Caller):
    """A person in a browser: cookies, the link, the second factor, the form token of the pages."""

    def __init__(self, address, link, totp_secret):
        super().__init__(address, "")
        self.headers = {}
        jar = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
        token = urllib.parse.parse_qs(urllib.parse.urlparse(link).query)["token"][0]
        self.form("/sign-in/session", token=token)
        # a code is good once: the one of the demo's own sign-in may be this half-minute's
        for step in (0, 1, -1):
            page = self.form("/sign-in/code", csrf=self.csrf(), code=totp(totp_secret, step))
            if 'name="code"' not in page:
                break
        self.headers["X-CSRF-Token"] = self.csrf()

    def form(self, path, **fields):
        data = urllib.parse.urlencode(fields).encode()
        request = urllib.request.Request(self.address + path, data)
        request.add_header("Content-Type", "application/x-www-form-urlencoded")
        try:
            with self.opener.open(request, timeout=30) as reply:
                return reply.read().decode()
        except urllib.error.HTTPError as error:
            return error.read().decode()

    def csrf(self):
        with self.opener.open(self.address + "/account", timeout=30) as reply:
            found = re.search(r'name="csrf" value="([^"]+)"', reply.read().decode())
        expect(found, "nobody is signed in: a link signs in once, so start the demo anew")
        return html.unescape(found[1])


def totp(secret, step=0):
    """RFC 6238, as an authenticator app does it."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    counter = struct.pack(">Q", int(time.time()) // 30 + step)
    mac = hmac.new(key, counter, hashlib.sha1).digest()
    at = mac[-1] & 15
    return f"{(struct.unpack('>I', mac[at:at + 4])[0] & 0x7FFFFFFF) % 1_000_000:06}"


# ---- the journey -------------------------------------------------------------------------------


class Journey:
    def __init__(self, told):
        self.told = told
        self.address = told["address"].rstrip("/")
        tokens = told["api_tokens"]
        self.grants = Caller(self.address, tokens["grants-officer"])
        self.finance = Caller(self.address, tokens["finance-officer"])
        self.trustee = Caller(self.address, tokens["trustee"])
        self.committee = Caller(self.address, tokens["committee-member"])
        self.mark = uuid.uuid4().hex[:8]
        today = date.today()
        month = (today.month - 1) // 3 * 3 + 1
        this_quarter = today.replace(month=month, day=1)
        self.ended = this_quarter - timedelta(days=1)
        self.began = self.ended.replace(day=1, month=self.ended.month - 2)

    STEPS = [
        "everybody_is_who_their_token_says",
        "records_are_made_and_a_repeat_makes_none",
        "a_return_is_asked_for",
        "a_file_of_spend_is_brought",
        "a_faulty_row_is_corrected",
        "the_import_is_accepted",
        "forecasts_and_match_are_entered",
        "the_draft_appears_with_the_spend_in_it",
        "a_figure_opens_to_its_lines",
        "what_is_missing_is_answered",
        "the_workbook_is_built_and_its_checks_explained",
        "it_is_offered_and_both_boards_agree",
        "a_token_cannot_certify",
        "both_offices_sign_in_a_browser",
        "the_certified_workbook_is_downloaded",
        "the_sending_is_recorded_with_a_receipt",
        "only_now_the_deadline_is_closed",
        "the_history_tells_it",
        "the_months_are_closed",
    ]

    def take(self):
        """Each step in turn; the first that fails ends it."""
        passed = 0
        for name in self.STEPS:
            try:
                getattr(self, name)()
            except (Refused, AssertionError, KeyError, StopIteration, OSError) as error:
                print(f"FAILED {name.replace('_', ' ')}: {type(error).__name__} {error}", flush=True)
                return passed, 1
            passed += 1
        return passed, 0

    def everybody_is_who_their_token_says(self):
        for caller, role in ((self.grants, "grants-officer"), (self.finance, "finance-officer")):
            me = caller.get("/api/v1/account").json
            expect(any(held["role"] == role for held in me["roles"]), me)

    def records_are_made_and_a_repeat_makes_none(self):
        bodies = list(self.grants.all("/api/v1/organisations", limit=5))
        kind = lambda wanted: next(one["id"] for one in bodies if one["kind"] == wanted)
        self.categories = {one["slug"]: one["id"] for one in self.grants.all("/api/v1/cost-categories")}
        quarterly = lambda form: form["current"] and "quarterly" in form["name"].lower()
        self.form = next(filter(quarterly, self.grants.all("/api/v1/forms")))
        new = {
            "reference": f"OUT-{self.mark}",
            "title": f"Outside grant {self.mark}",
            "programme": "Written by a program",
            "funder_id": self.form["funder_id"],
            "holder_id": kind("council"),
            "accountable_body_id": kind("council"),
            "amount_pence": 100_000_00,
            "starts_on": str(self.began),
            "ends_on": str(months_on(self.began, 12) - timedelta(days=1)),
            "nation": "england",
            "pays_for": "both",
            "legal_basis": "section-31",
            "lost_if_unspent": True,
        }
        key = str(uuid.uuid4())
        first = self.grants.ask("POST", "/api/v1/awards", new, Idempotency_Key=key)
        again = self.grants.ask("POST", "/api/v1/awards", new, Idempotency_Key=key)
        expect((first.status, first.body) == (again.status, again.body), (first.body, again.body))
        self.award = first.json["id"]
        expect(self.grants.get(first.headers["Location"]).json["reference"] == new["reference"])
        pool = {
            "slug": f"outside-{self.mark}",
            "name": f"Outside {self.mark}",
            "purpose": "What a program brings.",
            "holder_id": kind("council"),
            "policy": "in-order",
            "policy_from": str(self.began),
            "policy_agreed_by": "Joint meeting, minute 1",
            "contributions": [{"award_id": self.award, "agreed_pence": 100_000_00}],
        }
        self.pool = self.grants.ask("POST", "/api/v1/pools", pool).json["id"]
        self.pool_slug = pool["slug"]

    def a_return_is_asked_for(self):
        people = {role: Caller(self.address, self.told["api_tokens"][role]).get("/api/v1/account").json["person_id"]
                  for role in ("grants-officer", "certifier")}
        self.grants.ask("POST", f"/api/v1/awards/{self.award}/requirements", {
            "form_id": self.form["id"],
            "name": "Quarterly return",
            "period_months": 3,
            "first_period_from": str(self.began),
            "anchor_on": str(self.began),
            "due_rule": {"rule": "days-after-period-end", "days": 200, "adjust": "next-working-day"},
            "needs_trustees": True,
            "needs_committee": True,
            # as many as the form has places for, in its order and from its lists
            "signatures": [
                {"office": "Section 151 officer", "words": "Spent as agreed.", "order": 1},
                {"office": "Head of the programme", "words": "Delivered as agreed.", "order": 2},
            ],
            "preparer_id": people["grants-officer"],
            "certifier_id": people["certifier"],
            "sender_id": people["grants-officer"],
        })
        asked = self.grants.get(f"/api/v1/awards/{self.award}/requirements").json["items"]
        expect(len(asked) == 1 and asked[0]["due_in_words"], asked)

    def a_file_of_spend_is_brought(self):
        category = sorted(self.categories)[0]
        months = [months_on(self.began, n) for n in range(3)]
        rows = [["Trans", "Line", "Date", "Supplier", "What", "Amount", "Project", "Category"]]
        self.total = 0
        for n, month in enumerate(months):
            pence = 1_234_56 + n
            self.total += pence
            on = f"{month:%d/%m/%Y}" if n != 1 else f"31/02/{month:%Y}"  # one is faulty
            rows.append([f"{self.mark}{n}", "1", on, "Acorn Support Ltd", "Support", pounds(pence), "P1", category])
        text = io.StringIO()
        csv.writer(text).writerows(rows)
        self.file = text.getvalue().encode()
        self.right_date = f"{months[1]:%d/%m/%Y}"
        guess = self.finance.ask("POST", "/api/v1/import-profiles/suggestions", self.file,
                                 Content_Type="application/octet-stream").json
        expect("Amount" in guess["headings"], guess)
        column = lambda heading: {"header": heading}
        spec = {
            "system": f"outside-{self.mark}",
            "format": "csv",
            "columns": {
                "transaction": column("Trans"), "line": column("Line"), "incurred_on": column("Date"),
                "supplier": column("Supplier"), "description": column("What"), "amount": column("Amount"),
                "pool": column("Project"), "category": column("Category"),
            },
            "dates": {"formats": ["dd/mm/yyyy"]},
            "values": {"pool": {"entries": {"P1": self.pool_slug}}},
            "defaults": {"kind": "invoice", "capital_or_revenue": "revenue"},
        }
        profile = self.finance.ask("POST", "/api/v1/import-profiles", {"name": f"Outside {self.mark}", "spec": spec}).json
        fields = {"profile_id": profile["id"], "period_from": self.began, "period_to": self.ended,
                  "control_total_pence": self.total}
        key = str(uuid.uuid4())
        started, again = (
            self.finance.parts("/api/v1/imports", fields, {"file": ("outside.csv", self.file)}, Idempotency_Key=key)
            for _ in range(2)
        )
        expect(started.body == again.body, "the same key made a second import")
        self.at = started.headers["Location"]
        self.wait(lambda: self.finance.get(self.at).json, lambda one: one["state"] in ("waiting", "ready", "failed"))
        expect(self.finance.get(self.at + "/file").body == self.file, "the file is kept as it came")

    def a_faulty_row_is_corrected(self):
        waiting = self.finance.get(self.at).json
        expect(waiting["state"] == "waiting" and waiting["rows_faulty"] == 1, waiting)
        row = next(self.finance.all(self.at + "/faults"))
        at = f"{self.at}/faults/{row['row']}"
        correct = {"decision": "correct", "values": [{"column": "Date", "value": self.right_date}]}
        tag = self.finance.get(at).etag
        self.finance.ask("PUT", at + "/resolution", correct, If_Match=tag)
        refused(412, lambda: self.finance.ask("PUT", at + "/resolution", correct, If_Match=tag))

    def the_import_is_accepted(self):
        ready = self.finance.get(self.at)
        expect(ready.json["state"] == "ready" and ready.json["difference_pence"] == 0, ready.json)
        refused(428, lambda: self.finance.ask("POST", self.at + "/acceptance"))
        done = self.finance.ask("POST", self.at + "/acceptance", If_Match=ready.etag).json
        expect(done["state"] == "accepted", done)
        of_pool = {"pool_id": self.pool}
        self.wait(lambda: self.finance.get("/api/v1/spend-totals", **of_pool).json,
                  lambda totals: totals["attributed_pence"] == self.total)
        lines = list(self.finance.all("/api/v1/spend-lines", limit=2, **of_pool))
        expect(sum(line["amount_pence"] for line in lines) == self.total, lines)
        table = self.finance.ask("GET", f"/api/v1/spend-lines?pool_id={self.pool}", Accept="text/csv")
        told = [row["amount_pounds"] for row in csv.DictReader(io.StringIO(table.body.decode()))]
        expect(sorted(told) == sorted(pounds(line["amount_pence"]) for line in lines), told)

    def forecasts_and_match_are_entered(self):
        month = str(months_on(self.began, 4))
        category = self.categories[sorted(self.categories)[0]]
        entered = self.grants.ask("POST", f"/api/v1/awards/{self.award}/forecasts", {"entries": [
            {"month": month, "category_id": category, "capital": False, "amount_pence": 100_000_00 - self.total},
        ]}).json
        expect(entered["entered"] == 1, entered)
        self.grants.ask("POST", f"/api/v1/awards/{self.award}/match", {"entries": [{
            "source": "Marlshire County Council", "source_kind": "council", "in_kind": False, "month": month,
            "capital": False, "amount_pence": 500_00, "secured": True, "evidence": "Letter of 1 May",
        }]})
        expect(len(list(self.grants.all(f"/api/v1/awards/{self.award}/match"))) == 1)

    def the_draft_appears_with_the_spend_in_it(self):
        mine = {"award_id": self.award}
        def drafted():
            found = [one for one in self.grants.all("/api/v1/returns", **mine) if one["state"] == "drafted"]
            return self.grants.get(f"/api/v1/returns/{found[0]['id']}").json if found else None
        # the worker takes newer facts into a draft by itself
        one = self.wait(drafted, lambda one: one and self.figures(one) and not one["newer_facts"])
        self.re = f"/api/v1/returns/{one['id']}"

    def figures(self, one):
        """The drafted amounts that are what was brought."""
        return [answer for answer in self.answers(one)
                if answer["kind"] == "money" and answer["drafted"] == self.total]

    def answers(self, one):
        return [answer for section in one["sections"] for answer in section["answers"]]

    def a_figure_opens_to_its_lines(self):
        drafted = self.figures(self.grants.get(self.re).json)[0]
        at = f"{self.re}/figures/{urllib.parse.quote(drafted['key'])}"
        figure = self.grants.get(at).json
        expect(figure["sentence"] and figure["rule"], figure)
        expect(figure["lines"]["total"] == self.total, figure)
        lines, after = [], None
        while True:  # its lines come in pages
            page = self.grants.get(at, limit=1, **({"after": after} if after else {})).json["lines"]
            lines += page["lines"]
            after = page["next"]
            if not after:
                break
        expect(sum(line["amount"] for line in lines) == self.total, lines)
        expect({line["file_name"] for line in lines} == {"outside.csv"}, lines)

    def what_is_missing_is_answered(self):
        one = self.grants.get(self.re).json
        for answer in self.answers(one):
            if answer["value"] is not None or not answer["required"] or answer["written_when_signed"]:
                continue
            value = ANSWERS.get(answer["kind"])
            if answer["kind"] == "choice":
                value = answer["choices"][0]
            elif answer["kind"] == "date":
                value = str(date.today())
            self.answer(answer["key"], value)
        one = self.grants.get(self.re).json
        expect(one["readiness"]["missing"] == 0, one["readiness"])

    def answer(self, key, value, **more):
        at = f"{self.re}/answers/{urllib.parse.quote(key)}"
        tag = self.grants.get(at).etag
        return self.grants.ask("PUT", at, {"value": value, **more}, If_Match=tag)

    def the_workbook_is_built_and_its_checks_explained(self):
        built = self.act(self.grants, "revisions").json
        for finding in built["findings"]:
            if finding["severity"] == "error" and finding["code"] != "check-failed":
                raise AssertionError(f"{finding['message']} {finding['what_to_do']}")
            if finding["code"] == "check-failed":
                # the form's own check fails with good reason: say it, the certifier reads it
                place = f"{finding['sheet']}!{finding['cell']}"
                self.grants.ask("POST", f"{self.re}/silenced-findings",
                                {"code": finding["code"], "place": place, "reason": "This award has no ring-fences."})
        book = zipfile.ZipFile(io.BytesIO(self.grants.get(f"{self.re}/workbook").body))
        expect("xl/workbook.xml" in book.namelist(), book.namelist())

    def act(self, caller, noun, body=None):
        """Does something to the return as it now stands."""
        return caller.ask("POST", f"{self.re}/{noun}", body, If_Match=self.grants.get(self.re).etag)

    def it_is_offered_and_both_boards_agree(self):
        offered = self.act(self.grants, "certification-request").json
        expect(offered["state"] == "awaiting-approval", offered)
        for caller, board in ((self.trustee, "trustees"), (self.committee, "committee")):
            agreed = {"board": board, "revision": offered["revision"], "agreed_on": str(date.today()), "minute": "Minute 4"}
            caller.ask("POST", f"{self.re}/approvals", agreed)
        expect(self.grants.get(self.re).json["state"] == "awaiting-certification")

    def what_is_signed(self, caller):
        page = caller.get(f"{self.re}/certification").json
        return {"content_hash": page["content_hash"], "office": page["next"]["office"], "statement": page["next"]["words"]}

    def a_token_cannot_certify(self):
        caller = Caller(self.address, self.told["api_tokens"]["certifier"])
        refused(403, lambda: caller.ask("POST", f"{self.re}/certification", self.what_is_signed(caller)))

    def both_offices_sign_in_a_browser(self):
        for who, then in (("certifier", "awaiting-certification"), ("head-of-programme", "certified")):
            secret = self.told[f"{who.replace('-', '_')}_totp_secret"]
            signer = Browser(self.address, self.told["sign_in"][who], secret)
            signed = signer.ask("POST", f"{self.re}/certification", self.what_is_signed(signer)).json
            expect(signed["state"] == then, signed)

    def the_certified_workbook_is_downloaded(self):
        reply = self.grants.get(f"{self.re}/certified-workbook")
        expect("attachment" in reply.headers["Content-Disposition"], reply.headers)
        expect(zipfile.ZipFile(io.BytesIO(reply.body)).testzip() is None)
        pack = zipfile.ZipFile(io.BytesIO(self.grants.get(f"{self.re}/pack").body))
        for line in pack.read("SHA256SUMS").decode().splitlines():
            kept, path = line.split("  ", 1)
            expect(hashlib.sha256(pack.read(path)).hexdigest() == kept, path)
        form = [name for name in pack.namelist() if name.startswith("form/")]
        expect([pack.read(name) for name in form] == [reply.body], form)

    def the_sending_is_recorded_with_a_receipt(self):
        receipt = b"Received with thanks.\n" * 200_000  # some megabytes, as scans are
        fields = {
            "sent_at": datetime.datetime.now(datetime.timezone.utc).isoformat(),
            "how": "The funder's portal", "to_whom": "The grants team", "receipt": f"REC-{self.mark}",
        }
        sent = self.grants.parts(f"{self.re}/sending", fields, {"receipt_file": ("receipt.txt", receipt)},
                                 If_Match=self.grants.get(self.re).etag).json
        expect(sent["state"] == "submitted", sent)
        last = self.grants.get(self.re).json["sendings"][-1]
        kept = self.grants.get(f"{self.re}/receipts/{last['receipt_file_id']}").body
        expect(kept == receipt, "the receipt is kept as it came")

    def only_now_the_deadline_is_closed(self):
        number = self.re.rsplit("/", 1)[1]
        due = [one for one in self.grants.all("/api/v1/deadlines", award_id=self.award) if one["return_id"] == number]
        expect(len(due) == 1 and due[0]["closed_at"], due)
        still = self.grants.all("/api/v1/deadlines", award_id=self.award, open="true")
        expect(number not in [one["return_id"] for one in still])

    def the_history_tells_it(self):
        number = self.re.rsplit("/", 1)[1]
        done = [one["operation"] for one in self.grants.all(f"/api/v1/history/return/{number}", limit=2)]
        expect(done[0] == "returns.send" and "returns.certify" in done and done[-1] == "returns.draft", done)

    def the_months_are_closed(self):
        at = f"/api/v1/pools/{self.pool}/closed-months"
        self.finance.ask("POST", at, {"month": str(self.began)})
        closed = self.finance.get(at).json["items"]
        expect([one["month"] for one in closed] == [str(self.began)], closed)
        self.finance.ask("DELETE", f"{at}/{self.began}")
        expect(self.finance.get(at).json["items"] == [])

    def wait(self, read, done, seconds=60):
        """What the worker does takes a moment."""
        until = time.monotonic() + seconds
        while True:
            found = read()
            if done(found):
                return found
            expect(time.monotonic() < until, f"it did not happen in {seconds} s: {found}")
            time.sleep(0.3)


def expect(holds, told=""):
    if not holds:
        raise AssertionError(str(told)[:2000])


def refused(status, work):
    try:
        work()
    except Refused as problem:
        expect(problem.status == status, problem)
    else:
        raise AssertionError(f"{status} was expected")


def months_on(day, n):
    at = day.year * 12 + day.month - 1 + n
    return day.replace(year=at // 12, month=at % 12 + 1)


def pounds(pence):
    return f"{pence // 100}.{pence % 100:02}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--program", help="the built program, whose demo is started and stopped")
    where.add_argument("--demo", help="a file with the line of JSON of a demo that runs")
    options = parser.parse_args()
    demo = None
    try:
        if options.program:
            from run import Demo

            demo = Demo(options.program)
            told = demo.told
        else:
            told = json.loads(open(options.demo).read())
        passed, failed = Journey(told).take()
    finally:
        if demo:
            demo.stop()
    print(f"{passed} passed, {failed} failed", flush=True)
    return 0 if passed and not failed else 1


if __name__ == "__main__":
    sys.exit(main())
