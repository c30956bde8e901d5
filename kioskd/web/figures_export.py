"""Figures as tables for spreadsheets: CSV (UTF-8 with the mark spreadsheet programs want) and XLSX."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence

import msgspec

from kioskd.figures.model import Figures
from kioskd.figures.ranges import By
from kioskd.hall.rules import Name
from kioskd.web.language import Language
from kioskd.web.pages import sentences

CSV = "text/csv; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

Value = str | int | float | None

SHARES = frozenset(
    {
        "wait_within",
        "service_within",
        "good_rate",
        "active_good_rate",
        "missed_rate",
        "estimate_inside",
    }
)
"""Columns that are shares from 0 to 1."""


class Table(msgspec.Struct, frozen=True):
    """A heading for each column, and rows of values; ``shares`` are columns that are shares."""

    title: str
    heading: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]
    shares: frozenset[int]


Maker = Callable[[Table], bytes]


def values(figures: Figures) -> dict[str, Value]:
    """Return a row's values by column; durations are seconds, ``estimate_bias`` too."""
    wait, service, ratings = figures.wait, figures.service, figures.ratings
    return {
        "tickets": figures.tickets,
        "served": figures.served,
        "items": figures.items,
        "materials": figures.materials,
        "scans": figures.scans,
        "wait_mean": wait.mean_s,
        "wait_p50": wait.p50_s,
        "wait_p90": wait.p90_s,
        "wait_p95": wait.p95_s,
        "wait_within": wait.within,
        "service_mean": service.mean_s,
        "service_p50": service.p50_s,
        "service_p90": service.p90_s,
        "service_p95": service.p95_s,
        "service_within": service.within,
        "no_shows": figures.no_shows,
        "transfers": figures.transfers,
        "holds": figures.holds,
        "good_rate": ratings.good_rate,
        "active_good_rate": ratings.active_good_rate,
        "missed_rate": ratings.missed_rate,
        "estimate_inside": figures.estimate.inside,
        "estimate_bias": figures.estimate.bias_s,
    }


def table(
    by: By, rows: Sequence[tuple[str, Name | None, Figures]], total: Figures, language: Language
) -> Table:
    """Return rows of figures with headings in a language, the total last."""
    say = sentences("figures", language)
    columns = list(values(total))
    lines: list[tuple[Value, ...]] = []
    for key, name, figures in rows:
        called = "" if name is None else name.zh if language is Language.ZH else name.en
        lines.append((key, called, *values(figures).values()))
    lines.append((say["total"], "", *values(total).values()))
    return Table(
        title=say[f"by.{by.value}"],
        heading=(say[f"by.{by.value}"], say["name"], *(say[f"column.{name}"] for name in columns)),
        rows=tuple(lines),
        shares=frozenset(n + 2 for n, name in enumerate(columns) if name in SHARES),
    )


def to_csv(made: Table) -> bytes:
    """Return a table as CSV. A text that a spreadsheet would take for a formula gets a quote before it."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(made.heading)
    for row in made.rows:
        writer.writerow(_plain(value) if isinstance(value, str) else value for value in row)
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def to_xlsx(made: Table) -> bytes:
    """Return a table as a workbook with one sheet."""
    import xlsxwriter  # heavy, and few ask for a workbook

    raw = io.BytesIO()
    with xlsxwriter.Workbook(raw, {"in_memory": True, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet(made.title[:31])
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
        share = book.add_format({"num_format": "0.0%"})
        for column, heading in enumerate(made.heading):
            sheet.write_string(0, column, heading, bold)
        for line, row in enumerate(made.rows, 1):
            for column, value in enumerate(row):
                if isinstance(value, str):
                    sheet.write_string(line, column, value)
                elif value is not None:
                    sheet.write_number(line, column, value, share if column in made.shares else None)
        sheet.set_column(0, 0, 14)
        sheet.set_column(1, 1, 24)
        sheet.set_column(2, len(made.heading) - 1, 11)
        sheet.freeze_panes(1, 2)
    return raw.getvalue()


def _plain(text: str) -> str:
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
