"""The project's own font can write everything the project says."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

import kioskd

ROOT = Path(kioskd.__file__).parent.parent
FONTS = ROOT / "ui" / "fonts"
WEIGHTS = ("Regular", "Bold")


@lru_cache
def characters(weight: str) -> frozenset[str]:
    with TTFont(FONTS / f"NotoSansSC-{weight}-subset.otf", lazy=True) as font:
        return frozenset(map(chr, font.getBestCmap()))


def gb2312() -> set[str]:
    pairs = (bytes((row, cell)) for row in range(0xB0, 0xF8) for cell in range(0xA1, 0xFF))
    return set("".join(pair.decode("gb2312", errors="ignore") for pair in pairs))


@pytest.mark.parametrize("weight", WEIGHTS)
def test_all_hanzi_of_gb_2312_are_there(weight: str) -> None:
    hanzi = gb2312()
    assert len(hanzi) == 6763
    assert hanzi <= characters(weight)


@pytest.mark.parametrize("weight", WEIGHTS)
def test_everything_in_config_can_be_drawn(weight: str) -> None:
    for file in (ROOT / "config").rglob("*.toml"):
        missing = {sign for sign in file.read_text(encoding="utf-8") if sign.isprintable()} - characters(
            weight
        )
        assert not missing, (file.name, missing)


@pytest.mark.parametrize("weight", WEIGHTS)
def test_the_font_is_small_and_carries_its_licence(weight: str) -> None:
    file = FONTS / f"NotoSansSC-{weight}-subset.otf"
    assert file.stat().st_size < 3_000_000
    with TTFont(file, lazy=True) as font:
        assert "SIL Open Font License" in font["name"].getDebugName(13)
    assert "SIL OPEN FONT LICENSE Version 1.1" in (FONTS / "OFL.txt").read_text(encoding="utf-8")
