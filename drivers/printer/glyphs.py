"""Characters drawn into the cells of a printer's grid, with any TrueType or OpenType font."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageFont import FreeTypeFont

CELL = 12
"""Dots across a half-width cell at size 1; characters are twice as high."""
_BASELINE = 0.84
"""Height of the baseline above the bottom of a cell's line box, as a share from its top."""


class Glyphs:
    """Draws text as a thermal printer's font would stand: every character centred in its cells.

    Raises OSError when the font cannot be read.
    """

    def __init__(self, path: Path) -> None:
        from PIL import ImageFont

        self._path = str(path)
        self._fonts: dict[int, FreeTypeFont] = {}
        self._load = ImageFont.truetype
        self._font(2 * CELL)

    def draw(
        self, image: Image, x: int, y: int, text: str, width: int = 1, height: int = 1, bold: bool = False
    ) -> int:
        """Draw ``text`` black on a mode ``L`` image, magnified; returns the x behind it."""
        from PIL import Image as Images
        from PIL import ImageDraw

        tall = 2 * CELL * height
        font = self._font(tall)
        for character in text:
            room = CELL * width * (1 if character.isascii() else 2)
            if character not in " \u3000":
                natural = round(font.getlength(character))
                # Drawn at its natural width and squeezed or stretched only where the cell says so.
                want = room if natural > room else round(natural * width / height)
                want = min(max(want, 1), room)
                glyph = Images.new("L", (max(natural, 1) + 2 * height, tall), 255)
                ImageDraw.Draw(glyph).text(
                    (height, round(tall * _BASELINE)),
                    character,
                    font=font,
                    fill=0,
                    anchor="ls",
                    stroke_width=max(1, height // 3) if bold else 0,
                )
                glyph = glyph.resize((want + 2 * width, tall)) if want != natural else glyph
                left = x + (room - glyph.width) // 2
                image.paste(0, (left, y), glyph.point(lambda value: 255 - value))
            x += room
        return x

    def _font(self, size: int) -> FreeTypeFont:
        if size not in self._fonts:
            self._fonts[size] = self._load(self._path, size)
        return self._fonts[size]
