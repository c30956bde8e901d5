"""Fingers, mice, keys and scanners of this PC, as what they mean to the kiosk."""

from __future__ import annotations

from collections.abc import Callable

import pygame

from ui.kiosk.model.events import (
    Action,
    Erase,
    Event,
    GoBack,
    Press,
    Pressed,
    Scanned,
    Switch,
    Touched,
)
from ui.kiosk.placed import Layout
from ui.kiosk.screen import hold
from ui.kiosk.stage import Stage
from ui.kiosk.theme import Panel
from ui.kiosk.wedge import Wedge

DEBOUNCE_S = 0.25
"""A trembling finger touches once."""
TYPING_DEBOUNCE_S = 0.08
"""The same on a keyboard, where people touch quickly."""


class Fingers:
    """Reads SDL's events. ``focus`` is the target the keys are at, ``moved`` whether that changed."""

    def __init__(
        self, panel: Panel, now: Callable[[], float], tell: Callable[[Event], None], *, windowed: bool
    ) -> None:
        self.focus: int | None = None
        self.moved = False
        self.touched_at = -1e9
        self._panel = panel
        self._now = now
        self._tell = tell
        self._wedge = Wedge()
        self._windowed = windowed
        self._pressed: Action | None = None

    @property
    def calm(self) -> bool:
        """Whether the last touch is over."""
        return self._now() - self.touched_at >= DEBOUNCE_S

    @property
    def due_at(self) -> float | None:
        """When signs that were typed will be a scan or keys, None while there are none."""
        return self._wedge.due_at

    def look(self, stage: Stage) -> None:
        """Take in everything that has happened."""
        for event in pygame.event.get():
            self._handle(event, stage)
        self._over(*self._wedge.due(self._now()))

    def scanned(self, text: str) -> None:
        """Take in what a scanner read."""
        self.touched_at = self._now()
        self._tell(Scanned(text))

    def _handle(self, event: pygame.event.Event, stage: Stage) -> None:
        match event.type:
            case pygame.FINGERDOWN:
                self._touch(event.x * self._panel.width, event.y * self._panel.height, stage.layout)
            case pygame.MOUSEBUTTONDOWN if event.button == 1 and not getattr(event, "touch", False):
                x, y = event.pos
                self._touch(x, y, stage.layout)
            case pygame.KEYDOWN:
                self._keyed(event, stage.layout)
            case pygame.WINDOWEXPOSED | pygame.WINDOWRESTORED:
                stage.forget()
                self.moved = True
            case pygame.WINDOWFOCUSLOST | pygame.WINDOWMINIMIZED:
                # Something else came to the front: it gets neither the screen nor the keys.
                stage.forget()
                self.moved = True
                hold(windowed=self._windowed)

    def _touch(self, x: float, y: float, layout: Layout | None) -> None:
        now = self._now()
        action = layout.at(x, y) if layout is not None else None
        typing = isinstance(action, Press | Erase) and isinstance(self._pressed, Press | Erase)
        calm = now - self.touched_at >= (TYPING_DEBOUNCE_S if typing else DEBOUNCE_S)
        self.touched_at = now
        if calm:
            self._pressed = action
            self._focused(None)
            self._tell(Pressed(action) if action is not None else Touched())

    def _keyed(self, event: pygame.event.Event, layout: Layout | None) -> None:
        """Three keys are enough: next, choose and back."""
        now = self._now()
        self.touched_at = now
        if getattr(event, "mod", 0) & (pygame.KMOD_ALT | pygame.KMOD_CTRL | pygame.KMOD_META):
            # What leads out of other programs leads nowhere here.
            return
        key, sign = event.key, getattr(event, "unicode", "")
        targets = layout.offered if layout is not None else ()
        if key in _CHOOSE and self._wedge.entered(now):
            return
        if key in _CHOOSE and self.focus is not None and self.focus < len(targets):
            self._tell(Pressed(targets[self.focus].action))
        elif key in _ENTER and self.focus is None and layout is not None and layout.primary is not None:
            self._tell(Pressed(layout.primary))
        elif key in _BACK:
            self._tell(Pressed(GoBack()))
        elif key in _NEXT | _STEPS.keys():
            self._step(1 if key in _NEXT else _STEPS[key], len(targets))
            self._tell(Pressed(Switch("spoken", on=True)) if key in _NEXT else Touched())
        elif key == pygame.K_BACKSPACE:
            self._tell(Pressed(Erase()))
        elif sign and sign.isprintable() and not sign.isspace():
            self._over(*self._wedge.typed(sign, now))
        else:
            self._tell(Touched())

    def _over(self, scan: str, keys: str) -> None:
        if scan:
            self.scanned(scan)
        for sign in keys:
            self._tell(Pressed(Press(sign)))

    def _step(self, by: int, count: int) -> None:
        if count:
            at = self.focus if self.focus is not None else (-1 if by > 0 else 0)
            self._focused((at + by) % count)

    def _focused(self, focus: int | None) -> None:
        self.moved = self.moved or focus != self.focus
        self.focus = focus


_NEXT = frozenset({pygame.K_TAB, pygame.K_F1})
_ENTER = frozenset({pygame.K_RETURN, pygame.K_KP_ENTER, pygame.K_F2})
_CHOOSE = _ENTER | {pygame.K_SPACE}
_BACK = frozenset({pygame.K_ESCAPE, pygame.K_F3})
_STEPS = {pygame.K_RIGHT: 1, pygame.K_DOWN: 1, pygame.K_LEFT: -1, pygame.K_UP: -1}
