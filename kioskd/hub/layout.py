"""Slip layouts: what stands on a ticket, as data with places to fill in.

A layout is a list of printer elements (`drivers.printer.api`) whose texts are templates:
``"取号时间 {issued}"``. An element with ``when`` is printed only while that field holds something.
A value of several lines makes several paragraphs. Literal braces are written ``{{`` and ``}}``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from string import Formatter
from typing import Annotated

import msgspec
from msgspec import Meta

from drivers.printer.api import Align, Code, Element, Feed, Pair, Rule, Slip, Text

FIELDS = {
    "hall": "name of the hall",
    "queue": "name of the queue",
    "number": "the ticket's number, such as A012",
    "ahead": "people before this one, a number; empty where the queue says nothing",
    "wait_low": "shortest expected wait in minutes; empty while no estimate can be given",
    "wait_high": "longest expected wait in minutes; empty while no estimate can be given",
    "zone": "name of the zone to wait in",
    "windows": "windows that serve it, such as 1、2、3",
    "issued": "when the number was taken, in the hall's time",
    "services": "names of the chosen services, one a line; empty where none was chosen",
    "materials": "papers to bring for them, one a line; empty where none are known",
    "priority_note": "name of a priority class not yet verified; empty otherwise",
    "notice": "the hall's notice; empty where there is none",
    "code_url": "what the QR code carries: the address of the ticket's place, or else its bare code",
    "own_place_url": "the same place as a short address to type; empty without a public address",
    "check": "check code 核对码, four digits that show whose number it is",
    "reprint": "which copy this is (1, 2, …); empty on the first slip",
    "test_mark": "测试 or TEST on test and training tickets; empty otherwise",
}
"""Every field a template may name, and what the hub puts there, in the slip's language."""

NOTICE_FIELDS = {
    "missing": "papers that are missing, one a line; empty where none is",
    "received": "papers that were taken, with their pages, one a line; empty where none was",
    "window": "the window",
    "staff": "staff number of who serves there; empty where nobody is signed in",
    "printed": "when, in the hall's time",
    "promise": "within what time it is done; empty where nothing is promised",
    "project_no": "case number 办件编号; empty where there is none",
}
"""What templates of notices and receipts may name besides."""

LAYOUTS = ("ticket.zh", "ticket.en", "ticket-large.zh", "ticket-large.en", "test")
"""Layouts a hall must have. ``test`` is for test and training tickets, in both languages at once."""

NOTICES = ("notice.zh", "notice.en", "receipt.zh", "receipt.en")
"""Layouts of papers beside the slip: 一次性告知单 and 受理回执. A hall that has none prints none."""


class _Template(msgspec.Struct, frozen=True, tag_field="kind", forbid_unknown_fields=True):
    pass


class TextTemplate(_Template, frozen=True, kw_only=True, tag="text"):
    """A paragraph, see `drivers.printer.api.Text`."""

    text: str
    size: Annotated[int, Meta(ge=1, le=8)] = 1
    align: Align = Align.LEFT
    bold: bool = False
    when: str = ""


class PairTemplate(_Template, frozen=True, kw_only=True, tag="pair"):
    """Text at both edges, see `drivers.printer.api.Pair`."""

    left: str
    right: str
    bold: bool = False
    when: str = ""


class RuleTemplate(_Template, frozen=True, kw_only=True, tag="rule"):
    """A line across the paper."""

    when: str = ""


class FeedTemplate(_Template, frozen=True, kw_only=True, tag="feed"):
    """Empty lines."""

    lines: Annotated[int, Meta(ge=1, le=20)] = 1
    when: str = ""


class CodeTemplate(_Template, frozen=True, kw_only=True, tag="code"):
    """A QR code, see `drivers.printer.api.Code`."""

    data: str
    module: Annotated[int, Meta(ge=3, le=8)] = 5
    when: str = ""


Template = TextTemplate | PairTemplate | RuleTemplate | FeedTemplate | CodeTemplate


class SlipLayout(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"elements": "element"}):
    """One layout file: its ``[[element]]`` tables from top to bottom."""

    elements: Annotated[tuple[Template, ...], Meta(min_length=1)]


def templates(element: Template) -> Iterator[tuple[str, str]]:
    """Yield the keys of an element that hold templates, with the templates."""
    for key in ("text", "left", "right", "data"):
        template = getattr(element, key, None)
        if template is not None:
            yield key, template


def named_fields(template: str) -> list[str]:
    """Return the fields a template names, as written; ValueError where braces don't pair.

    ``{number:>8}``, ``{number!r}`` and ``{number.x}`` are returned whole, so that only plain names
    pass a comparison with `FIELDS`.
    """
    names = []
    for _, name, spec, conversion in Formatter().parse(template):
        if name is not None:
            names.append(name + (f"!{conversion}" if conversion else "") + (f":{spec}" if spec else ""))
    return names


def fill(layout: SlipLayout, fields: Mapping[str, str]) -> Slip:
    """Make the slip. Fields that are left out are empty; the layout's templates must have been checked."""
    values = dict.fromkeys(FIELDS | NOTICE_FIELDS, "") | dict(fields)
    elements: list[Element] = []
    for one in layout.elements:
        if not one.when or values.get(one.when):
            elements.extend(_filled(one, values))
    return Slip(tuple(elements))


def _filled(one: Template, values: Mapping[str, str]) -> Iterator[Element]:
    match one:
        case TextTemplate():
            for line in one.text.format_map(values).split("\n"):
                yield Text(line, one.size, one.align, one.bold)
        case PairTemplate():
            yield Pair(one.left.format_map(values), one.right.format_map(values), one.bold)
        case CodeTemplate():
            yield Code(one.data.format_map(values), one.module)
        case FeedTemplate():
            yield Feed(one.lines)
        case RuleTemplate():
            yield Rule()
