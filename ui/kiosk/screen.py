"""Taking the screen of this PC, and nothing letting go of it."""

from __future__ import annotations

import os

import pygame

from ui.kiosk.theme import Panel
from ui.kiosk.theme import panel as usual_panel

_WANTED = (
    pygame.FINGERDOWN,
    pygame.MOUSEBUTTONDOWN,
    pygame.KEYDOWN,
    pygame.WINDOWEXPOSED,
    pygame.WINDOWRESTORED,
    pygame.WINDOWFOCUSLOST,
    pygame.WINDOWMINIMIZED,
)
"""Everything else, the wish to close a window too, is not even queued."""


def open_screen(panel: Panel | None, inches: float | None, *, windowed: bool) -> tuple[pygame.Surface, Panel]:
    """Take the screen: the whole of it, without a cursor, unless a window was asked for.

    Raises `pygame.error` where there is none.
    """
    os.environ.setdefault("SDL_VIDEO_ALLOW_SCREENSAVER", "0")
    # Pictures go straight to the screen: without it SDL loads a whole OpenGL (100 MB) to show them.
    os.environ.setdefault("SDL_FRAMEBUFFER_ACCELERATION", "0")
    # Keys that a window manager lives by are the kiosk's while it is on the screen.
    os.environ.setdefault("SDL_GRAB_KEYBOARD", "1")
    os.environ.setdefault("SDL_VIDEO_MINIMIZE_ON_FOCUS_LOSS", "0")
    # A touch is a finger, not also a mouse.
    os.environ.setdefault("SDL_TOUCH_MOUSE_EVENTS", "0")
    pygame.display.init()
    pygame.font.init()
    pygame.display.set_caption("kioskd")
    size = (panel.width, panel.height) if panel is not None else (0, 0)
    surface = pygame.display.set_mode(size, 0 if windowed else pygame.FULLSCREEN)
    pygame.mouse.set_visible(windowed)
    pygame.event.set_blocked(None)
    pygame.event.set_allowed(_WANTED)
    hold(windowed=windowed)
    width, height = surface.get_size()
    if panel is None or (panel.width, panel.height) != (width, height):
        panel = usual_panel(width, height, inches)
    return surface, panel


def hold(*, windowed: bool) -> None:
    """Keep the keyboard, unless this is a window among others.

    The pointer is not held: with no cursor to be seen SDL would take that for a game that steers by it,
    and every touch would land in the middle.
    """
    if not windowed:
        pygame.event.set_keyboard_grab(True)
