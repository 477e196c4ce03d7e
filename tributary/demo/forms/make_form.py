#!/usr/bin/env python3
"""Makes Tributary's own sample return form, and the list of its fields.

    python3 make_form.py            writes recovery-grant-return.xlsx and recovery-grant-return.fields.json beside itself

(make_statement.py writes the small monthly one.)

Needs XlsxWriter. The same bytes come out on every run (with the same XlsxWriter and zlib). The department, the grant and
everything else in the form is invented. It is as demanding as the returns that real funders send out: see README.md here
for what it holds, and check_form.py for the proof that it holds it.

How the form works: the person answers two cells on "Start here", the first day of the grant's first quarter and the
reporting period ("Quarter 6"). Every heading, financial year and "Actual" or "Forecast" follows from those two, so that one
form serves any year.
"""

import json
import pathlib
import struct
import tempfile
import zlib
from datetime import datetime

import xlsxwriter

from form_kit import WARM, Kit, binding
from form_money import FENCES, MATCH_KINDS, MENU, fences, finances, match
from form_package import finish
from form_words import OFFICES, outcomes, risks, sign_off

HERE = pathlib.Path(__file__).resolve().parent
NAME = "Substance Misuse Recovery and Rough Sleeping Grant: quarterly return"
CODE, VERSION = "DCR-SMRRS-QR", "2026-27 v1"
SHEETS = ["Start here", "Organisation", "Finances", "Ring-fences", "Match funding", "Outcomes", "Risks", "Sign-off", "Lists", "Checks"]
PERIODS = [f"Quarter {n}" for n in range(1, 13)]
ORGANISATION_KINDS = ["County council", "Unitary council", "Charity", "Community interest company", "NHS body", "Other"]


def emblem():
    """The invented department's mark: two waves in a square, as a PNG with stored (uncompressed) rows."""
    import math
    size, rows = 120, []
    for y in range(size):
        row = bytearray([0])
        for x in range(size):
            colour = (23, 73, 90)
            for middle, tone in ((44, (255, 255, 255)), (76, (244, 190, 92))):
                if abs(y - middle - 9 * math.sin(x / size * 4 * math.pi)) < 8:
                    colour = tone
            row += bytes(colour)
        rows.append(bytes(row))

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", size, size, 8, 2, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(b"".join(rows), 0)) + chunk(b"IEND", b""))


def start(kit, picture):
    kit.section = "Start here"
    ws = kit.sheet("Start here", "Quarterly return", "E", [("B:B", 34), ("C:C", 34), ("D:D", 18), ("E:E", 22)])
    ws.insert_image("E1", "emblem.png", {"image_data": picture, "x_scale": 0.34, "y_scale": 0.34, "x_offset": 110, "y_offset": 3,
                                         "description": "Two waves: the mark of an invented department", "object_position": 3})
    kit.subtitle(ws, "E", "Substance Misuse Recovery and Rough Sleeping Grant   ·   Department for Community Recovery")
    kit.block(ws, "REPORTING-PERIOD", 4, 10, "1. Which return is this?", "E")
    ws.write_string("B5", "First day of the grant's first quarter", kit.label())
    kit.field(ws, "C5", "start.grid-starts-on", "First day of the grant's first quarter", "date", required=True, at="name:Grid_Start",
              guidance="1 April, 1 July, 1 October or 1 January. It is in your grant agreement.",
              bind=binding("return-period", fact="grid-starts-on"))
    ws.data_validation("C5", {"validate": "custom", "value": "=AND(ISNUMBER(C5),DAY(C5)=1,MOD(MONTH(C5),3)=1)",
                              "error_title": "The first day of a quarter", "input_title": "First quarter",
                              "error_message": "Please enter the 1st of January, April, July or October.",
                              "input_message": "1 April, 1 July, 1 October or 1 January. It is in your grant agreement."})
    ws.write_string("B6", "Reporting period", kit.label())
    kit.field(ws, "C6", "start.reporting-period", "Reporting period", "choice", required=True, choices=PERIODS, at="name:Reporting_Period",
              guidance="The quarter that has just ended, counted from the first.", bind=binding("return-period", fact="quarter-label"))
    ws.data_validation("C6", {"validate": "list", "source": "=Lists!$B$4:$B$15", "error_title": "Not in the list",
                              "error_message": "Please choose Quarter 1 to Quarter 12.", "input_title": "Reporting period",
                              "input_message": "The quarter that has just ended."})
    ws.merge_range("D5:E6", "", kit.fmt(bold=True, font_size=12, font_color=WARM, text_wrap=True, indent=1))
    kit.f(ws, "D5", '=IF(OR(Grid_Start="",Period_Index=0),"",INDEX(Lists!E4:E15,Period_Index)&" ("&INDEX(Lists!F4:F15,Period_Index)&")")',
          "", kit.fmt(bold=True, font_size=12, font_color=WARM, text_wrap=True, indent=1))
    ws.write_string("B7", "Due by", kit.label())
    # Agreements set their own dates: the form asks for it, so that it cannot say another than the agreement.
    kit.field(ws, "C7", "start.due-on", "Due by", "date", required=True, guidance="The last day for this return, in your grant agreement.",
              bind=binding("return-period", fact="due-on"))
    ws.data_validation("C7", {"validate": "date", "criteria": ">=", "value": "=IF(Period_Index=0,DATE(2020,1,1),Period_End)",
                              "error_title": "Too early", "error_message": "A return is due after its period has ended.",
                              "input_title": "Due by", "input_message": "The last day for this return, in your grant agreement."})
    ws.write_string("B8", "Is this the first time you send it?", kit.label())
    kit.field(ws, "C8", "start.submission", "Is this the first time you send it?", "choice", required=True,
              choices=["First submission", "Resubmission"], bind=binding("return-period", fact="submission"))
    ws.data_validation("C8", {"validate": "list", "source": ["First submission", "Resubmission"], "error_title": "Not in the list",
                              "error_message": "Please choose from the list."})
    ws.write_string("B9", "If a resubmission, why?", kit.label())
    kit.field(ws, "C9", "start.why-again", "If a resubmission, why?", "text", merge="E9", guidance="200 characters at most.")
    ws.data_validation("C9", {"validate": "length", "criteria": "<=", "value": 200, "error_title": "Too long",
                              "error_message": "Please use 200 characters or fewer."})
    kit.block(ws, "SECTIONS", 12, 21, "2. What to fill in", "E")
    for c, words in zip("BCDE", ["Sheet", "What it asks", "Still to answer", "State"]):
        ws.write_string(f"{c}13", words, kit.head(align="left", indent=1))
    empties = {}
    for sheet, asks in [("Organisation", "Who you are and the grant you hold"), ("Finances", "Spend, forecast and match, by quarter"),
                        ("Ring-fences", "Parts kept for a purpose or capped"), ("Match funding", "Other money behind the same work"),
                        ("Outcomes", "What changed for people"), ("Risks", "What could go wrong"), ("Sign-off", "Statement and signatures")]:
        row = 14 + len(empties)
        empties[sheet] = row
        ws.write_url(f"B{row}", f"internal:'{sheet}'!B1", kit.label(font_color="#17495A", underline=1, bold=True), sheet)
        ws.write_string(f"C{row}", asks, kit.label(font_size=9))
    kit.block(ws, "CHECKS", 23, 33, "3. Checks", "E")
    for c, words in zip("BCD", ["Check", "What to do", "State"]):
        ws.write_string(f"{c}24", words, kit.head(align="left", indent=1))
    for n in range(8):
        row = 25 + n
        kit.f(ws, f"B{row}", f"=Checks!B{4 + n}", CHECKS[n][0], kit.label())
        kit.f(ws, f"C{row}", f'=IF(D{row}="OK","",Checks!F{4 + n})', "", kit.label(font_size=9))
        kit.f(ws, f"D{row}", f"=Checks!E{4 + n}", "OK", kit.status())
        ws.set_row(row - 1, 26)
    kit.traffic(ws, "D25:D32")
    kit.x14_rule(ws, "B23:E23", "Checks!$C$17>0", "7A2E00", "FCE3CF")
    kit.block(ws, "HOW", 35, 41, "4. How to fill it in", "E")
    how = [("Yellow cells", " are for you. Everything else is locked and works itself out."),
           ("Enter pounds and pence.", " The form shows whole pounds; it keeps the pence."),
           ("Do not paste", " over cells with a choice list. Paste values only."),
           ("Words are counted", " under each box. Text beyond the limit is refused."),
           ("Leave nothing blank:", " enter 0 where there was no spend.")]
    for n, (bold, rest) in enumerate(how):
        row = 36 + n
        ws.merge_range(f"B{row}:E{row}", "", kit.text())
        ws.write_rich_string(f"B{row}", kit.fmt(bold=True, font_color="#12333F"), bold, kit.fmt(), rest, kit.text())
        ws.set_row(row - 1, 18)
    ws.write_string("B42", f"Form {CODE}, version {VERSION}. An invented form, made to try software with.",
                    kit.fmt(font_size=8, italic=True, font_color="#6A6A6A"))
    ws.print_area("A1:E42")
    return ws, empties


def organisation(kit):
    kit.section = "Organisation"
    ws = kit.sheet("Organisation", "Organisation and grant", "D", [("B:B", 40), ("C:C", 50), ("D:D", 52)], landscape=True)
    kit.subtitle(ws, "D", "Who holds the grant and answers for it, and who fills in this return.")
    kit.block(ws, "ORGANISATION", 4, 15, "1. The accountable body and the programme", "D")

    def line(row, key, label, kind, how, bind, required=True, **extra):
        ws.set_row(row - 1, extra.pop("height", 24))
        ws.write_string(f"B{row}", label, kit.label(bold=True))
        ws.write_string(f"D{row}", how or "", kit.text(font_size=9, italic=True, font_color="#4A4A4A", indent=1))
        kit.field(ws, f"C{row}", f"organisation.{key}", label, kind, required=required, guidance=how, bind=bind, **extra)

    def org(role, fact):
        return binding("organisation", of=role, fact=fact)
    # Found between its markers, so that a row put in above by the funder does not move the answer.
    line(5, "award-reference", "Grant reference", "text", "On the first page of your grant agreement.", binding("award", fact="reference"),
         at="between:RG-ORGANISATION-START..RG-ORGANISATION-END!r2c3")
    line(6, "name", "Accountable body", "text", "The body that signed the grant agreement.", org("accountable-body", "name"),
         at="between:RG-ORGANISATION-START..RG-ORGANISATION-END!r3c3")
    line(7, "org-id", "Its identifier", "text", "For example GB-LAE-XYZ.", org("accountable-body", "org-id"), required=False)
    line(8, "kind", "What kind of body is it?", "choice", None, org("accountable-body", "kind"), choices=ORGANISATION_KINDS)
    line(9, "lead", "Lead organisation of the programme", "text", "If another body leads the work, its name.", org("lead", "name"))
    line(10, "lead-id", "Its identifier", "text", "For example GB-CHC-1234567.", org("lead", "org-id"), required=False)
    line(11, "address", "Address", "text", None, org("accountable-body", "address"), required=False, height=44)
    line(12, "contact", "Who can we ask about this return?", "text", "Name and role.", binding("return-period", fact="preparer-name"))
    line(13, "email", "Email", "text", None, binding("return-period", fact="preparer-email"))
    line(14, "telephone", "Telephone", "text", "Between 10 and 16 characters.", binding("return-period", fact="preparer-telephone"), required=False)
    kit.x14_list(ws, "C8", "Lists!$V$4:$V$9", "Choose the kind of body")
    ws.data_validation("C5", {"validate": "length", "criteria": "between", "minimum": 4, "maximum": 30, "error_title": "Grant reference",
                              "error_message": "Please enter between 4 and 30 characters."})
    ws.data_validation("C14", {"validate": "length", "criteria": "between", "minimum": 10, "maximum": 16, "error_title": "Telephone",
                               "error_message": "Please enter between 10 and 16 characters."})
    ws.data_validation("C13", {"validate": "custom", "value": '=AND(ISNUMBER(FIND("@",C13)),ISERROR(FIND(" ",C13)))',
                               "error_title": "An email address", "error_message": "Please enter one email address."})
    kit.block(ws, "GRANT", 17, 25, "2. The grant", "D")
    line(18, "title", "Title of the programme", "text", "At most 100 characters.", binding("award", fact="title"))
    ws.data_validation("C18", {"validate": "length", "criteria": "<=", "value": 100, "error_title": "Too long",
                               "error_message": "Please use 100 characters or fewer."})
    line(19, "starts-on", "The grant starts on", "date", None, binding("award", fact="starts-on"))
    line(20, "ends-on", "The grant ends on", "date", None, binding("award", fact="ends-on"))
    line(21, "award-thousands", "Total grant, in thousands of pounds", "money", "As in the summary table of your agreement.",
         binding("award-amount", period="to-end"), unit="thousands", rounding="pounds", fmt=kit.entry(num_format='£#,##0"k"', align="left", indent=1))
    line(22, "legal-basis", "Paid under", "choice", None, binding("award", fact="legal-basis"),
         choices=["Section 31", "Section 75", "Contract", "Grant agreement"])
    line(23, "consortium", "Do several bodies share the grant?", "yes-no", "Yes if you pass any of it on.",
         binding("fixed-text", text="Yes"), choices=["Yes", "No"])
    line(24, "fraud", "Have you found any fraud or irregularity this quarter?", "yes-no", "If yes, ring us before you send this.", None,
         choices=["Yes", "No"])
    ws.data_validation("C19", {"validate": "date", "criteria": "between", "minimum": datetime(2020, 1, 1), "maximum": datetime(2045, 12, 31),
                               "error_title": "A date", "error_message": "Please enter a date between 2020 and 2045."})
    ws.data_validation("C20", {"validate": "date", "criteria": ">", "value": "=C19", "error_title": "Too early",
                               "error_message": "The grant must end after it starts."})
    ws.data_validation("C21", {"validate": "integer", "criteria": "between", "minimum": 1, "maximum": 100000, "error_title": "Thousands",
                               "error_message": "Please enter whole thousands of pounds."})
    ws.data_validation("C22", {"validate": "list", "source": ["Section 31", "Section 75", "Contract", "Grant agreement"]})
    ws.data_validation("C23:C24", {"validate": "list", "source": ["Yes", "No"]})
    ws.conditional_format("C24", {"type": "cell", "criteria": "==", "value": '"Yes"', "format":
                                  kit.book.add_format({"bg_color": "#F7C9C4", "bold": True})})
    ws.freeze_panes(2, 0)


# Name, whether it is wrong (a formula), what to do. Row 4 of the hidden sheet Checks onwards.
CHECKS = [
    ("Total agrees to the award", "ABS(ROUND(Finances!R43-Award_Total,2))>1", "Actual and forecast together must come to the award."),
    ("Spend to date agrees to section 6", "ABS(ROUND(Finances!C7-Finances!I68,2))>1", "Finances, sections 4 and 6, must show the same spend."),
    ("This quarter agrees to section 6", "ABS(ROUND(Finances!C51-Finances!E68,2))>1", "Finances, sections 5 and 6, must show the same spend."),
    ("Spend is within the award", "Finances!C7>Award_Total", "Spend to date is more than the grant."),
    ("Match agrees to Finances", "ABS(ROUND(C21-'Match funding'!G12,2))>1", "Match spent must be the actual match on Finances."),
    ("Every match source has an amount", "SUMPRODUCT(('Match funding'!B6:B11<>\"\")*('Match funding'!F6:F11=\"\"))>0", "Enter an amount for each source."),
    ("Award agrees to Organisation", "AND(Organisation!C21<>\"\",ABS(Award_Total-Organisation!C21*1000)>500)", "The award in thousands differs from Finances."),
    ("Ring-fences and caps are kept", "COUNTIF('Ring-fences'!K6:K10,\"CHECK*\")>SUMPRODUCT((LEFT('Ring-fences'!K6:K10,5)=\"CHECK\")*('Ring-fences'!L6:L10<>\"\"))",
     "Explain each one on Ring-fences."),
]


def lists(kit):
    ws = kit.book.add_worksheet("Lists")
    ws.hide()
    ws.protect("")
    plain, head, day = kit.fmt(), kit.head(), kit.fmt(num_format="d mmm yyyy")
    ws.set_column("A:A", 8, plain)
    ws.set_column("B:Z", 16, plain)
    ws.write_string("A1", "Lists and dates that the form works with. Hidden; nothing here is to fill in.", kit.fmt(bold=True))
    for c, words in zip("ABCDEFG", ["No.", "Quarter", "Starts", "Ends", "Months", "Financial year", "Actual or forecast"]):
        ws.write_string(f"{c}3", words, head)
    ws.write_string("B2", "RG-CONTROL-QUARTERS-START")
    ws.write_string("G16", "RG-CONTROL-QUARTERS-END")
    rows = range(4, 16)
    for n, row in enumerate(rows, start=1):
        ws.write_number(f"A{row}", n, plain)
        ws.write_string(f"B{row}", f"Quarter {n}", plain)
    kit.run(ws, [f"C{r}" for r in rows], lambda r, c: f'=IF(Grid_Start="","",EDATE(Grid_Start,3*(A{r}-1)))', "", day)
    kit.run(ws, [f"D{r}" for r in rows], lambda r, c: f'=IF(C{r}="","",EDATE(C{r},3)-1)', "", day)
    kit.run(ws, [f"E{r}" for r in rows], lambda r, c:
            f'=IF(C{r}="",B{r},INDEX($X$4:$X$15,MONTH(C{r}))&" to "&INDEX($X$4:$X$15,MONTH(D{r}))&" "&YEAR(D{r}))',
            lambda n: f"Quarter {n + 1}", plain)
    # A financial year runs from April: the year of the date three months earlier.
    kit.run(ws, [f"F{r}" for r in rows], lambda r, c:
            f'=IF(C{r}="","Year "&(1+INT((A{r}-1)/4)),YEAR(EDATE(C{r},-3))&"-"&RIGHT(YEAR(EDATE(C{r},-3))+1,2))',
            lambda n: f"Year {1 + n // 4}", plain)
    kit.run(ws, [f"G{r}" for r in rows], lambda r, c: f'=IF(A{r}<=Period_Index,"Actual","Forecast")', "Forecast", plain)
    ws.write_string("I3", "Letter", head)
    ws.write_string("J3", "Intervention", head)
    ws.write_string("K3", "Theme", head)
    for n, (letter, name, theme, _) in enumerate(MENU):
        ws.write_string(f"I{4 + n}", letter, plain)
        ws.write_string(f"J{4 + n}", f"{letter}. {name}", plain)
        ws.write_string(f"K{4 + n}", theme, plain)
    ws.write_string("L3", "Themes (spill)", head)
    themes = list(dict.fromkeys(m[2] for m in MENU))
    ws.write_dynamic_array_formula(f"L4:L{3 + len(themes)}", "=UNIQUE(K4:K11)", plain, themes[0])
    kit.spilled["Lists"] = {f"L{4 + n}": t for n, t in enumerate(themes)}
    for c, name, values in [("N", "Kinds of match", MATCH_KINDS), ("P", "Rating", ["Green", "Amber", "Red"]),
                            ("R", "Scale", ["1 Low", "2 Some", "3 High", "4 Very high"]), ("T", "Office", OFFICES),
                            ("V", "Kind of body", ORGANISATION_KINDS),
                            ("X", "Months", ["January", "February", "March", "April", "May", "June", "July", "August", "September",
                                             "October", "November", "December"])]:
        ws.write_string(f"{c}3", name, head)
        for n, value in enumerate(values):
            ws.write_string(f"{c}{4 + n}", value, plain)
    ws.write_string("R8", "Grave from", head)
    ws.write_number("R9", 12, plain)


def checks(kit, start_ws, empties):
    ws = kit.book.add_worksheet("Checks")
    ws.hide()
    ws.protect("")
    plain = kit.fmt()
    ws.set_column("A:A", 4, plain)
    ws.set_column("B:F", 30, plain)
    ws.write_string("A1", "RG-CONTROL-CHECKS-START")
    ws.write_string("F12", "RG-CONTROL-CHECKS-END")
    for c, words in zip("BCDEF", ["Check", "Wrong?", "", "State", "What to do"]):
        ws.write_string(f"{c}3", words, kit.head())
    for n, (name, wrong, todo) in enumerate(CHECKS):
        row = 4 + n
        ws.write_string(f"B{row}", name, plain)
        kit.f(ws, f"C{row}", f"={wrong}", False, plain)
        ws.write_string(f"F{row}", todo, plain)
    kit.run(ws, [f"E{4 + n}" for n in range(8)], lambda r, c: f'=IF(C{r},"CHECK","OK")', "OK", plain)
    for row, name, formula, value in [
        (14, "Period index", '=IF(Reporting_Period="",0,MATCH(Reporting_Period,Lists!B4:B15,0))', 0),
        (15, "Period ends on", '=IF(OR(Grid_Start="",C14=0),0,EDATE(Grid_Start,3*C14)-1)', 0),
        (16, "Part of the year gone", "=IF(C14=0,0,(MOD(C14-1,4)+1)/4)", 0),
        (17, "Checks outstanding", '=COUNTIF(E4:E11,"CHECK")', 0),
        (21, "Actual match, capital and revenue", '=SUMIF(Finances!C33:Q33,"Actual",Finances!C44:Q44)', 0),
        (22, "Match agreed, from the table", "=SUM(MatchTable[Agreed])", 0),
    ]:
        ws.write_string(f"B{row}", name, plain)
        kit.f(ws, f"C{row}", formula, value, kit.fmt(num_format="d mmm yyyy") if row == 15 else plain)
    # Old array formulas, entered with Ctrl+Shift+Enter: one cell, and one over twelve.
    ws.write_string("B18", "Last quarter with grant spend", plain)
    ws.write_array_formula("C18", "{=MAX(IF(C24:C35<>0,B24:B35,0))}", plain, 0)
    ws.write_string("B19", "Largest quarter", plain)
    ws.write_array_formula("C19", "{=MAX(ABS(C24:C35))}", plain, 0)
    ws.write_string("B23", "Quarter", kit.head())
    ws.write_string("C23", "Grant and match", kit.head())
    for n in range(12):
        ws.write_number(f"B{24 + n}", n + 1, plain)
    ws.write_string("D23", "Months, in a column", kit.head())
    ws.write_array_formula("D24:D39", "{=TRANSPOSE(Finances!C45:R45)}", plain, 0)
    for n in range(1, 16):
        ws.write_number(f"D{24 + n}", 0, plain)
    from form_money import QUARTERS, column
    for n in QUARTERS:
        kit.f(ws, f"C{23 + n}", f"=Finances!{column(n)}43", 0, plain)
    # What is wrong, as a list that spills; "Nothing" on the untouched form.
    ws.write_string("H3", "To put right (spill)", kit.head())
    ws.set_column("H:I", 34, plain)
    ws.write_dynamic_array_formula("H4", "=FILTER(B4:B11,E4:E11=\"CHECK\",\"Nothing\")", plain, "Nothing")
    ws.write_string("I3", "The same through a name (spill)", kit.head())
    ws.write_dynamic_array_formula("I4", "=Unresolved_Checks", plain, "Nothing")
    kit.spilled["Checks"] = {"H4": "Nothing", "I4": "Nothing"}
    # Empty required cells by sheet, and what Start here says of them.
    ws.write_string("B41", "Sheet", kit.head())
    ws.write_string("C41", "Required and empty", kit.head())
    for n, (sheet, start_row) in enumerate(empties.items()):
        required = [f for f in kit.fields if f["section"] == sheet and f["required"]]
        cells = [cell_of(f) for f in required]
        row = 42 + n
        quoted = f"'{sheet}'" if not sheet.isalnum() else sheet
        ws.write_string(f"B{row}", sheet, plain)
        terms = "+".join(f"COUNTBLANK({quoted}!{r})" for r in ranges(cells)) or "0"
        kit.f(ws, f"C{row}", f"={terms}", len(cells), plain)
        kit.f(start_ws, f"D{start_row}", f"=Checks!C{row}", len(cells), kit.calc(num_format="0", align="center"))
        words = "Not needed" if not cells else "To do"
        kit.f(start_ws, f"E{start_row}", f'=IF(D{start_row}={len(cells)},"{words}",IF(D{start_row}=0,"Complete","Begun"))', words, kit.status())
    done = kit.book.add_format({"font_color": "#0B5D2A", "bg_color": "#D8F0DF"})
    start_ws.conditional_format("E14:E20", {"type": "cell", "criteria": "==", "value": '"Complete"', "format": done})


def cell_of(field):
    """The cell of a field as the form stands today, whatever its locator says."""
    at = field["at"]
    known = {"name:Grid_Start": "C5", "name:Reporting_Period": "C6"}
    if at in known:
        return known[at]
    if at.startswith("between:"):
        return {"r2c3": "C5", "r3c3": "C6"}[at.rsplit("!", 1)[1]]
    return at.rsplit("!", 1)[1]


def ranges(cells):
    """Cells gathered into runs along a row or down a column, to keep the formulas short."""
    from xlsxwriter.utility import xl_cell_to_rowcol, xl_rowcol_to_cell
    left, out = sorted(xl_cell_to_rowcol(c) for c in cells), []
    while left:
        r, c = left[0]
        down = along = 0
        while (r + down + 1, c) in left:
            down += 1
        while (r, c + along + 1) in left:
            along += 1
        run = [(r + k, c) for k in range(down + 1)] if down >= along else [(r, c + k) for k in range(along + 1)]
        left = [x for x in left if x not in run]
        first, last = xl_rowcol_to_cell(*run[0]), xl_rowcol_to_cell(*run[-1])
        out.append(first if first == last else f"{first}:{last}")
    return out


def main():
    import io
    with tempfile.TemporaryDirectory() as tmp:
        raw = pathlib.Path(tmp) / "raw.xlsx"
        book = xlsxwriter.Workbook(str(raw), {"use_future_functions": True})
        book.set_properties({"title": NAME, "author": "Department for Community Recovery (invented)", "company": "",
                             "created": datetime(2026, 3, 2, 9, 0), "comments": "An invented form, made to try software with."})
        book.set_custom_property("Form code", CODE)
        book.set_custom_property("Form version", VERSION)
        kit = Kit(book, NAME)
        start_ws, empties = start(kit, io.BytesIO(emblem()))
        organisation(kit)
        finances(kit)
        fences(kit)
        match(kit)
        outcomes(kit)
        risks(kit)
        sign_off(kit)
        lists(kit)
        checks(kit, start_ws, empties)
        for name, refers in [
            ("Grid_Start", "='Start here'!$C$5"), ("Reporting_Period", "='Start here'!$C$6"), ("Award_Total", "=Finances!$C$5"),
            ("Period_Index", "=Checks!$C$14"), ("Period_End", "=Checks!$C$15"), ("Year_Part", "=Checks!$C$16"),
            ("Quarter_Names", "=Lists!$B$4:$B$15"), ("Theme_List", "=_xlfn.ANCHORARRAY(Lists!$L$4)"),
            ("Unresolved_Checks", "=_xlfn._xlws.FILTER(Checks!$B$4:$B$11,Checks!$E$4:$E$11=\"CHECK\",\"Nothing\")"),
            ("Finances!Capital_Grid", "=Finances!$C$17:$Q$18"), ("Finances!Revenue_Grid", "=Finances!$C$23:$Q$27"),
            ("'Ring-fences'!Amounts", "='Ring-fences'!$D$6:$D$10"),
        ]:
            book.define_name(name, refers)
        start_ws.activate()
        book.close()
        finish(raw, HERE / "recovery-grant-return.xlsx", kit, SHEETS, CODE, VERSION)
    out = {"name": NAME, "version": VERSION, "funder_form_code": CODE,
           "sections": list(dict.fromkeys(f["section"] for f in kit.fields)), "fields": kit.fields}
    (HERE / "recovery-grant-return.fields.json").write_text(json.dumps(out, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"{len(kit.fields)} fields")


if __name__ == "__main__":
    main()
