#!/usr/bin/env python3
"""Filling 200 cells of a 20-sheet return: our command against openpyxl, whole processes.

    cargo build --release -p workbook --bin workbook-fill
    python3 bench/fill_vs_openpyxl.py [--form FORM.xlsx] [--program PATH] [--runs N]

openpyxl loads the form, sets the cells and saves; it calculates nothing and drops what it does not
know (extended validations and conditional formats). Ours writes right values into every formula
that depends on the answers, or (second line) none. Runs are paired: one of each in turn, so that
a busy machine weighs on all alike. Ratios are of the medians, of elapsed time and of processor
time. Targets: 0.05 calculated, 0.02 not calculated.

The form is the Towns Fund return where real data is at hand (20 sheets, 34,222 formulas), and
otherwise a workbook of 20 sheets made here.
"""
import argparse, json, os, random, resource, statistics, subprocess, sys, tempfile, time, warnings

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)

OPENPYXL = """
import json, sys, warnings
warnings.simplefilter('ignore')
import openpyxl
book = openpyxl.load_workbook(sys.argv[1])
for answer in json.load(open(sys.argv[2]))['answers']:
    sheet, cell = answer['at'].rsplit('!', 1)
    book[sheet[1:-1].replace("''", "'")][cell].value = answer['value']
book.save(sys.argv[3])
"""


def made_here(path):
    import openpyxl
    book = openpyxl.Workbook()
    book.remove(book.active)
    for s in range(20):
        sheet = book.create_sheet(f"Sheet {s + 1}")
        for r in range(1, 301):
            for c in range(1, 11):
                sheet.cell(r, c, r * c)
            sheet.cell(r, 11, f"=SUM(A{r}:J{r})")
            sheet.cell(r, 12, f'=IF(K{r}>100,"over","under")')
        sheet["N1"] = "=SUM(K1:K300)"
    book.save(path)


def answers_for(form, wanted=200):
    import openpyxl
    warnings.simplefilter("ignore")
    book = openpyxl.load_workbook(form)
    free, empty = [], []
    for sheet in book:
        hidden = set()
        for merged in sheet.merged_cells.ranges:
            for row in merged.rows:
                hidden.update(row)
            hidden.discard((merged.min_row, merged.min_col))
        for row in sheet.iter_rows():
            for cell in row:
                number = isinstance(cell.value, (int, float)) and not isinstance(cell.value, bool)
                if number and (cell.row, cell.column) not in hidden:
                    free.append((sheet.title, cell.coordinate, round(cell.value * 1.5 + 7, 2)))
                elif cell.value is None and cell.has_style:
                    empty.append((sheet.title, cell.coordinate, cell.row * 1.25))
    random.Random(1).shuffle(free)
    # A form that nobody has filled in holds no numbers: its empty cells take them.
    random.Random(2).shuffle(empty)
    free += empty[:max(0, wanted - len(free))]
    return {"answers": [{"at": "'%s'!%s" % (s.replace("'", "''"), c), "value": v}
                        for s, c, v in free[:wanted]]}


def timed(command):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    elapsed = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return elapsed, (after.ru_utime - before.ru_utime) + (after.ru_stime - before.ru_stime)


def main():
    parser = argparse.ArgumentParser()
    data = os.environ.get("TRIBUTARY_REAL_DATA", os.path.join(ROOT, "..", "shared", "data"))
    real = os.path.join(data, "returns", "mhclg", "TF_Round_4_Success.xlsx")
    target = os.environ.get("CARGO_TARGET_DIR", os.path.join(ROOT, "target"))
    parser.add_argument("--form", default=real if os.path.exists(real) else None)
    parser.add_argument("--program", default=os.path.join(target, "release", "workbook-fill"))
    parser.add_argument("--runs", type=int, default=7)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        form = options.form
        if not form:
            form = os.path.join(folder, "form.xlsx")
            made_here(form)
        answers = os.path.join(folder, "answers.json")
        with open(answers, "w") as out:
            json.dump(answers_for(form), out)
        out = os.path.join(folder, "out.xlsx")
        ours = [options.program, "--form", form, "--answers", answers, "--out", out, "--write-anyway"]
        sides = {
            "openpyxl": [sys.executable, "-c", OPENPYXL, form, answers, out],
            "calculated": ours,
            "not calculated": ours + ["--no-compute"],
        }
        times = {name: [] for name in sides}
        for _ in range(options.runs):
            for name, command in sides.items():
                times[name].append(timed(command))
        print(f"{os.path.basename(form)}, {options.runs} paired runs, medians, "
              f"load {os.getloadavg()[0]:.1f}")
        medians = {name: [statistics.median(t[i] for t in all_) for i in (0, 1)]
                   for name, all_ in times.items()}
        for name, (elapsed, cpu) in medians.items():
            base = medians["openpyxl"]
            print(f"  {name:15} {elapsed * 1000:8.1f} ms elapsed ({elapsed / base[0]:.4f} x), "
                  f"{cpu * 1000:8.1f} ms processor ({cpu / base[1]:.4f} x)")


if __name__ == "__main__":
    main()
