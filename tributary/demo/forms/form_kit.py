"""Small tools that `make_form.py` writes its sheets with: the form's styles, its sheets, and its fields.

Each formula is written together with the value that it has on the untouched form, so that the file opens right in
programs that do not recompute. Each input cell is written together with the field that describes it, so that the
workbook and its field list cannot drift apart.
"""

from xlsxwriter.utility import xl_cell_to_rowcol, xl_rowcol_to_cell

INK = "#12333F"       # headings
BAND = "#17495A"      # title band
TINT = "#DCE9ED"      # section heads
PALE = "#F3F7F8"      # cells that compute
ENTRY = "#FFFBE6"     # cells to fill in
RULE = "#9DB4BC"      # thin rules
WARM = "#B4531A"      # the one accent

MONEY = "£#,##0;[Red]-£#,##0;£0"
DATE = "d mmmm yyyy"


class Kit:
    """The workbook being written, its formats by name, and everything that post-processing needs to know."""

    def __init__(self, book, footer, mark="RG"):
        self.book = book
        self.footer = footer  # printed below each page
        self.mark = mark      # what the marker cells begin with
        self.formats = {}
        self.fields = []
        self.shared = []      # (sheet, [cells]): the first cell's formula is shared with the others
        self.spilled = {}     # sheet -> {cell: text} cached results of a spilling formula
        self.x14_lists = {}   # sheet -> [(cells, formula, prompt)] choice lists of the extended kind
        self.x14_rules = {}   # sheet -> [(cells, formula, font colour, fill colour)]
        self.section = ""

    def fmt(self, **props):
        base = {"font_name": "Arial", "font_size": 10, "font_color": "#1B1B1B", "valign": "vcenter"}
        base.update(props)
        key = tuple(sorted(base.items()))
        if key not in self.formats:
            self.formats[key] = self.book.add_format(base)
        return self.formats[key]

    # The form's clothes: one function per kind of cell.
    def text(self, **p):
        return self.fmt(text_wrap=True, **p)

    def label(self, **p):
        return self.fmt(**{"text_wrap": True, "border": 1, "border_color": RULE, "bg_color": "#FFFFFF", "indent": 1, "align": "left", **p})

    def head(self, **p):
        return self.fmt(**{"bold": True, "bg_color": TINT, "font_color": INK, "border": 1, "border_color": RULE,
                           "text_wrap": True, "align": "center", **p})

    def section_head(self):
        return self.fmt(bold=True, font_size=12, font_color=INK, bottom=2, bottom_color=BAND)

    def calc(self, **p):
        return self.fmt(**{"bg_color": PALE, "border": 1, "border_color": RULE, "num_format": MONEY, **p})

    def entry(self, **p):
        return self.fmt(**{"bg_color": ENTRY, "border": 1, "border_color": "#B79B3A", "locked": False, **p})

    def status(self, **p):
        return self.fmt(**{"bold": True, "align": "center", "border": 1, "border_color": RULE, "bg_color": PALE, **p})

    def sheet(self, title, heading, last_col, widths, landscape=False, gutter_hidden=True):
        """A sheet with a title band, a marker gutter in column A, page settings and protection."""
        ws = self.book.add_worksheet(title)
        ws.hide_gridlines(2)
        ws.set_default_row(19)
        ws.set_column("A:A", 2.5, self.fmt(font_size=6, font_color="#8A8A8A", bg_color="#D9D9D9"),
                      {"hidden": gutter_hidden})
        for cols, width in widths:
            ws.set_column(cols, width, self.fmt())
        ws.set_row(0, 34)
        ws.set_row(1, 20)
        ws.merge_range(f"B1:{last_col}1", heading, self.fmt(bold=True, font_size=18, font_color="#FFFFFF", bg_color=BAND, indent=1))
        ws.set_paper(9)
        if landscape:
            ws.set_landscape()
        ws.fit_to_pages(1, 0)
        ws.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.6)
        ws.set_header("&L&8Department for Community Recovery&R&8&A")
        ws.set_footer(f"&L&8{self.footer}&R&8Page &P of &N")
        ws.protect("", {"format_columns": True, "format_rows": True, "select_locked_cells": True})
        ws.set_selection("B1")
        return ws

    def subtitle(self, ws, last_col, words):
        ws.merge_range(f"B2:{last_col}2", words, self.fmt(italic=True, font_color=INK, bg_color=TINT, indent=1))

    def block(self, ws, code, first, last, heading, last_col):
        """A section of a sheet between its two marker cells; both stand in the gutter."""
        ws.write_string(f"A{first}", f"{self.mark}-{code}-START")
        ws.write_string(f"A{last}", f"{self.mark}-{code}-END")
        ws.set_row(first - 1, 22)
        row, end = first - 1, xl_cell_to_rowcol(f"{last_col}1")[1]
        for col in range(1, end + 1):
            ws.write_blank(row, col, None, self.section_head())
        ws.write_string(row, 1, heading, self.section_head())

    def f(self, ws, cell, formula, value, fmt=None):
        ws.write_formula(cell, formula, fmt or self.calc(), value)

    def run(self, ws, cells, formula, value, fmt=None):
        """The same formula down or along `cells`, stored as one shared formula. `formula(row, column letter)`."""
        cells = list(cells)
        for n, cell in enumerate(cells):
            row, col = xl_cell_to_rowcol(cell)
            letter = xl_rowcol_to_cell(0, col)[:-1]
            v = value(n) if callable(value) else value
            ws.write_formula(cell, formula(row + 1, letter), fmt or self.calc(), v)
        self.shared.append((ws.get_name(), cells))

    def field(self, ws, cell, key, label, kind, *, fmt=None, required=False, guidance=None, words=None, choices=None,
              unit=None, rounding=None, bind=None, merge=None, at=None):
        """An empty cell to fill in, and the field that describes it."""
        numbers = {"money": "£#,##0.00;[Red]-£#,##0.00", "number": "#,##0", "date": DATE}
        if fmt is None:
            extra = {"num_format": numbers[kind]} if kind in numbers else {"num_format": "@" if kind == "text" else "General"}
            if kind == "text":
                extra.update(text_wrap=True, valign="top" if words else "vcenter", align="left", indent=1)
            elif kind in ("choice", "yes-no", "date"):
                extra.update(align="left", indent=1)
            fmt = self.entry(**extra)
        if merge:
            ws.merge_range(f"{cell}:{merge}", "", fmt)
        ws.write_blank(cell, None, fmt)
        if kind == "money":
            unit, rounding = unit or "pounds", rounding or "pence"
        sheet = ws.get_name()
        where = at or (f"'{sheet}'!{cell}" if not sheet.replace("_", "").isalnum() else f"{sheet}!{cell}")
        self.fields.append({
            "key": key, "section": self.section, "label": label, "kind": kind, "at": where, "required": required,
            "guidance": guidance, "word_limit": words, "choices": choices, "unit": unit, "rounding": rounding,
            "binding": bind,
        })
        if words:
            # Words are runs between spaces, as the funder counts them.
            c = cell
            ws.data_validation(cell, {
                "validate": "custom",
                "value": f'=LEN(TRIM({c}))-LEN(SUBSTITUTE(TRIM({c})," ",""))+1<={words}',
                "error_title": "Too many words", "error_message": f"Please use {words} words or fewer.",
                "input_title": "Word limit", "input_message": f"Up to {words} words."})

    def x14_list(self, ws, cells, formula, prompt):
        self.x14_lists.setdefault(ws.get_name(), []).append((cells, formula, prompt))

    def x14_rule(self, ws, cells, formula, font, fill):
        self.x14_rules.setdefault(ws.get_name(), []).append((cells, formula, font, fill))

    def traffic(self, ws, cells):
        """OK in green, CHECK in amber: by word and shape first, colour second."""
        first = cells.split(":")[0]
        ok = self.book.add_format({"font_color": "#0B5D2A", "bg_color": "#D8F0DF"})
        bad = self.book.add_format({"font_color": "#7A2E00", "bg_color": "#FCE3CF"})
        ws.conditional_format(cells, {"type": "cell", "criteria": "==", "value": '"OK"', "format": ok})
        ws.conditional_format(cells, {"type": "formula", "criteria": f'=LEFT({first},5)="CHECK"', "format": bad})


def binding(measure, *, of=None, fact=None, row=None, text=None, period=None, index=None, when="always",
            fence=None, category=None, capital=None, place=None, group=None):
    """Where a field's answer comes from. Every key is always present, so that a reader can be strict."""
    when_ = None if period is None else {"kind": period, "index": index}
    return {"measure": measure, "of": of, "fact": fact, "row": row, "text": text,
            "filters": {"fence": fence, "category": category, "capital": capital, "place": place, "group": group},
            "period": when_, "when": when}
