"""Make the CJK fonts the project carries: ``ui/fonts/NotoSansSC-{Regular,Bold}-subset.otf``.

    python tools/make_fonts.py /usr/share/fonts/opentype/noto

The folder must hold ``NotoSansCJK-Regular.ttc`` and ``NotoSansCJK-Bold.ttc`` (release 2.004; Debian
package fonts-noto-cjk). The subsets hold the 6,763 hanzi and the symbols of GB 2312, Latin-1 and the
punctuation, arrows and marks that pages and slips use; hinting and vertical forms are dropped. Run
by a maintainer when the set changes, never at installation. Needs fontTools (in the dev extras);
with the ``brotli`` package beside it, woff2 files for web pages are written too.

The fonts are under the SIL Open Font License 1.1 without a Reserved Font Name (see
``ui/fonts/OFL.txt``), so the subsets keep the name of the original.
"""

from __future__ import annotations

import argparse
import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTCollection, TTFont

FACE = "Noto Sans CJK SC"
WEIGHTS = ("Regular", "Bold")
HERE = Path(__file__).resolve().parent.parent / "ui" / "fonts"

EXTRA_RANGES = (
    (0x0020, 0x007E),  # ASCII
    (0x00A0, 0x00FF),  # Latin-1
    (0x2010, 0x2027),  # dashes, quotes, bullets, ellipsis
    (0x2030, 0x203B),  # per mille, primes, reference mark
    (0x2190, 0x2199),  # arrows
    (0x21E6, 0x21E9),  # hollow arrows
    (0x2460, 0x2473),  # circled 1-20
    (0x25A0, 0x25CF),  # squares, triangles, circles
    (0x2605, 0x2606),  # stars
    (0x3000, 0x3020),  # CJK punctuation
    (0xFF01, 0xFF5E),  # full-width ASCII
    (0xFFE0, 0xFFE6),  # full-width signs of currency
)
EXTRA = "€™℃№✓×⚠−"


def gb2312() -> Iterator[int]:
    """Every code point of GB 2312."""
    for row in range(0xA1, 0xF8):
        for cell in range(0xA1, 0xFF):
            try:
                yield ord(bytes((row, cell)).decode("gb2312"))
            except UnicodeDecodeError:
                continue


def wanted() -> set[int]:
    """Every code point the subsets should hold, where the original has it."""
    points = set(gb2312()) | {ord(sign) for sign in EXTRA}
    for first, last in EXTRA_RANGES:
        points.update(range(first, last + 1))
    return points


def subset(font: TTFont) -> None:
    options = Options()
    options.hinting = False
    options.layout_features = ["kern"]
    options.name_IDs = ["*"]
    options.name_languages = [0x409]
    options.notdef_outline = True
    options.recalc_timestamp = False
    options.drop_tables += ["BASE", "VORG", "vhea", "vmtx"]
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=wanted())
    subsetter.subset(font)


def make(source: Path, weight: str) -> None:
    collection = TTCollection(str(source / f"NotoSansCJK-{weight}.ttc"), lazy=True)
    font = next(one for one in collection.fonts if one["name"].getDebugName(1) == FACE)
    subset(font)
    font.recalcTimestamp = False
    target = HERE / f"NotoSansSC-{weight}-subset.otf"
    font.save(str(target))
    sys.stdout.write(f"{target.name}: {len(font.getBestCmap())} characters, {target.stat().st_size} bytes\n")
    if importlib.util.find_spec("brotli") is not None:
        font.flavor = "woff2"
        font.save(str(target.with_suffix(".woff2")))


def main() -> None:
    parser = argparse.ArgumentParser(description="Make the CJK font subsets in ui/fonts.")
    parser.add_argument("source", type=Path, help="folder that holds NotoSansCJK-Regular.ttc and -Bold.ttc")
    source = parser.parse_args().source
    HERE.mkdir(parents=True, exist_ok=True)
    for weight in WEIGHTS:
        make(source, weight)


if __name__ == "__main__":
    main()
