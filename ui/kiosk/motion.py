"""How one screen gives way to the next: it comes in from the side it lies on, then everything is still."""

from __future__ import annotations

import pygame

FIRST = 0.3
"""The first picture already shows this much of the new screen: a touch is answered at once."""


class Slide:
    """One change of screen, from what ``old`` holds. ``shift`` is how far the new one comes, negative from
    the left.
    """

    def __init__(
        self, surface: pygame.Surface, old: pygame.Surface, new: pygame.Surface, top: int, shift: int
    ) -> None:
        self._surface = surface
        self._old = old
        self._new = new
        self._shift = shift
        self._below = pygame.Rect(0, top, surface.get_width(), surface.get_height() - top)

    def draw(self, part: float) -> bool:
        """Draw it as far as ``part`` of its time has gone (0 to 1); return whether it is over."""
        if part >= 1.0:
            self._surface.blit(self._new, (0, 0))
            return True
        part = FIRST + (1 - FIRST) * (1 - (1 - part) ** 3)
        self._surface.blit(self._new, (0, 0))
        self._surface.blit(self._old, self._below, self._below)
        self._new.set_alpha(round(255 * part))
        offset = round(self._shift * (1 - part))
        self._surface.blit(self._new, self._below.move(offset, 0), self._below)
        self._new.set_alpha(None)
        return False
