"""Make the table of readings the hub finds services by: ``kioskd/hub/pinyin.txt``.

    python tools/make_pinyin.py

Needs pypinyin (MIT; its readings come from the pinyin-data project, MIT). One line a syllable, without
tones, ``v`` for ``ü``, then the hanzi of GB 2312 that can be read so, the usual reading or another one.
Run by a maintainer when the set changes, never at installation.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from pypinyin import Style, pinyin

TARGET = Path(__file__).resolve().parent.parent / "kioskd" / "hub" / "pinyin.txt"


def hanzi() -> Iterator[str]:
    """Every hanzi of GB 2312."""
    for row in range(0xB0, 0xF8):
        for cell in range(0xA1, 0xFF):
            try:
                yield bytes((row, cell)).decode("gb2312")
            except UnicodeDecodeError:
                continue


def main() -> None:
    table: defaultdict[str, list[str]] = defaultdict(list)
    usual: defaultdict[str, list[str]] = defaultdict(list)
    for sign in hanzi():
        first, *others = pinyin(sign, style=Style.NORMAL, heteronym=True, v_to_u=False)[0]
        usual[first].append(sign)
        for reading in others:
            table[reading].append(sign)
    lines = [
        f"{syllable} {''.join(usual[syllable])} {''.join(table[syllable])}".rstrip()
        for syllable in sorted({*usual, *table})
    ]
    TARGET.write_text("\n".join(lines) + "\n", "utf-8")
    sys.stdout.write(f"{TARGET.name}: {len(lines)} syllables, {TARGET.stat().st_size} bytes\n")


if __name__ == "__main__":
    main()
