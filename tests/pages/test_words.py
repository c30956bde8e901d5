"""How sentences come out on a page: what joins them, and what is drawn between their words."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

import pytest

from kioskd.web.pages import ROOT
from tests.pages.conftest import Hall, Person, somebody

if TYPE_CHECKING:
    from playwright.async_api import Browser

FILL = """async (asked) => {
    const { fill } = await import("/pages/shared/text.js");
    return asked.map(([sentence, params]) => fill(sentence, params));
}"""

WIDTHS = """() => [...'“”‘’…'].map((mark) => {
    const node = document.createElement("span");
    node.style.cssText = "position: absolute; font-size: 100px";
    node.textContent = mark;
    document.body.append(node);
    const { width } = node.getBoundingClientRect();
    node.remove();
    return width;
})"""
"""How wide each is in a font of 100 px."""


def joining() -> list[str]:
    """Words of English pages that end in a blank, as others follow them."""
    files = (tomllib.loads(file.read_text("utf-8")) for file in sorted(ROOT.glob("*/en.toml")))
    values = (value for file in files for value in file.values())
    return [value for value in values if isinstance(value, str) and value != value.strip()]


async def test_a_joining_word_keeps_its_blank(hall: Hall, person: Person) -> None:
    """Else it reads “cannot take over now.The hall has …”, as two sentences run into each other."""
    page = person.page
    await page.goto(person.at("/sign-in"))
    words = joining()
    assert ": " in words
    assert await page.evaluate(FILL, [[word, {}] for word in words]) == words
    # Where a part is left out, so is the blank that stood before it.
    cases = [["Ready [at {place}]", {}], ["[{n} of] {all}", {"all": 3}], ["Until {end}", {"end": ""}]]
    assert await page.evaluate(FILL, cases) == ["Ready", "3", "Until"]


@pytest.mark.parametrize("path", ["/sign-in", "/help"])
async def test_english_has_quotation_marks_of_its_own(hall: Hall, browser: Browser, path: str) -> None:
    """A font of hanzi draws them as wide as a hanzi."""
    drawn: dict[str, list[float]] = {}
    for language in ("en", "zh-CN"):
        async with somebody(hall, browser, language=language) as person:
            await person.page.goto(person.at(path))
            await person.settled()
            await person.page.evaluate("() => document.fonts.ready")
            drawn[language] = await person.page.evaluate(WIDTHS)
    assert min(drawn["zh-CN"]) >= 99, "as wide as a hanzi, as Chinese has it"
    assert max(drawn["en"][:4]) < 60, drawn
    assert drawn["en"][4] <= 100, drawn
