"""Pages come upright, whichever way they lay; what cannot be known is left as it is."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from kioskd.documents.straighten import quarter_turns, upside_down
from tests.documents import reading, sheets


def light(seed: int, lines: int = 24) -> np.ndarray:  # type: ignore[type-arg]
    return np.asarray(cv2.cvtColor(sheets.paper(np.random.default_rng(seed), 900, lines=lines), 6), np.uint8)


def test_a_page_on_its_head_is_known() -> None:
    pages = [light(seed) for seed in range(20)]
    assert not any(upside_down(page) for page in pages), "none is turned that stands upright"
    known = [upside_down(np.asarray(cv2.rotate(page, cv2.ROTATE_180), np.uint8)) for page in pages]
    assert sum(known) >= 16, "where a frame joins the lines nothing is known"


@pytest.mark.parametrize("seed", range(4))
def test_a_page_on_its_side_is_known(seed: int) -> None:
    page = light(seed)
    assert quarter_turns(page) == 0
    assert quarter_turns(np.asarray(cv2.rotate(page, cv2.ROTATE_90_CLOCKWISE), np.uint8)) == 1


def test_too_few_lines_say_nothing() -> None:
    page = light(3, lines=3)
    assert not upside_down(np.asarray(cv2.rotate(page, cv2.ROTATE_180), np.uint8))


def test_lines_of_one_length_say_nothing() -> None:
    page = np.full((1200, 850), 245, np.uint8)
    for row in range(100, 1000, 40):
        page[row : row + 14, 100:750:6] = 30
    assert not upside_down(page)
    assert not upside_down(np.asarray(cv2.rotate(page, cv2.ROTATE_180), np.uint8))


@pytest.mark.parametrize("seed", range(3))
def test_short_lines_on_a_part_of_the_page(seed: int) -> None:
    rng = np.random.default_rng(seed)
    page, _ = reading.drawn(rng, ["一次性工伤医疗补助金申领", "社会保障卡激活与密码设置", "参保人员死亡注销"])
    grey = np.asarray(cv2.cvtColor(page, cv2.COLOR_BGR2GRAY), np.uint8)
    assert quarter_turns(grey) == 0
    assert quarter_turns(np.asarray(cv2.rotate(grey, cv2.ROTATE_90_COUNTERCLOCKWISE), np.uint8)) == 1
