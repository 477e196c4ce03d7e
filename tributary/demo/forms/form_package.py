"""Finishes the package that XlsxWriter made: what real returns hold and the library cannot write.

Shared formulas, the text of spilled cells, choice lists and conditional formats of the extended (x14) kind, workbook
protection, a calculation chain, a custom XML part, and fixed dates on every entry of the archive.
"""

import re
import zipfile
from xml.sax.saxutils import escape

X14 = "http://schemas.microsoft.com/office/spreadsheetml/2009/9/main"
XM = "http://schemas.microsoft.com/office/excel/2006/main"
LISTS_URI = "{CCE6A557-97BC-4b89-ADB6-D9C93CAAB3DF}"
RULES_URI = "{78C0D931-6437-407d-A8EE-F0AAD7539E65}"


def cell_pattern(cell):
    return re.compile(rf'<c r="{cell}"([^>]*)>(.*?)</c>', re.S)


def share_formulas(xml, groups):
    for number, cells in enumerate(groups):
        ref = f"{cells[0]}:{cells[-1]}"
        for n, cell in enumerate(cells):
            pattern = cell_pattern(cell)
            found = pattern.search(xml)
            if not found or "<f>" not in found.group(2):
                raise SystemExit(f"no formula to share in {cell}")
            body = found.group(2)
            if n == 0:
                body = body.replace("<f>", f'<f t="shared" ref="{ref}" si="{number}">', 1)
            else:
                body = re.sub(r"<f>.*?</f>", f'<f t="shared" si="{number}"/>', body, count=1, flags=re.S)
            xml = xml[:found.start()] + f'<c r="{cell}"{found.group(1)}>{body}</c>' + xml[found.end():]
    return xml


def spill(xml, texts):
    """A spilled cell holds no formula, only the text that the formula above or beside it put there."""
    for cell, text in texts.items():
        found = cell_pattern(cell).search(xml)
        if not found:
            raise SystemExit(f"no spilled cell {cell}")
        attrs = re.sub(r' t="[^"]*"', "", found.group(1))
        formula = re.match(r"<f.*?</f>", found.group(2), re.S)
        body = (formula.group(0) if formula else "") + f"<v>{escape(text)}</v>"
        xml = xml[:found.start()] + f'<c r="{cell}"{attrs} t="str">{body}</c>' + xml[found.end():]
    return xml


def extend(xml, lists, rules, uid):
    """Adds the extended lists and rules to the sheet's extension list."""
    parts = []
    if rules:
        inner = ""
        for n, (cells, formula, font, fill) in enumerate(rules):
            inner += (f'<x14:conditionalFormatting xmlns:xm="{XM}"><x14:cfRule type="expression" priority="{90 + n}" '
                      f'id="{{{uid:08X}-0000-4000-A000-{n:012X}}}"><xm:f>{escape(formula)}</xm:f><x14:dxf><font><b/>'
                      f'<color rgb="FF{font}"/></font><fill><patternFill><bgColor rgb="FF{fill}"/></patternFill></fill>'
                      f"</x14:dxf></x14:cfRule><xm:sqref>{cells}</xm:sqref></x14:conditionalFormatting>")
        existing = re.search(r"<x14:conditionalFormattings>", xml)
        if existing:
            xml = xml.replace("<x14:conditionalFormattings>", "<x14:conditionalFormattings>" + inner, 1)
        else:
            parts.append(f'<ext xmlns:x14="{X14}" uri="{RULES_URI}"><x14:conditionalFormattings>{inner}'
                         "</x14:conditionalFormattings></ext>")
    if lists:
        inner = ""
        for n, (cells, formula, prompt) in enumerate(lists):
            inner += ('<x14:dataValidation type="list" allowBlank="1" showInputMessage="1" showErrorMessage="1" '
                      f'errorTitle="Not in the list" error="Please choose from the list." promptTitle="Choose" '
                      f'prompt="{escape(prompt)}"><x14:formula1><xm:f>{escape(formula)}</xm:f></x14:formula1>'
                      f"<xm:sqref>{cells}</xm:sqref></x14:dataValidation>")
        parts.append(f'<ext xmlns:x14="{X14}" uri="{LISTS_URI}"><x14:dataValidations xmlns:xm="{XM}" '
                     f'count="{len(lists)}">{inner}</x14:dataValidations></ext>')
    if not parts:
        return xml
    joined = "".join(parts)
    if "</extLst></worksheet>" in xml:
        return xml.replace("</extLst></worksheet>", joined + "</extLst></worksheet>")
    # The extension list is the last child, except that it goes after tableParts.
    return xml.replace("</worksheet>", f"<extLst>{joined}</extLst></worksheet>")


def finish(source, target, kit, sheet_names, form_code, version):
    with zipfile.ZipFile(source) as archive:
        parts = {i.filename: archive.read(i.filename) for i in archive.infolist()}
    chain = ""
    for n, name in enumerate(sheet_names, start=1):
        path = f"xl/worksheets/sheet{n}.xml"
        xml = parts[path].decode("utf-8")
        xml = share_formulas(xml, [cells for sheet, cells in kit.shared if sheet == name])
        xml = spill(xml, kit.spilled.get(name, {}))
        xml = extend(xml, kit.x14_lists.get(name, []), kit.x14_rules.get(name, []), 0xA5000000 + n)
        for cell, attrs in re.findall(r'<c r="([A-Z]+[0-9]+)"[^>]*><f([^>]*)>', xml):
            array = ' a="1"' if 't="array"' in attrs else ""
            chain += f'<c r="{cell}" i="{n}"{array}/>'
        parts[path] = xml.encode("utf-8")

    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    parts["xl/calcChain.xml"] = f'{head}<calcChain xmlns="{main}">{chain}</calcChain>'.encode()
    parts["customXml/item1.xml"] = (f'{head}<form xmlns="urn:example:community-recovery:returns" code="{form_code}" '
                                    f'version="{version}"/>').encode()
    rels = parts["xl/_rels/workbook.xml.rels"].decode()
    rels = rels.replace("</Relationships>",
                        f'<Relationship Id="rId901" Type="{office}/calcChain" Target="calcChain.xml"/>'
                        f'<Relationship Id="rId902" Type="{office}/customXml" Target="../customXml/item1.xml"/></Relationships>')
    parts["xl/_rels/workbook.xml.rels"] = rels.encode()
    types = parts["[Content_Types].xml"].decode()
    types = types.replace("</Types>", '<Override PartName="/xl/calcChain.xml" ContentType="application/vnd.openxmlformats-'
                          'officedocument.spreadsheetml.calcChain+xml"/></Types>')
    parts["[Content_Types].xml"] = types.encode()
    book = parts["xl/workbook.xml"].decode()
    book = re.sub(r"(<workbookPr[^>]*/>)", r'\1<workbookProtection lockStructure="1"/>', book)
    # The cached values are right as they stand: a program need not recompute on opening.
    book = book.replace(' fullCalcOnLoad="1"', "")
    parts["xl/workbook.xml"] = book.encode()

    with zipfile.ZipFile(target, "w") as archive:
        for name in sorted(parts, key=lambda p: (p != "[Content_Types].xml", not p.startswith("_rels"), p)):
            entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o600 << 16
            archive.writestr(entry, parts[name])
