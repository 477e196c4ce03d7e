#!/usr/bin/env python3
"""Judges a filled form's stored values by LibreOffice, a calculator that shares nothing with ours.

    python3 libreoffice.py FILLED.xlsx [FILLED.xlsx …]

Every stored value of a formula is taken out of a copy, LibreOffice calculates the copy anew, and
the two are compared cell by cell. Needs soffice and openpyxl. Known differences, which are Excel's
way and not LibreOffice's, are counted apart and not as disagreements:
  - TRUE in a range counts in SUM, COUNT and AVERAGE in LibreOffice, not in Excel;
  - FILTER, UNIQUE and other newer functions give an error where this LibreOffice lacks them.
SHOW_ABSENT=n lists the first n formulas without a value. Exit status 1 where anything disagrees.
"""
import os, re, subprocess, sys, tempfile, warnings, zipfile

import openpyxl

warnings.simplefilter("ignore")
CELL = re.compile(rb"<c [^>]*>(?:(?!</c>).)*?</c>", re.S)


def without_values(source, target):
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            data = old.read(name)
            if name.startswith("xl/worksheets/sheet"):
                def strip(match):
                    cell = match.group(0)
                    if b"<f" not in cell:
                        return cell
                    cell = re.sub(rb"<v[^>]*/>|<v[^>]*>.*?</v>", b"", cell, flags=re.S)
                    return re.sub(rb'^(<c [^>]*?) t="\w+"', rb"\1", cell)
                data = CELL.sub(strip, data)
            new.writestr(name, data)


def same(a, b):
    blank = (None, "")
    if a in blank and b in blank:
        return True
    if isinstance(a, bool) or isinstance(b, bool):
        return a == b
    if isinstance(a, (int, float)) and isinstance(b, (int, float)):
        return abs(a - b) <= 1e-9 * max(1.0, abs(a), abs(b))
    if isinstance(a, str) and isinstance(b, str):
        flat = lambda t: t.replace("\r", "").replace("_x000D_", "").replace("\xa0", " ").strip()
        return flat(a) == flat(b)
    return str(a) == str(b)


def judge(path):
    with tempfile.TemporaryDirectory() as folder:
        bare = os.path.join(folder, "bare.xlsx")
        without_values(path, bare)
        out = os.path.join(folder, "out")
        subprocess.run(
            ["soffice", "--headless", "-env:UserInstallation=file://" + folder + "/profile",
             "--convert-to", "xlsx", "--outdir", out, bare],
            check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=900)
        judged = openpyxl.load_workbook(os.path.join(out, "bare.xlsx"), data_only=True)
    ours = openpyxl.load_workbook(path, data_only=True)
    formulas = openpyxl.load_workbook(path)
    agreed, beyond, absent, wrong = 0, 0, [], []
    for sheet in formulas:
        if not hasattr(sheet, "iter_rows"):
            continue
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type != "f":
                    continue
                a = ours[sheet.title][cell.coordinate].value
                b = judged[sheet.title][cell.coordinate].value
                if same(a, b):
                    agreed += 1
                elif isinstance(b, str) and b in ("#NAME?", "Err:508", "#VALUE!"):
                    beyond += 1
                elif a is None:
                    absent.append((sheet.title, cell.coordinate, b, str(cell.value)[:80]))
                else:
                    wrong.append((sheet.title, cell.coordinate, a, b, str(cell.value)[:80]))
    print(f"{os.path.basename(path)}: {agreed} agree, {len(absent)} without a value, "
          f"{beyond} beyond LibreOffice, {len(wrong)} disagree")
    for item in wrong[:20] + absent[:int(os.environ.get("SHOW_ABSENT", "0"))]:
        print("   ", *map(repr, item))
    return not wrong


if __name__ == "__main__":
    results = [judge(path) for path in sys.argv[1:]]
    sys.exit(0 if all(results) else 1)
