"""What the screen waits for: a touch, an event, or a moment.

Under X every touch and key comes over one connection, whose descriptor the event loop watches: nothing
runs until something comes. SDL's other video drivers have no descriptor to wait on; there its queue is
emptied at a steady pace, slower while nobody is there.
"""

from __future__ import annotations

import asyncio
import ctypes
import logging
from types import TracebackType
from typing import Self

import pygame

BUSY_S = 0.006
"""How often SDL is asked for touches while somebody is there, or a picture is due while one moves."""
QUIET_S = 0.022
"""The same while nobody is."""
MOST_S = 5.0
"""However quiet the connection is: SDL has timers of its own, for a focus that is still to be given back."""

log = logging.getLogger("kiosk")


class Waking:
    """Wakes one screen. The display must be open, and stays open until this is closed."""

    def __init__(self) -> None:
        self._stirred = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._line = x_connection()
        if self._line is not None:
            self._loop.add_reader(self._line, self.stir)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._line is not None:
            self._loop.remove_reader(self._line)

    def stir(self) -> None:
        """Something happened: look at once."""
        self._stirred.set()

    async def wait(self, seconds: float, *, somebody: bool) -> None:
        """Return when something happened, at the latest after so many seconds.

        Without a connection to wait on it is sooner, the more so when there is ``somebody``.
        """
        most = MOST_S if self._line is not None else BUSY_S if somebody else QUIET_S
        timer = self._loop.call_later(max(0.0, min(seconds, most)), self._stirred.set)
        try:
            await self._stirred.wait()
        finally:
            timer.cancel()
            self._stirred.clear()


def x_connection() -> int | None:
    """Return the descriptor of SDL's connection to an X server, None where it has none."""
    if pygame.display.get_driver() != "x11":
        return None
    capsule = pygame.display.get_wm_info().get("display")
    try:
        number = ctypes.CDLL("libX11.so.6").XConnectionNumber
    except (OSError, AttributeError) as error:
        log.warning("touches are asked for steadily: %s", error)
        return None
    name, pointer = ctypes.pythonapi.PyCapsule_GetName, ctypes.pythonapi.PyCapsule_GetPointer
    name.restype, name.argtypes = ctypes.c_char_p, [ctypes.py_object]
    pointer.restype, pointer.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    number.restype, number.argtypes = ctypes.c_int, [ctypes.c_void_p]
    return int(number(pointer(capsule, name(capsule))))
