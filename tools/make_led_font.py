"""Make the dot font of the simulated LED signs: ``ui/fonts/led16.bin``.

    python tools/make_led_font.py /usr/share/unifont/unifont.hex

The input is GNU Unifont 13.0.04 or later in its hex form (Debian package ``unifont``), which since
that release is under the SIL Open Font License 1.1 as well as the GPL; the OFL is the one used here
(``ui/fonts/led16.LICENSE.txt``). Run by a maintainer when the set changes, never at installation.

The file, all of it big-endian bits with the leftmost dot first:

====== ======================================================================
bytes  meaning
====== ======================================================================
4      ``LED1``
95×16  ASCII 20–7E, 8 dots wide: one byte a dot row, 16 rows
94×87  GB 2312 by zone (1–87) and position (1–94), 16 dots wide: two bytes a
×32    dot row, 16 rows; positions without a character are empty
====== ======================================================================
"""

from __future__ import annotations

import argparse
from pathlib import Path

TARGET = Path(__file__).resolve().parent.parent / "ui" / "fonts" / "led16.bin"
ROWS = 16


def read_hex(path: Path) -> dict[int, bytes]:
    """Glyphs by code point, 16 (half width) or 32 (full width) bytes each."""
    glyphs = {}
    for line in path.read_text("ascii").splitlines():
        code, _, dots = line.partition(":")
        glyphs[int(code, 16)] = bytes.fromhex(dots)
    return glyphs


def full_width(glyph: bytes) -> bytes:
    """A glyph on 16 dots: narrow ones stand in the middle."""
    if len(glyph) == 2 * ROWS:
        return glyph
    return b"".join((row << 4).to_bytes(2, "big") for row in glyph)


def gb2312(zone: int, position: int) -> int | None:
    """Code point of a GB 2312 character, None where there is none."""
    code = bytes((zone + 0xA0, position + 0xA0))
    try:
        code.decode("gb2312")
        # GBK names the dash and the middle dot as Chinese text does (U+2014, U+00B7).
        return ord(code.decode("gbk"))
    except UnicodeDecodeError:
        return None


def main() -> None:
    parser = argparse.ArgumentParser(description="make ui/fonts/led16.bin from Unifont's hex file")
    parser.add_argument("unifont", type=Path, help="unifont.hex")
    glyphs = read_hex(parser.parse_args().unifont)
    packed = bytearray(b"LED1")
    for code in range(0x20, 0x7F):
        packed += glyphs[code][:ROWS]
    for zone in range(1, 88):
        for position in range(1, 95):
            character = gb2312(zone, position)
            packed += bytes(2 * ROWS) if character is None else full_width(glyphs[character])
    TARGET.write_bytes(packed)


if __name__ == "__main__":
    main()
