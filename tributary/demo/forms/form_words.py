"""The sheets about people and promises: Outcomes, Risks and Sign-off."""

from form_kit import WARM, binding
from form_money import word_count

INDICATORS = [
    ("in-treatment", "People in treatment during the quarter", "Count each person once."),
    ("started", "People who started treatment", "New in the quarter."),
    ("completed", "People who completed and did not return", "Within six months."),
    ("residential", "People who went to residential rehabilitation", "Arrivals in the quarter."),
    ("peer", "People supported by someone with lived experience", "Count each person once."),
    ("outreach", "People sleeping rough who were reached", "First contacts in the quarter."),
    ("housed", "People who moved into settled housing", "From the street or from a hostel."),
    ("volunteers", "People in recovery who volunteer or work in the programme", "At the quarter's end."),
]

NARRATIVES = [
    ("progress", "What went well this quarter?", 250, True, "Say what changed for people, not only what was done."),
    ("problems", "What did not go to plan, and what are you doing about it?", 250, True, None),
    ("voice", "How did people with lived experience shape decisions?", 200, True, "Name the decisions."),
    ("next", "What will happen next quarter?", 150, True, None),
    ("story", "One story, with the person's consent", 300, False, "Change the names. Leave out anything that could identify someone."),
]

OFFICES = ["Section 151 officer", "Chief finance officer", "Deputy chief finance officer", "Director of public health",
           "Chief executive", "Head of the programme", "Chair of trustees"]

STATEMENT = [
    "I certify that, to the best of my knowledge and belief, the figures in this return are complete and correct and agree "
    "to the accounts of the accountable body; ",
    "that the grant has been used only for the purposes and within the conditions of the grant agreement; ",
    "that no cost in this return has been claimed from, or paid by, any other source; ",
    "and that I have seen the evidence on which this statement rests, which will be kept for seven years.",
]


def outcomes(kit):
    kit.section = "Outcomes"
    ws = kit.sheet("Outcomes", "Outcomes and narrative", "H",
                   [("B:B", 46), ("C:F", 13), ("G:G", 13), ("H:H", 38)], landscape=True)
    kit.subtitle(ws, "H", "What changed for people this quarter. Count people, not contacts.")
    ws.freeze_panes(2, 0)
    kit.block(ws, "INDICATORS", 4, 14, "1. Signs of change", "H")
    ws.set_row(4, 32)
    for c, words in zip("BCDEFGH", ["Sign", "Target, this year", "This quarter", "Year to date", "Of target", "On course?", "How we count it"]):
        ws.write_string(f"{c}5", words, kit.head())
    rows = range(6, 14)
    for row, (key, name, how) in zip(rows, INDICATORS):
        ws.set_row(row - 1, 24)
        ws.write_string(f"B{row}", name, kit.label())
        for c, part, words in [("C", "target", "target for the year"), ("D", "this", "this quarter"), ("E", "year", "year to date")]:
            kit.field(ws, f"{c}{row}", f"outcomes.{key}.{part}", f"{name}: {words}", "number", required=part != "target", guidance=how)
        ws.write_string(f"H{row}", how, kit.label(font_size=9, italic=True))
    kit.run(ws, [f"F{r}" for r in rows], lambda r, c: f"=IF(N(C{r})=0,0,E{r}/C{r})", 0, kit.calc(num_format="0%"))
    kit.run(ws, [f"G{r}" for r in rows], lambda r, c:
            f'=IF(OR(Period_Index=0,C{r}="",E{r}=""),"",IF(F{r}>=0.9*Year_Part,"Yes",IF(F{r}>=0.7*Year_Part,"Nearly","No")))', "",
            kit.status())
    ws.data_validation("C6:E13", {"validate": "integer", "criteria": "between", "minimum": 0, "maximum": 100000,
                                  "error_title": "A whole number", "error_message": "Please enter a whole number of people.",
                                  "input_title": "People", "input_message": "A whole number. Count each person once."})
    ws.conditional_format("F6:F13", {"type": "data_bar", "data_bar_2010": True, "bar_color": "#8FBBC7", "bar_solid": True,
                                     "min_type": "num", "min_value": 0, "max_type": "num", "max_value": 1})
    ws.conditional_format("G6:G13", {"type": "cell", "criteria": "==", "value": '"No"', "format":
                                     kit.book.add_format({"font_color": "#7A2E00", "bg_color": "#FCE3CF"})})
    ws.conditional_format("G6:G13", {"type": "cell", "criteria": "==", "value": '"Yes"', "format":
                                     kit.book.add_format({"font_color": "#0B5D2A", "bg_color": "#D8F0DF"})})
    ws.set_h_pagebreaks([15])
    kit.block(ws, "NARRATIVE", 16, 28, "2. In your words", "H")
    ws.write_string("B17", "How is delivery going overall?", kit.label(bold=True))
    kit.field(ws, "C17", "outcomes.rating", "How is delivery going overall?", "choice", merge="D17", required=True,
              choices=["Green", "Amber", "Red"], guidance="Green: on course. Amber: off course, with a plan. Red: off course.")
    ws.data_validation("C17", {"validate": "list", "source": "=Lists!$P$4:$P$6", "input_title": "Rating",
                               "input_message": "Green: on course. Amber: off course, with a plan. Red: off course.",
                               "error_title": "Green, Amber or Red", "error_message": "Please choose from the list."})
    for word, back in [("Green", "#CDEBD6"), ("Amber", "#FFE3B3"), ("Red", "#F7C9C4")]:
        ws.conditional_format("C17", {"type": "cell", "criteria": "==", "value": f'"{word}"',
                                      "format": kit.book.add_format({"bg_color": back, "bold": True})})
    for n, (key, question, limit, required, how) in enumerate(NARRATIVES):
        row = 18 + 2 * n
        ws.set_row(row - 1, 96)
        more = f"\n{how}" if how else "\n"
        ws.write_rich_string(f"B{row}", kit.fmt(bold=True, font_color="#12333F"), question, kit.fmt(font_size=9, italic=True),
                             f"{more} ({limit} words at most)", kit.label(valign="top"))
        kit.field(ws, f"C{row}", f"outcomes.{key}", question, "text", merge=f"H{row}", words=limit, required=required, guidance=how)
        kit.f(ws, f"C{row + 1}", word_count(f"C{row}", limit), f"0 of {limit} words",
              kit.fmt(font_size=8, italic=True, font_color="#5A5A5A"))


def risks(kit):
    kit.section = "Risks"
    ws = kit.sheet("Risks", "Risks", "I", [("B:B", 5), ("C:C", 40), ("D:D", 20), ("E:F", 13), ("G:G", 10), ("H:H", 44), ("I:I", 22)],
                   landscape=True)
    kit.subtitle(ws, "I", "Up to five risks to the programme, the gravest first. Score: likelihood times impact, each from 1 to 4.")
    ws.freeze_panes(5, 3)
    kit.block(ws, "RISKS", 4, 12, "1. What could go wrong", "I")
    ws.set_row(4, 32)
    for c, words in zip("BCDEFGHI", ["No.", "Risk", "Theme", "How likely", "How grave", "Score", "What you are doing about it", "Who leads"]):
        ws.write_string(f"{c}5", words, kit.head())
    rows = range(6, 11)
    scale = ["1 Low", "2 Some", "3 High", "4 Very high"]
    themes = ["Treatment", "Recovery", "Rough sleeping", "Running the programme"]
    for n, row in enumerate(rows, start=1):
        ws.set_row(row - 1, 52)
        ws.write_number(f"B{row}", n, kit.label(align="center", indent=0))
        name = f"Risk {n}"
        kit.field(ws, f"C{row}", f"risks.{n}.risk", f"{name}: what could go wrong", "text", words=40, required=n == 1)
        kit.field(ws, f"D{row}", f"risks.{n}.theme", f"{name}: theme", "choice", choices=themes)
        kit.field(ws, f"E{row}", f"risks.{n}.likely", f"{name}: how likely", "choice", choices=scale)
        kit.field(ws, f"F{row}", f"risks.{n}.grave", f"{name}: how grave", "choice", choices=scale)
        kit.field(ws, f"H{row}", f"risks.{n}.action", f"{name}: what you are doing about it", "text", words=60)
        kit.field(ws, f"I{row}", f"risks.{n}.lead", f"{name}: who leads", "text")
    kit.run(ws, [f"G{r}" for r in rows], lambda r, c: f'=IF(OR(E{r}="",F{r}=""),"",VALUE(LEFT(E{r},1))*VALUE(LEFT(F{r},1)))', "",
            kit.status(font_size=12))
    # The themes spill from UNIQUE on the hidden sheet; the defined name follows the spill.
    ws.data_validation("D6:D10", {"validate": "list", "source": "=Theme_List", "error_title": "Not in the list",
                                  "error_message": "Please choose a theme from the list."})
    kit.x14_list(ws, "E6:F10", "Lists!$R$4:$R$7", "1 is low, 4 is very high")
    ws.data_validation("I6:I10", {"validate": "length", "criteria": "between", "minimum": 2, "maximum": 60, "error_title": "A name or role",
                                  "error_message": "Please use between 2 and 60 characters."})
    ws.conditional_format("G6:G10", {"type": "3_color_scale", "min_type": "num", "min_value": 1, "mid_type": "num", "mid_value": 6,
                                     "max_type": "num", "max_value": 16, "min_color": "#CDEBD6", "mid_color": "#FFE3B3",
                                     "max_color": "#F1A9A0"})
    # A risk scored 12 or more turns the row's number red; the threshold is on another sheet, hence an extended rule.
    kit.x14_rule(ws, "B6:B10", "N($G6)>=Lists!$R$9", "FFFFFF", "B4531A")
    ws.write_string("C11", "Highest score", kit.label(bold=True, bg_color="#F3F7F8"))
    kit.f(ws, "G11", "=MAX(G6:G10)", 0, kit.status(font_size=12))
    ws.merge_range("H11:I11", "", kit.fmt(bold=True, font_color=WARM))
    kit.f(ws, "H11", '=IF(G11>=Lists!R9,"Tell your grant manager within five working days","")', "",
          kit.fmt(bold=True, font_color=WARM))


def sign_off(kit):
    kit.section = "Sign-off"
    ws = kit.sheet("Sign-off", "Sign-off", "E", [("B:B", 32), ("C:C", 36), ("D:D", 32), ("E:E", 36)], landscape=True,
                   gutter_hidden=False)
    kit.subtitle(ws, "E", "To be signed last, by the accountable body's chief finance officer and by the head of the programme.")
    kit.block(ws, "SUMMARY", 4, 10, "1. What is signed", "E")
    for row, name, formula, value, number in [
        (5, "Organisation", '=IF(Organisation!C6="","",Organisation!C6)', "", "General"),
        (6, "Reporting period", '=IF(Period_Index=0,"",INDEX(Lists!E4:E15,Period_Index))', "", "General"),
        (7, "Grant spent this quarter", "=Finances!C51", 0, "£#,##0.00"),
        (8, "Grant spent to date", "=Finances!C7", 0, "£#,##0.00"),
        (9, "Checks outstanding", "=Checks!C17", 0, "0"),
    ]:
        ws.write_string(f"B{row}", name, kit.label())
        kit.f(ws, f"C{row}", formula, value, kit.calc(num_format=number, bold=True, align="left", indent=1))
    ws.merge_range("D5:E9", "", kit.fmt(text_wrap=True, bold=True, font_color=WARM, indent=1))
    kit.f(ws, "D5", '=IF(C9>0,"There are checks still to put right. You may sign only if the explanation on each sheet says why.","")',
          "", kit.fmt(text_wrap=True, bold=True, font_color=WARM, indent=1))
    kit.block(ws, "STATEMENT", 12, 15, "2. Statement", "E")
    bold, plain = kit.fmt(bold=True, font_size=11), kit.fmt(font_size=11)
    frame = kit.fmt(text_wrap=True, font_size=11, border=1, border_color=WARM, indent=1, valign="vcenter")
    ws.merge_range("B13:E13", "", frame)
    ws.write_rich_string("B13", bold, STATEMENT[0], plain, STATEMENT[1], bold, STATEMENT[2], plain, STATEMENT[3], frame)
    ws.set_row(12, 96)
    ws.write_string("B14", "Both of us make this statement", kit.label(bold=True))
    kit.field(ws, "C14", "sign-off.statement", "Both of us make this statement", "yes-no", choices=["Yes", "No"], required=True,
              bind=binding("certification", fact="confirmed"))
    ws.data_validation("C14", {"validate": "list", "source": ["Yes", "No"], "error_title": "Yes or No",
                               "error_message": "Please choose Yes or No."})
    kit.block(ws, "SIGNATURES", 17, 25, "3. Signatures", "E")
    for c, last, words in [("B", "C", "For the accountable body"), ("D", "E", "For the programme")]:
        ws.merge_range(f"{c}18:{last}18", words, kit.head())
    for n, (label_c, entry_c, who) in enumerate([("B", "C", "accountable body"), ("D", "E", "programme")], start=1):
        for row, key, label, kind, fact in [(19, "name", "Name", "text", "name"), (20, "office", "Office", "choice", "office"),
                                            (21, "email", "Email", "text", "email"), (22, "date", "Date", "date", "date"),
                                            (23, "reference", "Reference of the signed statement", "text", "reference")]:
            ws.write_string(f"{label_c}{row}", label, kit.label())
            kit.field(ws, f"{entry_c}{row}", f"sign-off.{n}.{key}", f"{label}, for the {who}", kind, required=key != "reference",
                      choices=OFFICES if key == "office" else None, bind=binding("certification", fact=fact, row=n))
        ws.data_validation(f"{entry_c}19", {"validate": "length", "criteria": "between", "minimum": 3, "maximum": 80,
                                            "error_title": "A name", "error_message": "Please use between 3 and 80 characters."})
        e = f"{entry_c}21"
        ws.data_validation(e, {"validate": "custom", "value": f'=AND(ISNUMBER(FIND("@",{e})),ISNUMBER(FIND(".",{e},FIND("@",{e}))),'
                               f'ISERROR(FIND(" ",{e})))', "error_title": "An email address", "error_message": "Please enter one email address."})
        ws.data_validation(f"{entry_c}22", {"validate": "date", "criteria": ">=", "value": "=IF(Period_Index=0,DATE(2020,1,1),Period_End)",
                                            "error_title": "Too early", "error_message": "Sign after the reporting period has ended.",
                                            "ignore_blank": True})
    kit.x14_list(ws, "C20 E20", "Lists!$T$4:$T$10", "The office you hold")
    ws.merge_range("B24:E24", "", kit.text(italic=True, font_size=9))
    kit.f(ws, "B24", '=IF(OR(C22="",E22=""),"Not yet signed by both.","Signed by both; last on "&TEXT(MAX(C22,E22),"d mmmm yyyy")&".")',
          "Not yet signed by both.", kit.text(italic=True, font_size=9))
    ws.write_comment("C22", "The date on which the statement was signed, not the date of sending.",
                     {"author": "Grants team", "y_scale": 0.6})
