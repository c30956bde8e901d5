"""What is on the screen: laid out, painted, moved and spoken."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from typing import Protocol

import pygame

from ui.kiosk.draw import Fonts, Painter
from ui.kiosk.layout import lay_out
from ui.kiosk.model.kiosk import Kiosk
from ui.kiosk.model.screens import Confirm, Entry, Home, Search
from ui.kiosk.motion import Slide
from ui.kiosk.placed import Layout, Rect
from ui.kiosk.speech import Heard, sentence
from ui.kiosk.theme import Panel, Theme
from ui.kiosk.voice import Voice
from ui.kiosk.words import words

WARM_PAUSE_S = 0.03


class Focus(Protocol):
    """Which target the keys are at."""

    focus: int | None


class Stage:
    """One screen. ``frames`` counts the pictures shown."""

    def __init__(self, surface: pygame.Surface, panel: Panel, theme: Theme, voice: Voice) -> None:
        self.layout: Layout | None = None
        self.frames = 0
        self.caption = ""
        self._surface = surface
        self._panel = panel
        self._theme = theme
        self._voice = voice
        self._fonts = Fonts()
        self._next, self._old = surface.copy(), surface.copy()
        self._painter = Painter(self._next, self._fonts, theme.logo)
        self._focus: int | None = None
        self._heard = Heard()
        self._slide: Slide | None = None
        self._began = 0.0

    @property
    def moving(self) -> bool:
        """Whether one screen is giving way to another."""
        return self._slide is not None

    def forget(self) -> None:
        """Somebody painted over the screen: show it again."""
        self.layout = None

    def show(self, kiosk: Kiosk, now: float, fingers: Focus) -> None:
        """Bring the screen up to date; a screen that is the same is not drawn."""
        self._keep_focus(kiosk, now, fingers)
        layout = self._spoken(kiosk, now, fingers)
        if layout == self.layout and fingers.focus == self._focus:
            self._move(now)
            return
        before, self.layout, self._focus = self.layout, layout, fingers.focus
        self._painter.paint(layout, self._focused())
        motion = self._theme.motion
        if before is not None and before.key != layout.key and motion.milliseconds:
            shift = round(motion.shift * self._panel.scale) * (-1 if layout.key == "Home" else 1)
            self._old.blit(self._surface, (0, 0))
            self._slide = Slide(self._surface, self._old, self._next, layout.top, shift)
            self._began = now
            self._move(now)
            return
        self._slide = None
        self._surface.blit(self._next, (0, 0))
        self._flip()

    def _keep_focus(self, kiosk: Kiosk, now: float, fingers: Focus) -> None:
        """The keys stay at the target they were at, wherever it is now; another screen begins anew."""
        before = self.layout
        if fingers.focus is None or before is None:
            return
        after = lay_out(kiosk, now, self._panel, self._theme, self._fonts.measure, self.caption)
        if after.key != before.key or fingers.focus >= len(before.offered):
            fingers.focus = None
            return
        action = before.offered[fingers.focus].action
        places = [at for at, target in enumerate(after.offered) if target.action == action]
        if fingers.focus not in places:
            fingers.focus = places[0] if places else None

    def _spoken(self, kiosk: Kiosk, now: float, fingers: Focus) -> Layout:
        """Lay the screen out with what is said of it now."""
        if not kiosk.ways.spoken:
            if self._heard != Heard():
                self._voice.hush()
            self._heard, self.caption = Heard(), ""
            return lay_out(kiosk, now, self._panel, self._theme, self._fonts.measure)
        layout = lay_out(kiosk, now, self._panel, self._theme, self._fonts.measure, self.caption)
        text, self._heard = sentence(layout, fingers.focus, self._heard, words(kiosk.language))
        if not text or text == self.caption:
            return layout
        self.caption = text
        self._voice.say(text, kiosk.language)
        return lay_out(kiosk, now, self._panel, self._theme, self._fonts.measure, text)

    def _move(self, now: float) -> None:
        if self._slide is None:
            return
        if self._slide.draw((now - self._began) * 1000 / self._theme.motion.milliseconds):
            self._slide = None
        self._flip()

    def _flip(self) -> None:
        pygame.display.flip()
        self.frames += 1

    def _focused(self) -> Rect | None:
        if self._focus is None or self.layout is None or self._focus >= len(self.layout.offered):
            return None
        return self.layout.offered[self._focus].rect

    async def warm(self, kiosk: Kiosk) -> None:
        """Prepare what people are likely to see first, a little at a time."""
        for likely in _likely(kiosk):
            layout = lay_out(likely, likely.seen_at, self._panel, self._theme, self._fonts.measure)
            self._painter.warm(layout)
            await asyncio.sleep(WARM_PAUSE_S)


def _likely(kiosk: Kiosk) -> Iterator[Kiosk]:
    queues = kiosk.hall.queues if kiosk.hall is not None else ()
    yield kiosk.at(Home())
    for queue in queues:
        yield kiosk.at(Confirm(queue.id))
    yield kiosk.at(Search())
    yield kiosk.at(Entry("number"))
    other = replace(kiosk, ways=replace(kiosk.ways, language="en" if kiosk.language == "zh" else "zh"))
    yield other.at(Home())
    yield replace(kiosk, ways=replace(kiosk.ways, large=True)).at(Home())
