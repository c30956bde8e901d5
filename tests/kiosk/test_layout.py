"""Every screen, in both languages and text sizes, on every panel, in every way it can be used: nothing
overlaps, nothing is clipped, everything can be read, touched and reached.
"""

from __future__ import annotations

import itertools
from importlib import resources
from pathlib import Path
from typing import get_args

import pygame
import pytest
from fontTools.ttLib import TTFont

from tests.kiosk.scenes import SIZES, scenes
from ui.kiosk.draw import Fonts, Painter
from ui.kiosk.facts import Language
from ui.kiosk.layout import lay_out
from ui.kiosk.model.events import Choose, EndHelp
from ui.kiosk.model.kiosk import NOTE_S
from ui.kiosk.model.screens import About, Entry, Screen, Trouble, Wanted
from ui.kiosk.page import REACH_UPRIGHT, REACH_WIDE, Page
from ui.kiosk.pages.home import ahead, wait
from ui.kiosk.placed import Layout, Rect, wrap
from ui.kiosk.theme import (
    CONTRAST,
    HIGH_CONTRAST,
    PAIRS,
    TARGET_MM,
    Colours,
    Panel,
    Theme,
    contrast,
    panel,
    read_theme,
)
from ui.kiosk.words import words

LANGUAGES: tuple[Language, ...] = ("zh", "en")
WAYS: tuple[dict[str, bool], ...] = ({}, {"contrast": True, "low": True}, {"spoken": True})
LOOKS = list(itertools.product(SIZES, LANGUAGES, (False, True), WAYS))
ENGLISH_ON_CHINESE = {"English", "Change to English"}
"""The switch says the other language's own name."""
LETTERS = {"tuixiu", "tx"}
"""How letters are typed, as an example."""
CAPTION = "第 12 项，企业职工基本养老保险参保登记，当场办结，约等 110 到 145 分钟，请到东区等候叫号"


def layouts(
    size: tuple[int, int], language: Language, large: bool, fonts: Fonts, **ways: bool
) -> dict[str, Layout]:
    shown = scenes(language, large, **ways)
    home, now = shown["home"]
    about = About("2026-11-22", "14:00", "14:15", "13:45", "14:30", "LM9999")
    for kind in words(language).trouble:
        trouble = Trouble(kind, now + NOTE_S, queue="medical", about=about, offer="ordinary")
        shown[f"trouble {kind}"] = (home.at(trouble), now)
    return {
        name: lay_out(kiosk, now, panel(*size), Theme(), fonts.measure, CAPTION)
        for name, (kiosk, now) in shown.items()
    }


def ground_under(layout: Layout, rect: Rect) -> str:
    """Colour of the topmost shape that holds a text; a shape that cuts through one is a mistake."""
    ground = layout.ground
    for shape in layout.shapes:
        if shape.rect.holds(rect):
            ground = shape.fill
        else:
            assert not shape.rect.meets(rect), (shape, rect)
    return ground


def nothing_overlaps(layout: Layout, whole: Rect) -> None:
    for item in (*layout.shapes, *layout.labels, *layout.targets):
        assert whole.holds(item.rect), item
        assert item.rect.w > 0, item
        assert item.rect.h > 0, item
    for one, other in itertools.combinations(layout.targets, 2):
        assert not one.rect.meets(other.rect), (one, other)
    for one, other in itertools.combinations(layout.labels, 2):
        assert not one.rect.meets(other.rect), (one, other)
    for label, target in itertools.product(layout.labels, layout.offered):
        assert target.rect.holds(label.rect) or not target.rect.meets(label.rect), (label, target)


def every_text_fits(layout: Layout, shown: Panel, fonts: Fonts, least: float) -> None:
    for label in layout.labels:
        assert len(label.lines) * label.line_height <= label.rect.h, label
        for line in label.lines:
            assert fonts.measure(line, label.size, label.bold) <= label.rect.w, label
        assert label.ground == ground_under(layout, label.rect), label
        assert contrast(label.colour, label.ground) >= least, label
        # Seen from half a metre, 4 mm of type is what people with ordinary glasses read at ease.
        assert label.size >= shown.mm(4.0), label


def test_every_screen_is_among_those_looked_at(fonts: Fonts) -> None:
    seen = {layout.key for layout in layouts(SIZES[0], "zh", False, fonts).values()}
    assert seen == {screen.__name__ for screen in get_args(Screen)} | {"Away", "Warning"}
    typed = {
        kiosk.screen.wanted for kiosk, _ in scenes("zh", False).values() if isinstance(kiosk.screen, Entry)
    }
    assert typed == set(get_args(Wanted))


@pytest.mark.parametrize(("size", "language", "large", "ways"), LOOKS)
def test_everything_has_its_place_and_can_be_read_and_touched(
    size: tuple[int, int], language: Language, large: bool, ways: dict[str, bool], fonts: Fonts
) -> None:
    shown, whole = panel(*size), Rect(0, 0, *size)
    finger = shown.mm(TARGET_MM)
    reach = round(size[1] * (REACH_UPRIGHT if size[1] > size[0] else REACH_WIDE))
    least = HIGH_CONTRAST if ways.get("contrast") else CONTRAST
    for name, layout in layouts(size, language, large, fonts, **ways).items():
        try:
            nothing_overlaps(layout, whole)
            every_text_fits(layout, shown, fonts, least)
            for target in layout.targets:
                assert min(target.rect.w, target.rect.h) >= finger, target
            for target in layout.offered:
                assert target.spoken, target
                # The guide who ends the help stands.
                low = ways.get("low") and not isinstance(target.action, EndHelp)
                assert not low or target.rect.y >= reach, target
        except AssertionError as error:
            raise AssertionError(f"{name}: {error}") from error


@pytest.mark.parametrize("size", SIZES)
def test_no_english_sentence_on_a_chinese_screen(size: tuple[int, int], fonts: Fonts) -> None:
    for name, layout in layouts(size, "zh", False, fonts, spoken=True).items():
        if name.startswith("maintenance"):
            # Devices have the names that staff gave them.
            continue
        for text in (*(" ".join(label.lines) for label in layout.labels), layout.spoken):
            for word in LETTERS:
                text = text.replace(word, "")
            letters = [sign for sign in text if sign.isascii() and sign.islower()]
            assert not letters or text in ENGLISH_ON_CHINESE, (name, text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_large_text_is_larger(language: Language, fonts: Fonts) -> None:
    for size in SIZES:
        normal, large = layouts(size, language, False, fonts), layouts(size, language, True, fonts)
        # The sentences grow in full; a full home screen only as far as there is room.
        for name, least in (("refused", 1.1), ("still-there", 1.1), ("asking", 1.1), ("home-three", 1.03)):
            sizes = [
                sum(label.size for label in which[name].labels) / len(which[name].labels)
                for which in (normal, large)
            ]
            assert sizes[1] > least * sizes[0], (size, name, sizes)


@pytest.mark.parametrize(("size", "language", "large", "ways"), LOOKS)
def test_every_queue_says_how_many_wait_and_how_long(
    size: tuple[int, int], language: Language, large: bool, ways: dict[str, bool], fonts: Fonts
) -> None:
    shown = scenes(language, large, **ways)
    for name in ("home", "home-six", "home-three", "home-helped"):
        kiosk, now = shown[name]
        layout = lay_out(kiosk, now, panel(*size), Theme(), fonts.measure, CAPTION)
        texts = {"".join(label.lines).replace(" ", "") for label in layout.labels}
        page = Page(panel(*size), Theme(), fonts.measure, kiosk)
        assert kiosk.hall is not None
        for queue in kiosk.hall.queues:
            if queue.refusal is None:
                said = {ahead(page, queue.waiting), wait(page, queue.wait)} - {""}
                assert {text.replace(" ", "") for text in said} <= texts, (name, queue.id)


@pytest.mark.parametrize("size", SIZES)
def test_at_most_eight_queues(size: tuple[int, int], fonts: Fonts) -> None:
    home = layouts(size, "zh", False, fonts)["home"]
    assert len([target for target in home.targets if isinstance(target.action, Choose)]) == 8


def test_every_glyph_is_in_the_font(fonts: Fonts) -> None:
    folder = resources.files("ui") / "fonts"
    for bold, weight in ((False, "Regular"), (True, "Bold")):
        with TTFont(str(folder / f"NotoSansSC-{weight}-subset.otf"), lazy=True) as font:
            known = set(map(chr, font.getBestCmap()))
        for language in LANGUAGES:
            for layout in layouts(SIZES[0], language, False, fonts).values():
                for label in layout.labels:
                    assert label.bold != bold or set("".join(label.lines)) <= known, label


def test_drawing_puts_text_where_it_was_laid_out(fonts: Fonts) -> None:
    """What is drawn of a label stays inside its rectangle."""
    surface = pygame.Surface((1366, 768))
    pygame.display.init()
    pygame.display.set_mode((1, 1))
    painter = Painter(surface, fonts)
    for layout in layouts((1366, 768), "zh", True, fonts).values():
        bare = Layout(layout.ground, layout.shapes, (), ())
        painter.paint(bare)
        before = surface.copy()
        painter.paint(layout)
        lighter, darker = surface.copy(), before.copy()
        lighter.blit(before, (0, 0), special_flags=pygame.BLEND_SUB)
        darker.blit(surface, (0, 0), special_flags=pygame.BLEND_SUB)
        lighter.blit(darker, (0, 0), special_flags=pygame.BLEND_ADD)
        assert lighter.get_bounding_rect()
        for label in layout.labels:
            lighter.fill((0, 0, 0), label.rect)
        same = pygame.mask.from_threshold(lighter, (0, 0, 0), (1, 1, 1, 255))
        assert same.count() == 1366 * 768
    pygame.display.quit()


def test_lines_break_where_chinese_and_english_may() -> None:
    assert wrap("请记下号码 A012，并到咨询台", 6, len) == ("请记下号码", "A012，并", "到咨询台")
    assert wrap("你好（世界）。再见", 5, len) == ("你好", "（世界）。", "再见")
    assert wrap("take a number", 8, len) == ("take a", "number")
    assert wrap("《办事指南》", 3, len) == ("《办事", "指南》")
    assert wrap("", 8, len) == ()


def test_the_theme_keeps_its_contrast(tmp_path: Path) -> None:
    for text, ground in PAIRS:
        assert contrast(getattr(Colours(), text), getattr(Colours(), ground)) >= CONTRAST
    file = tmp_path / "theme.toml"
    file.write_text('[colours]\nbrand = "#7A1F1F"\n[type]\nlarge = 1.3\n')
    assert read_theme(file).colours.brand == "#7A1F1F"
    assert read_theme(None) == Theme()
    for bad in ('[colours]\nink = "#C0C0C0"\n', '[colours]\nink = "black"\n', "[colors]\n", "="):
        file.write_text(bad)
        with pytest.raises(ValueError, match=r"contrast|colour|unknown field|Invalid"):
            read_theme(file)


def test_contrast_is_that_of_wcag() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21.0)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)
