#!/usr/bin/env python3
"""Checks that the sample forms hold what they promise, and that their field lists fit them.

    python3 check_form.py                 needs openpyxl
    python3 check_form.py --recompute     also needs LibreOffice: every cached value that it can compute must be its own,
                                          and a filled copy must come to the totals worked out here

Says what it checked, and fails at the first thing that is wrong.
"""

import datetime
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import warnings
import zipfile

import openpyxl
from openpyxl.utils import get_column_letter, range_boundaries

import make_statement
from make_form import HERE, SHEETS

warnings.filterwarnings("ignore")
FORM = HERE / "recovery-grant-return.xlsx"
FIELDS = json.loads((HERE / "recovery-grant-return.fields.json").read_text(encoding="utf-8"))
STATEMENT = HERE / "rough-sleeping-statement.xlsx"
STATEMENT_FIELDS = json.loads((HERE / "rough-sleeping-statement.fields.json").read_text(encoding="utf-8"))
KINDS = {"money", "number", "text", "date", "choice", "yes-no"}
MEASURES = {"spend", "forecast", "match", "received", "award-amount", "headroom", "fixed-text", "organisation", "award",
            "return-period", "certification", "grid-quarter", "previous-forecast"}
PERIODS = {"this", "cumulative", "year-to-date", "quarter", "to-end"}
checked = []


def need(truth, what):
    if not truth:
        raise SystemExit(f"FAILED: {what}")
    checked.append(what)


def features(parts, book):
    sheets = {n: parts[f"xl/worksheets/sheet{i}.xml"] for i, n in enumerate(SHEETS, 1)}
    every = "".join(sheets.values())
    need(book.sheetnames == SHEETS, "ten sheets, in order")
    need([w.title for w in book if w.sheet_state == "hidden"] == ["Lists", "Checks"], "Lists and Checks are hidden")
    need(all(w.protection.sheet for w in book), "every sheet is protected")
    need("<workbookProtection" in parts["xl/workbook.xml"], "the workbook's structure is protected")
    starts, ends = set(re.findall(r"RG-([A-Z-]+)-START", parts["xl/sharedStrings.xml"])), set(
        re.findall(r"RG-([A-Z-]+)-END", parts["xl/sharedStrings.xml"]))
    need(starts == ends and len(starts) >= 15, f"{len(starts)} pairs of marker cells")
    rules = [v for w in book for v in w.data_validations.dataValidation]
    for kind in ("list", "custom", "textLength", "whole", "decimal", "date"):
        need(any(v.type == kind for v in rules), f"ordinary validations of type {kind}")
    for w in book:
        covered = [(r, c) for v in w.data_validations.dataValidation for area in str(v.sqref).split()
                   for a, b, x, y in [range_boundaries(area)] for r in range(b, y + 1) for c in range(a, x + 1)]
        need(len(covered) == len(set(covered)), f"{w.title}: no cell under two validations")
    need(any("Lists!" in (v.formula1 or "") for v in rules if v.type == "list"), "a choice list that is a range on a hidden sheet")
    need(any('"' in (v.formula1 or "") for v in rules if v.type == "list"), "a literal choice list")
    need(any(v.formula1 == "Theme_List" for v in rules), "a choice list by defined name")
    need(any(v.error for v in rules) and any(v.prompt for v in rules), "validation messages and prompts")
    need(len(re.findall("<x14:dataValidation ", every)) >= 4, "extended (x14) choice lists")
    need(len(re.findall('<x14:cfRule type="expression"', every)) >= 3, "extended (x14) conditional formats by expression")
    need('<x14:cfRule type="dataBar"' in every, "extended (x14) data bars")
    need(len(re.findall("<conditionalFormatting", every)) >= 15, "ordinary conditional formats")
    need(len(re.findall('<f t="shared" ref=', every)) >= 15, "shared formulas")
    need(len(re.findall('<f t="shared" si=', every)) >= 150, "cells that use them")
    need(len(re.findall(r'cm="1"', every)) == 3 and "XLDAPR" in parts["xl/metadata.xml"], "three dynamic-array formulas, with metadata")
    need("_xlfn._xlws.FILTER" in every and "_xlfn.UNIQUE" in every, "FILTER and UNIQUE")
    need(re.search(r'<c r="L5"[^>]* t="str"><v>Recovery</v>', sheets["Lists"]), "spilled cells with cached text")
    need(re.search(r'<f t="array" ref="D24:D39">', sheets["Checks"]) and re.search(r'<f t="array" ref="C18">', sheets["Checks"]),
         "old array formulas, of one cell and of many")
    names = book.defined_names
    need({"Grid_Start", "Reporting_Period", "Award_Total", "Theme_List", "Unresolved_Checks"} <= set(names), "defined names")
    need("Capital_Grid" in book["Finances"].defined_names and "Amounts" in book["Ring-fences"].defined_names, "names local to a sheet")
    need("MatchTable" in book["Match funding"].tables, "a table")
    need("MatchTable[Agreed]" in every, "a formula that names a table's column")
    need(sum(len(w.merged_cells.ranges) for w in book) > 80, "merged cells")
    need("<r><rPr>" in parts["xl/sharedStrings.xml"], "rich text")
    need(len([p for p in parts if re.match(r"xl/comments\d", p)]) >= 3, "comments")
    need(all(book[n].freeze_panes for n in ("Finances", "Ring-fences", "Outcomes", "Risks")), "frozen panes")
    need("<pageSetup" in every and "<headerFooter" in every and "<rowBreaks" in every, "print settings")
    for part in ("xl/calcChain.xml", "customXml/item1.xml", "docProps/custom.xml", "xl/media/image1.png"):
        need(part in parts, f"the part {part}")


def where(book, at):
    """Resolves a locator as returns.md has them."""
    if at.startswith("name:"):
        sheet, cell = book.defined_names[at[5:]].attr_text.replace("$", "").rsplit("!", 1)
        return sheet.strip("'"), cell
    if at.startswith("between:"):
        markers, step = at[8:].rsplit("!", 1)
        first, last = markers.split("..")
        found = {c.value: (w.title, c.row, c.column) for w in book for line in w.iter_rows() for c in line if c.value in (first, last)}
        (sheet, row, col), (sheet2, row2, _) = found[first], found[last]
        r, c = map(int, re.fullmatch(r"r(\d+)c(\d+)", step).groups())
        if sheet != sheet2 or row + r - 1 > row2:
            raise SystemExit(f"FAILED: {at} is not between its markers")
        return sheet, f"{get_column_letter(col + c - 1)}{row + r - 1}"
    sheet, cell = at.rsplit("!", 1)
    return sheet.strip("'"), cell


def fields(book, spec):
    seen, keys = {}, set()
    for f in spec["fields"]:
        if list(f) != ["key", "section", "label", "kind", "at", "required", "guidance", "word_limit", "choices", "unit", "rounding", "binding"]:
            raise SystemExit(f"FAILED: {f['key']} has other keys")
        sheet, cell = where(book, f["at"])
        c = book[sheet][cell]
        if type(c).__name__ == "MergedCell":
            raise SystemExit(f"FAILED: {f['key']} points inside a merged cell")
        if c.value is not None or c.protection.locked:
            raise SystemExit(f"FAILED: {f['key']} at {sheet}!{cell} is locked or not empty")
        if f["key"] in keys or (sheet, cell) in seen:
            raise SystemExit(f"FAILED: {f['key']} is there twice")
        keys.add(f["key"])
        seen[sheet, cell] = f
        b = f["binding"]
        good = f["kind"] in KINDS and (b is None or (b["measure"] in MEASURES and (b["period"] is None or b["period"]["kind"] in PERIODS)))
        good &= (f["kind"] == "money") == (f["unit"] is not None) and (f["choices"] is None) == (f["kind"] not in ("choice", "yes-no"))
        if not good:
            raise SystemExit(f"FAILED: {f['key']} has a wrong kind, unit, choice or binding")
    checked.append(f"{len(seen)} fields, each at its own unlocked, empty cell")
    free = {(w.title, c.coordinate) for w in book for line in w.iter_rows() for c in line
            if type(c).__name__ != "MergedCell" and not c.protection.locked}
    need(free == set(seen), "and no unlocked cell without a field")
    return seen


def choices_agree(book, sheets, seen, parts):
    """Each choice field's list is the one that its cell's validation allows."""
    lists = {}
    for n, title in enumerate(sheets, 1):
        pairs = [(v.formula1, str(v.sqref)) for v in book[title].data_validations.dataValidation if v.type == "list"]
        pairs += re.findall(r"<x14:formula1><xm:f>(.*?)</xm:f></x14:formula1><xm:sqref>(.*?)</xm:sqref>", parts[f"xl/worksheets/sheet{n}.xml"])
        for formula, areas in pairs:
            if formula.startswith('"'):
                values = formula.strip('"').split(",")
            elif formula == "Theme_List":
                values = [book["Lists"][f"L{r}"].value for r in range(4, 8)]
                values[0] = "Treatment"
            else:
                values = [c[0].value for c in book["Lists"][formula.split("!")[1].replace("$", "")]]
            for area in areas.split():
                a, b, c, d = range_boundaries(area)
                for row in range(b, d + 1):
                    for col in range(a, c + 1):
                        lists[title, f"{get_column_letter(col)}{row}"] = values
    for at, f in seen.items():
        if f["choices"] is not None and lists.get(at) != f["choices"]:
            raise SystemExit(f"FAILED: {f['key']}: the form allows {lists.get(at)}, the field {f['choices']}")
    checked.append("each choice field has its cell's own list")


def recompute(seen):
    """LibreOffice's results beside the cached ones, on the untouched form and on a filled copy."""
    with tempfile.TemporaryDirectory() as tmp:
        tmp = pathlib.Path(tmp)

        def through(book, name):
            """Saved without cached values, computed by LibreOffice, read back."""
            book.save(tmp / f"{name}.xlsx")
            subprocess.run(["soffice", f"-env:UserInstallation=file://{tmp}/profile", "--headless", "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", str(tmp / "out"),
                            str(tmp / f"{name}.xlsx")], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            return openpyxl.load_workbook(tmp / "out" / f"{name}.xlsx", data_only=True)
        cached = openpyxl.load_workbook(FORM, data_only=True)
        computed = through(openpyxl.load_workbook(FORM), "untouched")
        formulas = openpyxl.load_workbook(FORM)
        beyond = {("Lists", "L4"), ("Checks", "H4"), ("Checks", "I4")}    # FILTER and UNIQUE, which it may not know
        same = 0
        for w in formulas:
            for line in w.iter_rows():
                for c in line:
                    if c.data_type != "f" or (w.title, c.coordinate) in beyond:
                        continue
                    a, b = cached[w.title][c.coordinate].value, computed[w.title][c.coordinate].value
                    zero = {None, "", 0, False, datetime.datetime(1899, 12, 30), datetime.time(0)}
                    if a != b and not (a in zero and b in zero and (isinstance(a, str) == isinstance(b, str) or None in (a, b))):
                        raise SystemExit(f"FAILED: {w.title}!{c.coordinate} is cached as {a!r}; LibreOffice computes {b!r}")
                    same += 1
        checked.append(f"{same} cached values are what LibreOffice computes")

        book, grid, year = openpyxl.load_workbook(FORM), 0.0, 2025
        spent = this = 0.0
        for (sheet, cell), f in seen.items():
            value = None
            if f["key"].startswith("finances.grant."):
                q = int(f["key"].rsplit(".q", 1)[1])
                value = round(1000.37 * q, 2)
                grid += value
                spent += value if q <= 6 else 0
                this += value if q == 6 else 0
            elif f["key"] == "finances.award-amount":
                value = 4 * sum(round(1000.37 * q, 2) for q in range(1, 13))
            elif f["key"] == "start.grid-starts-on":
                value = datetime.date(year, 4, 1)
            elif f["key"] == "start.reporting-period":
                value = "Quarter 6"
            if value is not None:
                book[sheet][cell] = value
        full = through(book, "filled")
        at = lambda s, c: full[s][c].value
        need(abs(at("Finances", "R43") - grid) < .005 and abs(at("Finances", "C7") - spent) < .005
             and abs(at("Finances", "C51") - this) < .005, "a filled copy's totals: whole grant, spent to date, this quarter")
        need(at("Finances", "C72") == "OK" and at("Finances", "C73") == "CHECK", "its check cells: agrees to the award, does not agree to section 6")
        need(at("Finances", "C13") == "2025-26" and at("Finances", "M13") == "2027-28" and at("Finances", "C14") == "April to June 2025"
             and at("Finances", "I16") == "Actual" and at("Finances", "J16") == "Forecast" and at("Finances", "P14") == "January to March 2028",
             "its headings follow from the two answers")


def main():
    with zipfile.ZipFile(FORM) as archive:
        parts = {n: archive.read(n).decode("utf-8", "replace") for n in archive.namelist()}
        need(all(i.date_time == (1980, 1, 1, 0, 0, 0) for i in archive.infolist()), "fixed dates in the archive")
    book = openpyxl.load_workbook(FORM, rich_text=True)
    features(parts, book)
    seen = fields(book, FIELDS)
    choices_agree(book, SHEETS, seen, parts)
    if "--recompute" in sys.argv:
        recompute(seen)
    with zipfile.ZipFile(STATEMENT) as archive:
        parts = {n: archive.read(n).decode("utf-8", "replace") for n in archive.namelist()}
    book = openpyxl.load_workbook(STATEMENT, rich_text=True)
    need(book.sheetnames == make_statement.SHEETS, "the monthly statement: two sheets")
    need(all(w.protection.sheet for w in book), "both protected")
    choices_agree(book, make_statement.SHEETS, fields(book, STATEMENT_FIELDS), parts)
    need(book["Sign-off"]["B5"].value == make_statement.WORDS, "and its statement")
    print("\n".join(f"ok  {c}" for c in checked))


if __name__ == "__main__":
    main()
