"""Rows of text out of a file that somebody made with a spreadsheet program: CSV or XLSX.

Of XLSX (ECMA-376) the first sheet's values are read and nothing else: no formula is worked out, no link
followed. What is larger than a roster or a list of people could be is refused before it is unpacked.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
import zlib
from datetime import date, timedelta
from xml.etree import ElementTree

MOST_BYTES = 4 * 1024 * 1024
"""Of one part of a workbook, unpacked."""
MOST_CELLS = 20_000

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_LINK = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_CELL = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_DATE_FORMATS = frozenset({14, 15, 16, 17, 22, 27, 30, 31, 36, 50, 57, 58})
"""Built-in number formats of dates (18.8.30), those of Chinese spreadsheets with them."""
_EPOCH = date(1899, 12, 30)


class TableError(ValueError):
    """This is no table that can be read."""


def rows_of(content: bytes) -> list[list[str]]:
    """Return the rows of a file. Raises `TableError`."""
    return _xlsx(content) if content[:4] == b"PK\x03\x04" else _csv(content)


def _csv(content: bytes) -> list[list[str]]:
    text = _decoded(content)
    if "\x00" in text:
        raise TableError("not text")
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count) if any(mark in first for mark in ",;\t") else ","
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise TableError(str(error)) from error
    if sum(map(len, rows)) > MOST_CELLS:
        raise TableError("too large")
    return rows


def _decoded(content: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise TableError("neither UTF-8 nor GB 18030")


def _xlsx(content: bytes) -> list[list[str]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            shared = _shared(book)
            dates = _date_styles(book)
            return _sheet(_part(book, _first_sheet(book)), shared, dates)
    except (
        zipfile.BadZipFile,
        zlib.error,
        ElementTree.ParseError,
        KeyError,
        ValueError,
        IndexError,
    ) as error:
        raise TableError(f"{type(error).__name__}: {error}") from error
    except (
        RuntimeError,
        NotImplementedError,
        EOFError,
    ) as error:  # encrypted, or packed in a way nobody knows
        raise TableError(str(error)) from error


def _part(book: zipfile.ZipFile, name: str) -> ElementTree.Element:
    with book.open(name) as part:
        raw = part.read(MOST_BYTES + 1)
    if len(raw) > MOST_BYTES:
        raise TableError("too large")
    if b"<!DOCTYPE" in raw or b"<!ENTITY" in raw:
        raise TableError("a document type")
    return ElementTree.fromstring(raw)


def _first_sheet(book: zipfile.ZipFile) -> str:
    sheet = _part(book, "xl/workbook.xml").find(f"{_MAIN}sheets/{_MAIN}sheet")
    if sheet is None:
        raise TableError("no sheet")
    links = {link.get("Id"): link.get("Target", "") for link in _part(book, "xl/_rels/workbook.xml.rels")}
    target = links[sheet.get(_LINK)]
    return target.lstrip("/") if target.startswith("/") else f"xl/{target}"


def _shared(book: zipfile.ZipFile) -> list[str]:
    if "xl/sharedStrings.xml" not in book.namelist():
        return []
    return [_text(item) for item in _part(book, "xl/sharedStrings.xml").findall(f"{_MAIN}si")]


def _text(item: ElementTree.Element) -> str:
    # Readings (rPh) stand beside the text they explain.
    runs = [item, *item.findall(f"{_MAIN}r")]
    return "".join(part.text or "" for run in runs for part in run.findall(f"{_MAIN}t"))


def _date_styles(book: zipfile.ZipFile) -> set[int]:
    """Return the cell styles whose numbers are dates."""
    if "xl/styles.xml" not in book.namelist():
        return set()
    styles = _part(book, "xl/styles.xml")
    own = {
        int(form.get("numFmtId", "0"))
        for form in styles.iter(f"{_MAIN}numFmt")
        if re.search(r"[dy]", re.sub(r'"[^"]*"|\[[^\]]*\]|\\.', "", form.get("formatCode", "").lower()))
    }
    cells = styles.find(f"{_MAIN}cellXfs")
    forms = [int(form.get("numFmtId", "0")) for form in cells] if cells is not None else []
    return {at for at, form in enumerate(forms) if form in own or form in _DATE_FORMATS}


def _sheet(sheet: ElementTree.Element, shared: list[str], dates: set[int]) -> list[list[str]]:
    rows: list[list[str]] = []
    count = 0
    for row in sheet.iter(f"{_MAIN}row"):
        number = int(row.get("r", len(rows) + 1))
        if number > MOST_CELLS:
            raise TableError("too large")
        rows += [[] for _ in range(number - len(rows))]
        for cell in row.findall(f"{_MAIN}c"):
            count += 1
            at = _column(cell.get("r", ""), len(rows[-1]))
            if count > MOST_CELLS or at > 255:
                raise TableError("too large")
            rows[-1] += [""] * (at + 1 - len(rows[-1]))
            rows[-1][at] = _value(cell, shared, dates)
    return rows


def _column(reference: str, following: int) -> int:
    found = _CELL.fullmatch(reference)
    if found is None:
        return following
    at = 0
    for mark in found[1]:
        at = at * 26 + ord(mark) - ord("A") + 1
    return at - 1


def _value(cell: ElementTree.Element, shared: list[str], dates: set[int]) -> str:
    kind = cell.get("t", "n")
    if kind == "inlineStr":
        inline = cell.find(f"{_MAIN}is")
        return _text(inline) if inline is not None else ""
    raw = cell.findtext(f"{_MAIN}v") or ""
    if kind == "s":
        return shared[int(raw)]
    if kind == "n" and raw:
        number = float(raw)
        if int(cell.get("s", "0")) in dates and 0 < number < 2_958_466:
            return (_EPOCH + timedelta(days=int(number))).isoformat()
        return str(int(number)) if number.is_integer() and abs(number) < 1e15 else raw
    return raw
