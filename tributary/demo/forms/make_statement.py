#!/usr/bin/env python3
"""Makes the second sample form, the small one: the monthly statement of the rough-sleeping strand, and its fields.

    python3 make_statement.py       writes rough-sleeping-statement.xlsx and rough-sleeping-statement.fields.json beside itself

Needs XlsxWriter, and gives the same bytes on every run, as make_form.py does. Two sheets, nothing hidden: a form of the
kind that a department's regional team makes in an afternoon.
"""

import json
import pathlib
import tempfile
from datetime import datetime

import xlsxwriter

from form_kit import DATE, MONEY, WARM, Kit, binding
from form_package import finish

HERE = pathlib.Path(__file__).resolve().parent
NAME = "Rough sleeping strand: monthly statement"
CODE, VERSION = "DCR-SMRRS-RS-MS", "2026-27 v1"
SHEETS = ["Statement", "Sign-off"]
FENCE = "rough-sleeping"
OFFICES = ["Section 151 officer", "Chief finance officer", "Deputy chief finance officer"]
WORDS = ("I state that, to the best of my knowledge and belief, the spend above is taken from the accounts of the accountable body "
         "and was for people sleeping rough or at risk of it.")


def statement(kit):
    kit.section = "Statement"
    ws = kit.sheet("Statement", "Monthly statement", "D", [("B:B", 44), ("C:C", 34), ("D:D", 46)])
    kit.subtitle(ws, "D", "Support for people sleeping rough   ·   Department for Community Recovery")
    side = kit.text(font_size=9, italic=True, font_color="#4A4A4A", indent=1)

    def line(row, key, label, kind, how, bind=None, required=True, **extra):
        ws.set_row(row - 1, extra.pop("height", 24))
        ws.write_string(f"B{row}", label, kit.label(bold=True))
        ws.write_string(f"D{row}", how or "", side)
        kit.field(ws, f"C{row}", key, label, kind, required=required, guidance=how, bind=bind, **extra)

    kit.block(ws, "STATEMENT", 4, 8, "1. Which statement is this?", "D")
    line(5, "statement.reference", "Grant reference", "text", "On the first page of your grant agreement.", binding("award", fact="reference"))
    line(6, "statement.month", "Month", "text", "The month that has just ended.", binding("return-period", fact="period-label"))
    line(7, "statement.due", "Due by", "text", "The day and hour in your grant agreement.", binding("return-period", fact="due-on"))

    kit.block(ws, "MONEY", 10, 19, "2. The money", "D")
    money = kit.entry(num_format="£#,##0.00;[Red]-£#,##0.00", align="left", indent=1)
    for row, key, label, how, bind in [
        (11, "money.ring-fence", "Kept for this strand by the agreement", "For the whole grant.", binding("award-amount", fence=FENCE)),
        (12, "money.this", "Spent this month", "What was received this month, whenever it is paid.",
         binding("spend", fence=FENCE, period="this", when="actual")),
        (13, "money.year", "Spent this financial year", "From April to the end of the month.",
         binding("spend", fence=FENCE, period="year-to-date", when="actual")),
        (14, "money.to-date", "Spent to date", "From the grant's first day to the end of the month.",
         binding("spend", fence=FENCE, period="cumulative", when="actual")),
        (15, "money.forecast", "Forecast, rest of the grant", "From the month after this one.",
         binding("forecast", fence=FENCE, period="to-end", when="forecast")),
    ]:
        line(row, key, label, "money", how, bind, fmt=money)
    ws.data_validation("C11:C15", {"validate": "decimal", "criteria": "between", "minimum": -5_000_000, "maximum": 50_000_000,
                                   "error_title": "An amount in pounds", "error_message": "Please enter pounds and pence as a number, "
                                   "without text. A credit is a negative number."})
    for row, name, formula in [(16, "Left, after forecast", "=C11-C14-C15")]:
        ws.write_string(f"B{row}", name, kit.label(bg_color="#F3F7F8"))
        kit.f(ws, f"C{row}", formula, 0, kit.calc(num_format=MONEY, bold=True, align="left", indent=1))
    ws.write_string("B17", "The ring-fence is used", kit.label())
    kit.f(ws, "C17", '=IF(AND(C14+C15<C11-1,TRIM(C18)=""),"CHECK: less is planned than is kept for this strand. Say why below.","OK")', "OK",
          kit.status(text_wrap=True))
    ws.set_row(16, 34)
    kit.traffic(ws, "C17")
    line(18, "money.why", "If less is planned: why, and what next", "text", "75 words at most.", required=False, words=75, height=72)

    kit.block(ws, "PEOPLE", 21, 25, "3. The people", "D")
    for row, key, label, how in [(22, "people.reached", "People sleeping rough who were reached", "First contacts in the month."),
                                 (23, "people.housed", "People who moved into settled housing", "From the street or from a hostel.")]:
        line(row, key, label, "number", how)
    ws.data_validation("C22:C23", {"validate": "integer", "criteria": "between", "minimum": 0, "maximum": 10000,
                                   "error_title": "A whole number", "error_message": "Please enter a whole number of people.",
                                   "input_title": "People", "input_message": "A whole number. Count each person once."})
    line(24, "people.changed", "What changed for people this month", "text", "100 words at most.", words=100, height=96)
    ws.write_string("B26", f"Form {CODE}, version {VERSION}. An invented form, made to try software with.",
                    kit.fmt(font_size=8, italic=True, font_color="#6A6A6A"))
    return ws


def sign_off(kit):
    kit.section = "Sign-off"
    ws = kit.sheet("Sign-off", "Sign-off", "C", [("B:B", 44), ("C:C", 50)])
    kit.subtitle(ws, "C", "To be signed last, by an officer of the accountable body.")
    kit.block(ws, "SIGNATURE", 4, 10, "Statement", "C")
    ws.merge_range("B5:C5", WORDS, kit.fmt(text_wrap=True, font_size=11, border=1, border_color=WARM, indent=1))
    ws.set_row(4, 72)
    for row, key, label, kind, fact, extra in [
        (6, "confirmed", "I make this statement", "yes-no", "confirmed", {"choices": ["Yes", "No"]}),
        (7, "name", "Name", "text", "name", {}),
        (8, "office", "Office", "choice", "office", {"choices": OFFICES}),
        (9, "date", "Date", "date", "date", {"fmt": kit.entry(num_format=DATE, align="left", indent=1)}),
    ]:
        ws.write_string(f"B{row}", label, kit.label(bold=True))
        kit.field(ws, f"C{row}", f"sign-off.{key}", label, kind, required=True,
                  bind=binding("certification", fact=fact, row=None if fact == "confirmed" else 1), **extra)
    ws.data_validation("C6", {"validate": "list", "source": ["Yes", "No"], "error_title": "Yes or No", "error_message": "Please choose Yes or No."})
    ws.data_validation("C8", {"validate": "list", "source": OFFICES, "error_title": "Not in the list", "error_message": "Please choose from the list."})


def main():
    with tempfile.TemporaryDirectory() as tmp:
        raw = pathlib.Path(tmp) / "raw.xlsx"
        book = xlsxwriter.Workbook(str(raw))
        book.set_properties({"title": NAME, "author": "Department for Community Recovery (invented)", "company": "",
                             "created": datetime(2026, 3, 2, 9, 0), "comments": "An invented form, made to try software with."})
        kit = Kit(book, NAME, "RS")
        statement(kit).activate()
        sign_off(kit)
        book.close()
        finish(raw, HERE / "rough-sleeping-statement.xlsx", kit, SHEETS, CODE, VERSION)
    out = {"name": NAME, "version": VERSION, "funder_form_code": CODE,
           "sections": list(dict.fromkeys(f["section"] for f in kit.fields)), "fields": kit.fields}
    (HERE / "rough-sleeping-statement.fields.json").write_text(json.dumps(out, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"{len(kit.fields)} fields")


if __name__ == "__main__":
    main()
