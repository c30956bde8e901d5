"""Finding frames in a stream that also holds noise."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Generic, TypeVar

T = TypeVar("T")


class Look(Enum):
    """What stands at a place where no frame was found."""

    NOT_HERE = "no frame begins here"
    NOT_YET = "one may, once more bytes have come"


class Hunter(Generic[T]):
    """Frames out of a stream of chunks of any size.

    A whole, checked frame is taken wherever it begins, so noise before it never hides it, nor does
    a false beginning that waits for bytes that never come. ``frame_at`` tells the frame that begins at a
    place and where it ends, or why there is none. Holds at most ``longest`` bytes, the length of the
    longest frame.
    """

    def __init__(self, frame_at: Callable[[bytes, int], tuple[T, int] | Look], longest: int) -> None:
        self._frame_at = frame_at
        self._longest = longest
        self._held = b""
        self._waiting: list[int] = []
        self._seen = 0

    def feed(self, data: bytes) -> list[T]:
        """Take bytes and return the frames they complete."""
        found: list[T] = []
        for at in range(0, len(data), self._longest):
            self._held += data[at : at + self._longest]
            while (hit := self._first()) is not None:
                message, end = hit
                found.append(message)
                self._held, self._waiting, self._seen = self._held[end:], [], 0
            self._forget(len(self._held) - self._longest)
        return found

    def clear(self) -> None:
        """Forget what came before."""
        self._held, self._waiting, self._seen = b"", [], 0

    def _first(self) -> tuple[T, int] | None:
        waiting: list[int] = []
        for at in (*self._waiting, *range(self._seen, len(self._held))):
            look = self._frame_at(self._held, at)
            if look is Look.NOT_YET:
                waiting.append(at)
            elif not isinstance(look, Look):
                return look
        self._waiting, self._seen = waiting, len(self._held)
        return None

    def _forget(self, count: int) -> None:
        if count > 0:
            self._held = self._held[count:]
            self._waiting = [at - count for at in self._waiting if at >= count]
            self._seen -= count
