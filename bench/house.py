"""The demo as a program of its own, and people who are signed in to it: what the benches share. Standard library only."""

import datetime
import http.client
import io
import json
import pathlib
import re
import subprocess
import tempfile
import time
import urllib.parse
import uuid
import zipfile


def memory_mb(pid, what):
    """`VmRSS` now or `VmHWM` at the most, in megabytes; 0 for a process that has ended."""
    try:
        text = pathlib.Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    found = re.search(rf"{what}:\s+(\d+) kB", text)
    return int(found[1]) / 1000 if found else 0.0


def children(pid):
    try:
        return [int(child) for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()] + [
            int(child)
            for task in pathlib.Path(f"/proc/{pid}/task").iterdir()
            if task.name != str(pid)
            for child in (task / "children").read_text().split()
        ]
    except (FileNotFoundError, ProcessLookupError):
        return []


class Demo:
    """`tributary demo` in a folder of its own; gone with the `with`."""

    def __init__(self, program, folder=None):
        self.program = str(pathlib.Path(program).resolve())
        self.kept = tempfile.TemporaryDirectory() if folder is None else None
        self.folder = folder or self.kept.name

    def __enter__(self):
        self.process = subprocess.Popen(
            [self.program, "demo", "--port", "0", "--json", "--data-dir", self.folder],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        told = json.loads(self.process.stdout.readline())
        self.address = urllib.parse.urlsplit(told["address"])
        self.links = told["sign_in"]
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
        if self.kept:
            self.kept.cleanup()

    def person(self, role):
        return Person(self, self.links[role])


class Person:
    """Somebody signed in, on one connection that is kept."""

    def __init__(self, demo, link):
        self.host = demo.address.netloc
        self.connection = http.client.HTTPConnection(self.host, timeout=120)
        self.cookies, self.csrf = {}, ""
        link = urllib.parse.urlsplit(link)
        self.get(f"{link.path}?{link.query}")
        token = urllib.parse.parse_qs(link.query)["token"][0]
        self.send("POST", "/sign-in/session", urllib.parse.urlencode({"token": token, "csrf": ""}).encode(),
                  {"content-type": "application/x-www-form-urlencoded"}, want=303)
        self.csrf = re.search(r'name="csrf" value="([^"]+)"', self.get("/account").decode())[1]

    def send(self, method, path, body=None, headers=None, want=200):
        headers = dict(headers or {})
        if self.cookies:
            headers["cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if self.csrf:
            headers["x-csrf-token"] = self.csrf
        try:
            self.connection.request(method, path, body, headers)
            reply = self.connection.getresponse()
        except http.client.RemoteDisconnected:  # it was idle for longer than the server keeps one
            self.connection.close()
            self.connection.request(method, path, body, headers)
            reply = self.connection.getresponse()
        content = reply.read()
        for cookie in reply.headers.get_all("set-cookie") or []:
            name, value = cookie.split(";")[0].split("=", 1)
            self.cookies[name] = value
        self.etag = reply.headers.get("etag")
        assert reply.status in (want, 204), (method, path, reply.status, content[:600])
        return content

    def get(self, path):
        return self.send("GET", path)

    def json(self, path):
        return json.loads(self.get(path))

    def post(self, path, value, want=201):
        return json.loads(self.send("POST", path, json.dumps(value).encode(), {"content-type": "application/json"}, want))

    def upload(self, path, fields, name, content):
        edge = uuid.uuid4().hex
        body = io.BytesIO()
        for field, value in fields.items():
            body.write(f'--{edge}\r\ncontent-disposition: form-data; name="{field}"\r\n\r\n{value}\r\n'.encode())
        body.write(f'--{edge}\r\ncontent-disposition: form-data; name="file"; filename="{name}"\r\n'
                   "content-type: application/octet-stream\r\n\r\n".encode())
        body.write(content)
        body.write(f"\r\n--{edge}--\r\n".encode())
        return json.loads(self.send("POST", path, body.getvalue(),
                                    {"content-type": f"multipart/form-data; boundary={edge}"}, want=201))

    def timed(self, path):
        began = time.perf_counter()
        self.get(path)
        return time.perf_counter() - began


HEADINGS = ["Number", "Line", "Date", "Kind", "Amount", "Pool", "Category", "Supplier", "Description"]


def rows(count, pools, categories, first=0):
    """A ledger of two years: every day, pool and category has its share; and what it comes to in pence."""
    total, out = 0, []
    last = datetime.date.today().replace(day=1)
    for n in range(first, first + count):
        pence = 100 + n * 7919 % 25_000
        total += pence
        day = last - datetime.timedelta(days=1 + n % 700)
        out.append([f"BENCH{n // 3:07}", str(n % 3 + 1), day.isoformat(), "invoice", f"{pence // 100}.{pence % 100:02}",
                    pools[n % len(pools)], categories[n // 7 % len(categories)], f"Supplier {n % 211} Limited",
                    f"Work no {n}, as agreed"])
    return out, total


def as_csv(table):
    quoted = lambda cell: f'"{cell}"' if "," in cell else cell
    return "".join(",".join(map(quoted, row)) + "\n" for row in [HEADINGS, *table]).encode()


def as_xlsx(table):
    """A workbook by hand: the standard library has none."""
    column = "ABCDEFGHI"
    sheet = io.StringIO()
    sheet.write('<?xml version="1.0" encoding="UTF-8" standalone="yes"?><worksheet xmlns='
                '"http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>')
    for number, row in enumerate([HEADINGS, *table], 1):
        sheet.write(f'<row r="{number}">')
        for place, cell in enumerate(row):
            if place == 4 and number > 1:
                sheet.write(f'<c r="{column[place]}{number}"><v>{cell}</v></c>')
            else:
                sheet.write(f'<c r="{column[place]}{number}" t="inlineStr"><is><t>{cell}</t></is></c>')
        sheet.write("</row>")
    sheet.write("</sheetData></worksheet>")
    parts = {
        "[Content_Types].xml": '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
        '<Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>',
        "_rels/.rels": '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        '<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": '<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
        'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="Ledger" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        '<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": sheet.getvalue(),
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return out.getvalue()


def save_profile(finance):
    fields = ["transaction", "line", "incurred_on", "kind", "amount", "pool", "category", "supplier", "description"]
    spec = {"system": "bench", "columns": {field: {"header": heading} for field, heading in zip(fields, HEADINGS)}}
    return finance.post("/api/v1/import-profiles", {"name": f"Bench {uuid.uuid4().hex[:6]}", "spec": spec})["id"]


def pools_that_run(person):
    """The pools in which a run takes effect by itself: in others spend waits until a person applies one."""
    pools = person.json("/api/v1/pools")["items"]
    waits = lambda pool: any(run["standing"] in ("waits", "set-aside") for run in person.json(f"/api/v1/pools/{pool['id']}/runs")["items"])
    return [pool for pool in pools if not waits(pool)]


def load(finance, name, content, total, pools, during=lambda: None):
    """Brings a file, accepts it, and waits until these pools are attributed. Seconds until accepted, until attributed."""
    profile = save_profile(finance)
    began = time.perf_counter()
    last = datetime.date.today()
    fields = {"profile_id": profile, "period_from": (last - datetime.timedelta(days=760)).isoformat(),
              "period_to": last.isoformat(), "control_total_pence": total}
    at = f"/api/v1/imports/{finance.upload('/api/v1/imports', fields, name, content)['id']}"
    while True:
        view = finance.json(at)
        if view["state"] != "reading":
            break
        during()
        time.sleep(0.05)
    assert view["state"] == "ready", view
    finance.send("POST", f"{at}/acceptance", None, {"if-match": finance.etag})
    accepted = time.perf_counter() - began
    waits = lambda pool: any(total["reason"] == "not-yet" for total in
                             finance.json(f"/api/v1/spend-totals?pool_id={pool['id']}")["reasons"])
    while any(waits(pool) for pool in pools):
        during()
        time.sleep(0.05)
    return accepted, time.perf_counter() - began
