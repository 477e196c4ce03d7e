"""The sheets about money: Finances, Ring-fences and Match funding."""

from xlsxwriter.utility import xl_col_to_name

from form_kit import MONEY, WARM, binding

FIRST_Q = 4        # row of quarter 1 on the hidden sheet Lists
QUARTERS = range(1, 13)

# The funder's menu of interventions: letter, name, theme, and the charity's cost categories that it gathers.
MENU = [
    ("A", "Community treatment", "Treatment", ["community-treatment"]),
    ("B", "Detox and residential rehabilitation", "Treatment", ["residential"]),
    ("C", "Recovery support and lived experience", "Recovery", ["recovery-support"]),
    ("D", "Support for people sleeping rough", "Rough sleeping", ["rough-sleeping"]),
    ("E", "Training and workforce", "Recovery", ["workforce"]),
    ("F", "Programme management", "Running the programme", ["management"]),
    ("G", "Mobilisation of new services", "Running the programme", ["mobilisation"]),
    ("H", "Buildings and equipment (capital)", "Running the programme", ["premises"]),
]

# The fences of the award: slug, name, kind.
FENCES = [
    ("rough-sleeping", "Support for people sleeping rough", "Ring-fenced"),
    ("residential", "Detox and residential rehabilitation", "Ring-fenced and capped"),
    ("management", "Programme management", "Capped"),
    ("mobilisation", "Mobilisation of new services", "Capped"),
    ("capital", "Buildings and equipment (capital)", "Ring-fenced"),
]


def column(n):
    """The column of quarter n: C to F, then a year's total in G, and so on."""
    return xl_col_to_name(1 + n + (n - 1) // 4)


YEAR_TOTALS = {"G": ("C", "F"), "L": ("H", "K"), "Q": ("M", "P")}
GRID = [xl_col_to_name(c) for c in range(2, 18)]      # C to R


def grid_head(kit, ws, row):
    """Four heading rows: financial year, months, number, and whether the quarter is actual or forecast."""
    soft = kit.head(font_size=9)
    ws.set_row(row, 30)
    ws.merge_range(f"B{row}:B{row + 3}", "£", kit.head(align="left", indent=1, valign="bottom"))
    for year, total in enumerate(YEAR_TOTALS):
        first, last = YEAR_TOTALS[total]
        q = FIRST_Q + 4 * year
        ws.merge_range(f"{first}{row}:{total}{row}", "", kit.head(font_size=11))
        kit.f(ws, f"{first}{row}", f"=Lists!F{q}", f"Year {year + 1}", kit.head(font_size=11))
        ws.merge_range(f"{total}{row + 1}:{total}{row + 3}", "", soft)
        kit.f(ws, f"{total}{row + 1}", f'={first}{row}&" total"', f"Year {year + 1} total", soft)
    ws.merge_range(f"R{row}:R{row + 3}", "Whole grant", kit.head(font_size=11))
    for n in QUARTERS:
        c = column(n)
        kit.f(ws, f"{c}{row + 1}", f"=Lists!E{FIRST_Q + n - 1}", f"Quarter {n}", soft)
        kit.f(ws, f"{c}{row + 2}", f"=Lists!B{FIRST_Q + n - 1}", f"Quarter {n}", kit.head(font_size=8, bold=False))
        kit.f(ws, f"{c}{row + 3}", f"=Lists!G{FIRST_Q + n - 1}", "Forecast", kit.head(font_size=9, bg_color="#FFFFFF"))
    blue = kit.book.add_format({"bg_color": "#17495A", "font_color": "#FFFFFF"})
    ws.conditional_format(f"C{row + 3}:Q{row + 3}", {"type": "cell", "criteria": "==", "value": '"Actual"', "format": blue})


def grid_row(kit, ws, row, name, key, label, of, filters, guidance):
    """Twelve cells to fill in, one for each quarter, and four totals."""
    ws.write_string(f"B{row}", name, kit.label())
    for n in QUARTERS:
        kit.field(ws, f"{column(n)}{row}", f"finances.{key}.q{n}", f"{label}, quarter {n}", "money",
                  fmt=kit.entry(num_format=MONEY, font_size=9), required=of == "spend-or-forecast", guidance=guidance,
                  bind=binding("grid-quarter", of=of, period="quarter", index=n, **filters))
    totals(kit, ws, row)
    ws.data_validation(f"C{row}:F{row}", decimal_rule())
    ws.data_validation(f"H{row}:K{row}", decimal_rule())
    ws.data_validation(f"M{row}:P{row}", decimal_rule())


def decimal_rule(low=-5_000_000, high=50_000_000):
    return {"validate": "decimal", "criteria": "between", "minimum": low, "maximum": high,
            "error_title": "An amount in pounds", "error_message": "Please enter pounds and pence as a number, without text. "
            "A credit is a negative number."}


def totals(kit, ws, row):
    for total, (first, last) in YEAR_TOTALS.items():
        kit.f(ws, f"{total}{row}", f"=SUM({first}{row}:{last}{row})", 0, kit.calc(bold=True, font_size=9))
    kit.f(ws, f"R{row}", f"=SUM(G{row},L{row},Q{row})", 0, kit.calc(bold=True, font_size=9))


def sum_row(kit, ws, row, name, formula, fmt=None):
    """A row that computes along the whole grid, stored as one shared formula."""
    fmt = fmt or kit.calc(bold=True, font_size=9, top=2)
    ws.write_string(f"B{row}", name, kit.label(bold=True, bg_color="#F3F7F8"))
    kit.run(ws, [f"{c}{row}" for c in GRID], lambda r, c: formula(c), 0, fmt)


def finances(kit):
    kit.section = "Finances"
    ws = kit.sheet("Finances", "Finances", "R", [("B:B", 37), ("C:F", 11.3), ("G:G", 12.5), ("H:K", 11.3), ("L:L", 12.5),
                                                 ("M:P", 11.3), ("Q:Q", 12.5), ("R:R", 13.5)], landscape=True)
    kit.subtitle(ws, "R", "Actual spend to the end of the reporting period, then your forecast to the end of the grant. "
                          "Yellow cells are for you; grey cells add up by themselves.")
    ws.freeze_panes(2, 2)
    ws.fit_to_pages(1, 0)
    ws.repeat_rows(0, 1)
    ws.set_h_pagebreaks([47])

    kit.block(ws, "GRANT-AWARD", 4, 10, "1. Your grant", "R")
    side = kit.text(font_size=9, font_color="#4A4A4A", italic=True)
    rows = [
        (5, "award-amount", "Total grant awarded", "The amount in your latest grant agreement, capital and revenue together.",
         binding("award-amount", period="to-end")),
        (6, "received", "Grant received to the end of this period", "Payments that have reached the accountable body's bank account.",
         binding("received", period="cumulative")),
    ]
    for row, key, label, words, bind in rows:
        ws.write_string(f"B{row}", label, kit.label())
        ws.merge_range(f"E{row}:R{row}", words, side)
        kit.field(ws, f"C{row}", f"finances.{key}", label, "money", merge=f"D{row}", required=True, guidance=words, bind=bind)
        ws.data_validation(f"C{row}", decimal_rule(0))
    for row, label, formula in [
        (7, "Grant spent to the end of this period",
         "=SUMIF(C33:Q33,\"Actual\",C43:Q43)"),
        (8, "Grant left to spend", "=C5-C7"),
        (9, "Received in advance of spend", "=C6-C7"),
    ]:
        ws.write_string(f"B{row}", label, kit.label(bg_color="#F3F7F8"))
        ws.merge_range(f"C{row}:D{row}", "", kit.calc(bold=True))
        kit.f(ws, f"C{row}", formula, 0, kit.calc(bold=True))
    ws.write_comment("C5", "Use the amount after any variation. It must be the amount on the Organisation sheet, in pounds.",
                     {"author": "Grants team", "x_scale": 1.6, "y_scale": 0.8})

    kit.block(ws, "CAPITAL", 12, 20, "2. Capital", "R")
    grid_head(kit, ws, 13)
    note = "Spend where the quarter has ended by the end of the reporting period; otherwise forecast."
    grid_row(kit, ws, 17, "Grant: buildings and equipment", "grant.capital", "Capital grant", "spend-or-forecast",
             {"capital": True}, note)
    grid_row(kit, ws, 18, "Match funding: capital", "match.capital", "Capital match funding", "match", {"capital": True},
             "Match spent, or expected to be spent, in the quarter.")
    sum_row(kit, ws, 19, "Total capital", lambda c: f"={c}17+{c}18")
    sum_row(kit, ws, 20, "Grant as a share of capital", lambda c: f'=IF({c}19=0,0,{c}17/{c}19)',
            kit.calc(num_format="0%", font_size=9, italic=True))

    kit.block(ws, "REVENUE", 22, 29, "3. Revenue", "R")
    ws.merge_range("C22:R22", "Quarters as above. Grant spend is in three lines that do not overlap.", kit.section_head())
    services = ["community-treatment", "residential", "recovery-support", "workforce"]
    grid_row(kit, ws, 23, "Grant: treatment and recovery", "grant.services", "Treatment and recovery, revenue grant",
             "spend-or-forecast", {"capital": False, "category": services}, note)
    grid_row(kit, ws, 24, "Grant: people sleeping rough", "grant.rough-sleeping", "Rough sleeping, revenue grant",
             "spend-or-forecast", {"capital": False, "category": ["rough-sleeping"]}, note)
    grid_row(kit, ws, 25, "Grant: running the programme", "grant.management", "Running the programme, revenue grant",
             "spend-or-forecast", {"capital": False, "category": ["management", "mobilisation"]}, note)
    sum_row(kit, ws, 26, "Total revenue from the grant", lambda c: f"=SUM({c}23:{c}25)", kit.calc(bold=True, font_size=9))
    grid_row(kit, ws, 27, "Match funding: revenue", "match.revenue", "Revenue match funding", "match", {"capital": False},
             "Match spent, or expected to be spent, in the quarter.")
    sum_row(kit, ws, 28, "Total revenue", lambda c: f"={c}26+{c}27")
    sum_row(kit, ws, 29, "Grant as a share of revenue", lambda c: f'=IF({c}28=0,0,{c}26/{c}28)',
            kit.calc(num_format="0%", font_size=9, italic=True))


    kit.block(ws, "TOTALS", 31, 46, "4. Capital and revenue together", "R")
    ws.merge_range("C31:R31", "", kit.section_head())
    ws.write_string("B32", "", kit.label())
    ws.write_string("B33", "Actual or forecast", kit.label(italic=True))
    for c in GRID:
        year = c in YEAR_TOTALS or c == "R"
        words = kit.head(font_size=9)
        if not year:
            kit.f(ws, f"{c}32", f"={c}14", f"Quarter {[column(n) for n in QUARTERS].index(c) + 1}", words)
            kit.f(ws, f"{c}33", f"={c}16", "Forecast", kit.head(font_size=9, bold=False, bg_color="#FFFFFF"))
        else:
            ws.merge_range(f"{c}32:{c}33", "Total", words)
    ws.set_row(31, 30)
    # Rows 34 to 42 show each line once more, so that the whole grant fits on one printed page.
    lines = [(34, "Capital: grant", "17"), (35, "Treatment and recovery: grant", "23"), (36, "People sleeping rough: grant", "24"),
             (37, "Running the programme: grant", "25"), (38, "Capital: match", "18"), (39, "Revenue: match", "27")]
    small = kit.calc(font_size=9)
    for row, name, source in lines:
        ws.write_string(f"B{row}", name, kit.label(bg_color="#F3F7F8"))
        kit.run(ws, [f"{c}{row}" for c in GRID], lambda r, c, s=source: f"={c}{s}", 0, small)
    for row in (40, 41, 42):
        ws.set_row(row - 1, None, None, {"hidden": True})
    sum_row(kit, ws, 43, "Total grant", lambda c: f"=SUM({c}34:{c}37)")
    sum_row(kit, ws, 44, "Total match funding", lambda c: f"={c}38+{c}39", kit.calc(bold=True, font_size=9))
    sum_row(kit, ws, 45, "Grant and match", lambda c: f"={c}43+{c}44", kit.calc(bold=True, font_size=9))
    ws.write_string("B46", "Grant, running total", kit.label(bg_color="#F3F7F8", italic=True))
    order = [column(n) for n in QUARTERS]
    for n, c in enumerate(order):
        before = f"{order[n - 1]}46+" if n else ""
        kit.f(ws, f"{c}46", f"={before}{c}43", 0, kit.calc(font_size=9, italic=True))
    for total, (_, last) in YEAR_TOTALS.items():
        kit.f(ws, f"{total}46", f"={last}46", 0, kit.calc(font_size=9, italic=True))
    kit.f(ws, "R46", "=Q46", 0, kit.calc(font_size=9, italic=True))
    ws.conditional_format("C46:Q46", {"type": "formula", "criteria": "=AND($C$5>0,C46>$C$5)", "format":
                                      kit.book.add_format({"font_color": "#FFFFFF", "bg_color": WARM, "bold": True})})

    kit.block(ws, "QUARTER", 48, 56, "5. This quarter, and why it differs from what you expected", "R")
    kit.f(ws, "C49", '=IF(Period_Index=0,"Choose the reporting period on Start here",INDEX(Lists!E4:E15,Period_Index))',
          "Choose the reporting period on Start here", kit.fmt(bold=True, font_color=WARM))
    ws.write_string("B49", "Reporting period", kit.label(bold=True))
    ws.write_string("B50", "Grant spend expected, last return", kit.label())
    words = "The forecast for this quarter in the return before this one; for a first return, in your delivery plan."
    kit.field(ws, "C50", "finances.expected", "Grant spend expected this quarter in the last return", "money", merge="D50",
              required=True, guidance=words, bind=binding("previous-forecast", period="this"))
    ws.data_validation("C50", decimal_rule(0))
    ws.merge_range("E50:R50", words, side)
    for row, label, formula, number in [
        (51, "Grant spend, this quarter", "=IF(Period_Index=0,0,SUMIF(C15:Q15,Reporting_Period,C43:Q43))", MONEY),
        (52, "Difference", "=C51-C50", MONEY),
        (53, "Difference, per cent", "=IF(C50=0,0,ROUND(C52/C50,4))", "0.0%"),
    ]:
        ws.write_string(f"B{row}", label, kit.label(bg_color="#F3F7F8"))
        ws.merge_range(f"C{row}:D{row}", "", kit.calc(bold=True, num_format=number))
        kit.f(ws, f"C{row}", formula, 0, kit.calc(bold=True, num_format=number))
    kit.f(ws, "E53", '=IF(ABS(C53)>0.1,"More than 10%: please explain below","")', "", kit.fmt(bold=True, font_color=WARM))
    ws.write_rich_string("B54", kit.fmt(bold=True), "Explanation", kit.fmt(), " if the difference is more than 10% "
                         "(150 words at most)", kit.label(valign="top"))
    ws.set_row(53, 84)
    kit.field(ws, "C54", "finances.explanation", "Explanation of the difference", "text", merge="R54", words=150,
              guidance="Needed if the difference is more than 10 per cent, over or under. Say what happened and what you will do.")
    kit.f(ws, "C55", word_count("C54", 150), "0 of 150 words", kit.fmt(font_size=8, italic=True, font_color="#5A5A5A"))

    kit.block(ws, "MENU", 58, 69, "6. Grant spend by intervention", "R")
    for cols, words in [("B59", "Intervention"), ("C59:D59", "Theme"), ("E59:F59", "This quarter"), ("G59:H59", "Year to date"),
                        ("I59:J59", "Whole grant to date"), ("K59:L59", "Share of spend")]:
        (ws.merge_range if ":" in cols else ws.write_string)(cols, words, kit.head())
    for n, (letter, name, theme, categories) in enumerate(MENU):
        row = 60 + n
        kit.f(ws, f"B{row}", f"=Lists!J{4 + n}", f"{letter}. {name}", kit.label())
        ws.merge_range(f"C{row}:D{row}", "", kit.label(font_size=9))
        kit.f(ws, f"C{row}", f"=VLOOKUP(B{row},Lists!$J$4:$K$11,2,FALSE)", theme, kit.label(font_size=9))
        for first, last, key, period in [("E", "F", "this", "this"), ("G", "H", "year", "year-to-date"), ("I", "J", "to-date", "cumulative")]:
            kit.field(ws, f"{first}{row}", f"finances.menu.{letter.lower()}.{key}", f"{name}, {'this quarter' if period == 'this' else period.replace('-', ' ')}", "money",
                      fmt=kit.entry(num_format=MONEY), merge=f"{last}{row}", required=True,
                      bind=binding("spend", category=categories, period=period, when="actual"))
        ws.data_validation(f"E{row}:J{row}", decimal_rule())
        ws.merge_range(f"K{row}:L{row}", "", kit.calc(num_format="0%"))
    kit.run(ws, [f"K{60 + n}" for n in range(8)], lambda r, c: f"=IF($I$68=0,0,I{r}/$I$68)", 0, kit.calc(num_format="0%"))
    ws.write_string("B68", "Total", kit.label(bold=True))
    ws.merge_range("C68:D68", "", kit.label())
    for first, last in [("E", "F"), ("G", "H"), ("I", "J"), ("K", "L")]:
        number = "0%" if first == "K" else MONEY
        ws.merge_range(f"{first}68:{last}68", "", kit.calc(bold=True, num_format=number))
        kit.f(ws, f"{first}68", f"=SUM({first}60:{first}67)", 0, kit.calc(bold=True, num_format=number))
    ws.conditional_format("K60:K67", {"type": "data_bar", "data_bar_2010": True, "bar_color": "#8FBBC7", "bar_solid": True,
                                      "min_type": "num", "min_value": 0, "max_type": "num", "max_value": 1})

    kit.block(ws, "CHECKS", 71, 76, "7. Checks", "R")
    for row, name, source in [(72, "Total agrees to the award", 4), (73, "Spend to date agrees to section 6", 5),
                              (74, "This quarter agrees to section 6", 6), (75, "Spend is within the award", 7)]:
        ws.write_string(f"B{row}", name, kit.label())
        ws.merge_range(f"C{row}:D{row}", "", kit.status())
        kit.f(ws, f"C{row}", f"=Checks!E{source}", "OK", kit.status())
        ws.merge_range(f"E{row}:R{row}", "", side)
        kit.f(ws, f"E{row}", f'=IF(C{row}="OK","",Checks!F{source})', "", side)
    kit.traffic(ws, "C72:C75")
    # Checks live on another sheet, which only the extended kind of rule may name.
    kit.x14_rule(ws, "B71", "Checks!$C$17>0", "7A2E00", "FCE3CF")
    return ws


def word_count(cell, limit):
    return f'=IF(TRIM({cell})="",0,LEN(TRIM({cell}))-LEN(SUBSTITUTE(TRIM({cell})," ",""))+1)&" of {limit} words"'


def fences(kit):
    kit.section = "Ring-fences"
    ws = kit.sheet("Ring-fences", "Ring-fences and caps", "L",
                   [("B:B", 34), ("C:C", 15), ("D:I", 14), ("J:J", 11), ("K:K", 18), ("L:L", 42)], landscape=True)
    kit.subtitle(ws, "L", "Parts of the grant that are kept for a purpose, or may not go above an amount. The amounts are in your grant agreement.")
    ws.freeze_panes(5, 2)
    kit.block(ws, "FENCES", 4, 12, "1. Each part of the grant", "L")
    ws.set_row(4, 44)
    for c, words in zip("BCDEFGHIJKL", ["Part of the grant", "What it is", "Amount set by the agreement", "Spent this quarter",
                                        "Spent this financial year", "Spent to date", "Forecast, rest of the grant",
                                        "Left, after forecast", "Spent, per cent", "Check", "If the check asks: why, and what next (75 words)"]):
        ws.write_string(f"{c}5", words, kit.head())
    rows = range(6, 6 + len(FENCES))
    for row, (slug, name, what) in zip(rows, FENCES):
        ws.set_row(row - 1, 40)
        ws.write_string(f"B{row}", name, kit.label(bold=True))
        ws.write_string(f"C{row}", what, kit.label(font_size=9))
        for c, key, words, bind in [
            ("D", "amount", "amount set by the agreement", binding("award-amount", fence=slug)),
            ("E", "this", "spent this quarter", binding("spend", fence=slug, period="this", when="actual")),
            ("F", "year", "spent this financial year", binding("spend", fence=slug, period="year-to-date", when="actual")),
            ("G", "to-date", "spent to date", binding("spend", fence=slug, period="cumulative", when="actual")),
            ("H", "forecast", "forecast for the rest of the grant", binding("forecast", fence=slug, period="to-end", when="forecast")),
        ]:
            kit.field(ws, f"{c}{row}", f"fences.{slug}.{key}", f"{name}: {words}", "money", fmt=kit.entry(num_format=MONEY),
                      required=True, bind=bind)
        kit.field(ws, f"L{row}", f"fences.{slug}.explanation", f"{name}: why, and what next", "text", words=75,
                  guidance="Needed where the check says so.")
        ws.data_validation(f"D{row}:H{row}", decimal_rule(-100000))
    kit.run(ws, [f"I{r}" for r in rows], lambda r, c: f"=D{r}-G{r}-H{r}", 0)
    kit.run(ws, [f"J{r}" for r in rows], lambda r, c: f"=IF(D{r}=0,0,G{r}/D{r})", 0, kit.calc(num_format="0%"))
    kit.run(ws, [f"K{r}" for r in rows], lambda r, c:
            f'=IF(D{r}=0,"OK",IF(AND(C{r}<>"Ring-fenced",G{r}+H{r}>D{r}+1),"CHECK: above",'
            f'IF(AND(C{r}="Ring-fenced",G{r}+H{r}<D{r}-1),"CHECK: below","OK")))', "OK", kit.status())
    kit.traffic(ws, "K6:K10")
    ws.conditional_format("J6:J10", {"type": "data_bar", "data_bar_2010": True, "bar_color": "#8FBBC7", "bar_solid": True,
                                     "min_type": "num", "min_value": 0, "max_type": "num", "max_value": 1})
    ws.conditional_format("L6:L10", {"type": "formula", "criteria": '=AND(LEFT($K6,5)="CHECK",$L6="")', "format":
                                     kit.book.add_format({"bg_color": "#FCE3CF"})})
    ws.write_string("B11", "Rest of the grant", kit.label(italic=True))
    ws.write_string("C11", "Open", kit.label(font_size=9))
    for c, formula in [("D", "=Award_Total-SUM(D6:D10)"), ("E", "=Finances!C51-SUM(E6:E10)"),
                       ("F", "=Finances!G68-SUM(F6:F10)"), ("G", "=Finances!C7-SUM(G6:G10)"),
                       ("H", "=Finances!R43-Finances!C7-SUM(H6:H10)"), ("I", "=D11-G11-H11")]:
        kit.f(ws, f"{c}11", formula, 0)
    for c in "JKL":
        ws.write_blank(f"{c}11", None, kit.calc())
    ws.write_comment("D6", "A ring-fence is the least that must be spent on this purpose. A cap is the most. "
                     "A part that has both has its cap here; its ring-fence is in your grant agreement.",
                     {"author": "Grants team", "x_scale": 1.4, "y_scale": 1.0})
    kit.block(ws, "FENCE-CHANGES", 14, 17, "2. Money moved between parts of the grant this quarter", "L")
    ws.write_string("B15", "Moved this quarter (£)", kit.label())
    kit.field(ws, "C15", "fences.moved", "Moved between parts of the grant this quarter", "money", fmt=kit.entry(num_format=MONEY),
              guidance="Above 5 per cent of the grant you need our agreement first.")
    ws.data_validation("C15", decimal_rule(0))
    kit.f(ws, "D15", '=IF(AND(Award_Total>0,C15>0.05*Award_Total),"Above 5% of the grant: ask us first","")', "",
          kit.fmt(bold=True, font_color=WARM))
    ws.write_string("B16", "From where to where, and why (100 words)", kit.label(valign="top"))
    ws.set_row(15, 60)
    kit.field(ws, "C16", "fences.moved-why", "From where to where, and why", "text", merge="L16", words=100)
    kit.f(ws, "C17", word_count("C16", 100), "0 of 100 words", kit.fmt(font_size=8, italic=True, font_color="#5A5A5A"))


def match(kit):
    kit.section = "Match funding"
    ws = kit.sheet("Match funding", "Match funding", "I",
                   [("B:B", 34), ("C:C", 22), ("D:E", 14), ("F:G", 17), ("H:H", 12), ("I:I", 42)], landscape=True)
    kit.subtitle(ws, "I", "Other people's money and time behind the same work. It is never counted as spend of this grant.")
    kit.block(ws, "MATCH", 4, 13, "1. Sources of match", "I")
    rows = range(6, 12)
    heads = ["Source", "Kind of source", "Cash or in kind", "Secured", "Agreed", "Spent to date", "Share", "Evidence you hold"]
    ws.add_table("B5:I11", {"name": "MatchTable", "style": "Table Style Light 1", "autofilter": False, "banded_rows": False,
                            "columns": [{"header": h} for h in heads]})
    ws.set_row(4, 30)
    for c, words in zip("BCDEFGHI", heads):
        ws.write_string(f"{c}5", words, kit.head())
    for n, row in enumerate(rows, start=1):
        ws.set_row(row - 1, 28)

        def one(c, key, label, kind, fact, **extra):
            kit.field(ws, f"{c}{row}", f"match.{n}.{key}", f"Match source {n}: {label}", kind,
                      bind=binding("match", fact=fact, row=n, period=None), **extra)
        one("B", "source", "name", "text", "source")
        one("C", "kind", "kind of source", "choice", "kind", choices=MATCH_KINDS)
        one("D", "cash", "cash or in kind", "choice", "cash-or-kind", choices=["Cash", "In kind"])
        one("E", "secured", "secured", "yes-no", "secured", choices=["Yes", "No"])
        one("F", "agreed", "agreed", "money", "agreed", fmt=kit.entry(num_format=MONEY))
        one("G", "spent", "spent to date", "money", "spent", fmt=kit.entry(num_format=MONEY))
        one("I", "evidence", "evidence", "text", "evidence")
    kit.run(ws, [f"H{r}" for r in rows], lambda r, c: f"=IF($F$12=0,0,F{r}/$F$12)", 0, kit.calc(num_format="0%"))
    ws.data_validation("D6:D11", {"validate": "list", "source": ["Cash", "In kind"], "error_title": "Cash or in kind",
                                  "error_message": "Please choose Cash or In kind."})
    ws.data_validation("E6:E11", {"validate": "list", "source": ["Yes", "No"], "error_title": "Yes or No",
                                  "error_message": "Please choose Yes or No."})
    ws.data_validation("F6:G11", decimal_rule(0))
    ws.data_validation("I6:I11", {"validate": "length", "criteria": "<=", "value": 200, "error_title": "Too long",
                                  "error_message": "Please use 200 characters or fewer."})
    kit.x14_list(ws, "C6:C11", "Lists!$N$4:$N$10", "What kind of organisation is it?")
    ws.write_string("B12", "Total", kit.label(bold=True))
    for c in "CDEI":
        ws.write_blank(f"{c}12", None, kit.label())
    for c in "FG":
        kit.f(ws, f"{c}12", f"=SUM({c}6:{c}11)", 0, kit.calc(bold=True))
    kit.f(ws, "H12", "=SUM(H6:H11)", 0, kit.calc(bold=True, num_format="0%"))
    ws.conditional_format("E6:E11", {"type": "icon_set", "icon_style": "3_symbols"})
    ws.conditional_format("B6:I11", {"type": "formula", "criteria": '=$E6="No"', "format":
                                     kit.book.add_format({"italic": True, "font_color": "#7A2E00"})})
    kit.block(ws, "MATCH-CHECK", 15, 19, "2. Checks", "I")
    for row, name, source in [(16, "Match spent agrees to Finances", 8), (17, "Every source has an amount", 9)]:
        ws.write_string(f"B{row}", name, kit.label())
        kit.f(ws, f"C{row}", f"=Checks!E{source}", "OK", kit.status())
        kit.f(ws, f"D{row}", f'=IF(C{row}="OK","",Checks!F{source})', "", kit.fmt(font_size=9, italic=True))
    kit.traffic(ws, "C16:C17")
    ws.write_string("B18", "For each £1 of grant, match spent", kit.label(bg_color="#F3F7F8"))
    kit.f(ws, "C18", "=IF(Finances!C7=0,0,ROUND(G12/Finances!C7,2))", 0, kit.calc(num_format="£0.00"))


MATCH_KINDS = ["Local authority", "Police", "Health service", "Lottery", "Charity or foundation", "Business", "Other"]
