"""Pages keep to what Chromium 86 understands (domestic Linux desktops; 109 is the last on Windows 7).

The browser that tests run in is newer and would not mind: a list of what came later is looked for.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kioskd.web.pages import ROOT
from kioskd.web.staff_pages import STAFF

SCRIPTS = {
    r"\.at\(-": "92",
    r"\bstructuredClone\(": "98",
    r"\brandomUUID\(": "92, and on TLS only",
    r"\bObject\.hasOwn\(": "93",
    r"\bAbortSignal\.(timeout|any)\(": "103",
    r"\.(findLast|findLastIndex)\(": "97",
    r"\.(toSorted|toReversed|toSpliced)\(": "110",
    r"\bObject\.groupBy\(": "117",
    r"\.showModal\(|\.showPopover\(": "dialogs differ too much",
    r"^await ": "89",
    r"^\s*static {": "94",
    r"\bError\([^)]*, { cause": "93",
    r"\bPromise\.withResolvers\(": "119",
    r"\bnew EventSource\(": "never: a browser opens six; pages share one (shared/events.js)",
    r"\binnerHTML\b|\bouterHTML\b|\binsertAdjacentHTML\b|\beval\(|\bnew Function\(": "never",
    r"\.style\.cssText|setAttribute\(\"style\"": "the policy forbids it",
}
STYLES = {
    r"(^|[\s;{])inset(-block|-inline)?\s*:": "87",
    r":(is|where)\(": "88",
    r"aspect-ratio\s*:": "88",
    r"accent-color\s*:": "93",
    r":has\(": "105",
    r"@layer|@container": "99",
    r"\b\d+(dvh|svh|lvh|dvw|cqw)\b": "108",
    r"color-mix\(|oklch\(": "111",
    r"(^|[\s;{])(translate|scale|rotate)\s*:": "104",
    r"^\s*&": "112",
    r"overflow\s*:\s*clip": "90",
}
OTHERS = ("virtual_hall", "vendor")
"""The demo's page, which is for people who try the program, and libraries, which know old browsers."""

FILES = sorted(
    file
    for kind in ("js", "css", "html")
    for file in ROOT.glob(f"*/*.{kind}")
    if file.parent.name not in OTHERS
)


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_nothing_newer_than_the_oldest_browser(file: Path) -> None:
    text = file.read_text("utf-8")
    newer = SCRIPTS if file.suffix == ".js" else STYLES if file.suffix == ".css" else {}
    for pattern, since in newer.items():
        found = re.search(pattern, text, re.MULTILINE)
        assert found is None, f"{found and found[0]!r}: {since}"
    if file.suffix == ".html" and file.parent.name in {"shared", *(page.folder for page in STAFF)}:
        assert not re.search(r"\son\w+=|\sstyle=|<style|<script(?![^>]*(src=|application/json))", text)


def test_styles_have_colours_with_names_only() -> None:
    """A page's own styles use the tokens, so that one file holds the look."""
    for file in FILES:
        if file.suffix == ".css" and file.parent.name != "shared":
            strange = re.findall(r"#[0-9a-fA-F]{3,8}\b", file.read_text("utf-8"))
            assert len(strange) <= 8, (file, strange)
