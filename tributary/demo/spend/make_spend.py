#!/usr/bin/env python3
"""Makes two years of monthly extracts of a council's finance system from ../story.json, by the rules in README.md.

    python3 make_spend.py OUT [--as-of 2026-11]     24 CSV files, up to the month before the as-of month
    python3 make_spend.py --totals [--as-of …]      rows and control total of each file, as JSON
    python3 make_spend.py --samples DIR             the two small files of docs/samples (the XLSX needs XlsxWriter)

Only integers: the demo's own generator, in Rust, follows the same rules to the penny.
"""

import argparse
import calendar
import csv
import datetime
import io
import json
import pathlib

HERE = pathlib.Path(__file__).resolve().parent
STORY = json.loads((HERE.parent / "story.json").read_text(encoding="utf-8"))
COLUMNS = ["Trans No", "Line", "Cost Centre", "Account", "Project", "Period", "Trans Date", "Supplier", "Description", "Type",
           "Amount (£)", "Cap/Rev", "Category"]
NAMES = {o["slug"]: o["name"] for o in STORY["organisations"]}
STREAMS = {s["number"]: s for s in STORY["streams"]}


def amount(stream, m):
    """What a stream costs in month m (0 is April of the current government year), in pence."""
    if stream["explicit"] is not None:
        return stream["explicit"].get(str(m), 0)
    n = stream["number"]
    season = STORY["profiles"][stream["profile"]][m % 12]
    uplift = STORY["uplift_bp"][str(m // 12)]
    base = stream["monthly"] * season // 10000 * uplift // 10000
    variation = (n * 37 + (m + 24) * 53) % 601 - 300          # basis points, from -300 to 300
    return base * (10000 + variation) // 10000 + (n * 97 + (m + 24) * 31) % 100


def forecast(stream, m):
    """The same without the variation: what was expected."""
    if stream["explicit"] is not None:
        return stream["explicit"].get(str(m), 0)
    return stream["monthly"] * STORY["profiles"][stream["profile"]][m % 12] // 10000 * STORY["uplift_bp"][str(m // 12)] // 10000


def split(stream, total):
    parts = [total * bp // 10000 for bp in stream["split_bp"]]
    parts[-1] = total - sum(parts[:-1])
    return parts


def row(stream, m, year0, pence, trans, line, day, **other):
    """One row of the ledger, before it is written as text."""
    year, month = year0 + (m + 3) // 12, (m + 3) % 12 + 1
    fy = year0 + m // 12
    return {"trans": trans, "line": line, "cost_centre": stream["cost_centre"], "account": stream["account"],
            "project": stream["project"], "period": f"{fy}/{(fy + 1) % 100:02d} P{m % 12 + 1:02d}",
            "date": f"{min(day, calendar.monthrange(year, month)[1]):02d}/{month:02d}/{year}",
            "supplier": NAMES[stream["provider"]], "description": stream["description"], "type": stream["type"], "pence": pence,
            "cap_rev": "CAP" if stream["capital"] else "REV", "category": stream["category"],
            "pool": stream["pool"], "m": m, **other}


def month_rows(m, k, year0):
    """The rows of month m, which is the k-th (0 to 23) of the extracts."""
    rows, corner = [], STORY["corners"]
    for n, stream in STREAMS.items():
        total = amount(stream, m)
        if total == 0:
            continue
        trans = f"{'PY' if stream['type'] == 'PAY' else 'IN'}{(m + 24) * 100 + n:06d}"
        day = 28 if stream["type"] == "PAY" else 3 + n * 5 % 24
        if k == corner["accrual"]["k"] and n == corner["accrual"]["stream"]:
            rows.append(row(stream, m, year0, total, f"AC{(m + 24) * 100 + n:06d}", 1, 31, type="ACC",
                            description=f"Accrual: {stream['description']}"))
            continue
        if k == corner["reversal_and_invoice"]["k"] and n == corner["reversal_and_invoice"]["stream"]:
            before = amount(stream, m - 1)
            rows.append(row(stream, m, year0, -before, f"AC{(m + 23) * 100 + n:06d}", 2, 1, type="REV",
                            description=f"Reversal of accrual AC{(m + 23) * 100 + n:06d}"))
            rows.append(row(stream, m, year0, before, f"IN{(m + 23) * 100 + n:06d}", 1, 9,
                            description=f"{stream['description']}, month before"))
        for line, pence in enumerate(split(stream, total), start=1):
            rows.append(row(stream, m, year0, pence, trans, line, day))
        if n in corner["vat_streams"]:
            rows.append(row(stream, m, year0, total * corner["vat_bp"] // 10000, trans, 9, day, account=corner["vat_account"],
                            project=corner["vat_project"], description="VAT, recoverable", type="VAT", category=""))
    c = corner["recharge"]
    if k == c["k"]:
        for line, (n, sign) in enumerate(((c["from_stream"], -1), (c["to_stream"], 1)), start=1):
            rows.append(row(STREAMS[n], m, year0, sign * c["amount"], f"JN{(m + 24) * 100:06d}", line, 30, type="RCH",
                            supplier=NAMES["charity"], description="Recharge of a navigator's time"))
    c = corner["credit"]
    if k == c["k"]:
        rows.append(row(STREAMS[c["stream"]], m, year0, c["amount"], f"CR{(m + 24) * 100:06d}", 1, 21, type="CRN",
                        description="Credit note: overcharge"))
    c = corner["no_transaction_number"]
    if k == c["k"]:
        rows.append(row(STREAMS[c["stream"]], m, year0, c["amount"], "", "", 17, supplier=c["supplier"], description=c["description"]))
    c = corner["faulty_date"]
    if k == c["k"]:
        stream = STREAMS[c["stream"]]
        faulty = row(stream, m, year0, c["amount"], f"IN{(m + 24) * 100 + 99:06d}", 1, 1, description=c["description"], faulty=True)
        faulty["date"] = f"{c['day']}/{faulty['date'][-4:]}"
        rows.append(faulty)
    rows.sort(key=lambda r: (r["date"][6:] + r["date"][3:5] + r["date"][:2], r["trans"] or "~", str(r["line"])))
    c = corner["duplicate"]
    if k == c["k"]:
        at = next(i for i, r in enumerate(rows) if r["category"] == STREAMS[c["stream"]]["category"] and r["line"] == 1)
        rows.insert(at + 1, {**rows[at], "duplicate": True})
    return rows


def money(pence):
    text = f"{abs(pence) // 100:,}.{abs(pence) % 100:02d}"
    return f"({text})" if pence < 0 else text


def as_text(rows, year0, m):
    """The file: four heading rows, the column names, the rows, a total."""
    out = io.StringIO()
    w = csv.writer(out, lineterminator="\r\n")
    month = datetime.date(year0 + (m + 3) // 12, (m + 3) % 12 + 1, 1)
    for line in (["Marlshire County Council: general ledger, transactions by project"], [f"Period: {month:%B %Y}"],
                 ["Currency: £ sterling. Credits are in brackets."], []):
        w.writerow(line)
    w.writerow(COLUMNS)
    for r in rows:
        w.writerow(cells(r))
    w.writerow(["Total"] + [""] * 9 + [money(sum(r["pence"] for r in rows)), "", ""])
    return out.getvalue()


def cells(r):
    return [r["trans"], r["line"], r["cost_centre"], r["account"], r["project"], r["period"], r["date"], r["supplier"],
            r["description"], r["type"], money(r["pence"]), r["cap_rev"], r["category"]]


def extracts(as_of):
    """(file name, month, rows) of the 24 months before the as-of month."""
    year0 = as_of.year if as_of.month >= 4 else as_of.year - 1
    a = (as_of.month - 4) % 12
    for k in range(24):
        m = a - 24 + k
        year, month = year0 + (m + 3) // 12, (m + 3) % 12 + 1
        yield f"ledger-{year}-{month:02d}.csv", year0, m, month_rows(m, k, year0)


def samples(folder):
    """A dozen and a half rows with every odd corner in them, as CSV (Windows-1252) and as XLSX."""
    files = list(extracts(datetime.date(2026, 11, 1)))
    chosen = []
    for k, wanted in ((19, "faulty"), (20, "RCH"), (21, "ACC"), (22, "REV"), (22, "CRN"), (23, "")):
        for r in files[k][3]:
            if r["type"] == wanted or (wanted == "faulty" and r.get("faulty")) or (wanted == "" and (
                    r["trans"] == "" or r.get("duplicate") or r["category"] in ("young-people", "residential", "premises", "management"))):
                chosen.append(r)
    text = as_text(chosen, files[23][1], files[23][2]).replace("Period: October 2026", "Period: several, to try an import with")
    (folder / "spend-small.csv").write_bytes(text.encode("cp1252"))
    import xlsxwriter
    book = xlsxwriter.Workbook(str(folder / "spend-small.xlsx"))
    book.set_properties({"created": datetime.datetime(2026, 11, 1), "author": "Tributary"})
    ws, bold = book.add_worksheet("Transactions"), book.add_format({"bold": True, "bottom": 1})
    day, pounds = book.add_format({"num_format": "dd/mm/yyyy"}), book.add_format({"num_format": "#,##0.00;(#,##0.00)"})
    ws.write(0, 0, "Marlshire County Council: general ledger, transactions by project", book.add_format({"bold": True, "font_size": 14}))
    ws.write(1, 0, "Period: several, to try an import with")
    ws.write(2, 0, "Currency: £ sterling. Credits are in brackets.")
    ws.write_row(4, 0, COLUMNS, bold)
    for n, r in enumerate(chosen, start=5):
        ws.write_row(n, 0, cells(r))
        ws.write_number(n, 10, r["pence"] / 100, pounds)
        if not r.get("faulty"):
            ws.write_datetime(n, 6, datetime.datetime.strptime(r["date"], "%d/%m/%Y"), day)
    ws.write(5 + len(chosen), 0, "Total", bold)
    ws.write_formula(5 + len(chosen), 10, f"=SUM(K6:K{5 + len(chosen)})", pounds, sum(r["pence"] for r in chosen) / 100)
    ws.freeze_panes(5, 0)
    ws.set_column(0, 6, 12)
    ws.set_column(7, 8, 38)
    ws.set_column(9, 12, 15)
    book.close()


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("out", nargs="?", type=pathlib.Path)
    p.add_argument("--as-of", default=f"{datetime.date.today():%Y-%m}")
    p.add_argument("--totals", action="store_true")
    p.add_argument("--samples", type=pathlib.Path)
    a = p.parse_args()
    if a.samples:
        return samples(a.samples)
    as_of = datetime.date.fromisoformat(a.as_of + "-01")
    totals = {}
    for name, year0, m, rows in extracts(as_of):
        totals[name] = {"rows": len(rows), "total_pence": sum(r["pence"] for r in rows)}
        if a.out and not a.totals:
            a.out.mkdir(parents=True, exist_ok=True)
            (a.out / name).write_bytes(as_text(rows, year0, m).encode("cp1252"))
    if a.totals:
        print(json.dumps({"as_of": a.as_of, "files": totals}, indent=1))
    elif not a.out:
        p.error("say where to write the files")


if __name__ == "__main__":
    main()
