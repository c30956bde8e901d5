"""What simulated LED signs of any make have in common: power, a dot matrix, a view.

The view of a sign, drawn only from received bytes::

    {"kind": "led", "powered": true, "lit": true, "width": 128, "height": 16,
     "rows": [{"text": "请A012到3号窗口", "runs": [["请A012到3号窗口", "red"]], "y": 0,
               "move": "still", "flash": false}],
     "windows": [{"x": 0, "y": 0, "width": 128, "height": 16, "move": "still", "stay": 0.0,
                  "step": 0.0, "pages": [["0011…", …]]}]}

A page of a window is a dot matrix, one string a dot row, one digit a dot (0 dark, 1 red, 2 green,
3 yellow). With ``move`` ``still`` the pages follow each other, each for ``stay`` seconds; with
``left``, ``right``, ``up`` or ``down`` the one page moves through the window, a dot every ``step``
seconds.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, Literal

import msgspec

from drivers.caller_display.dots import HEIGHT, Matrix, Run, blank, crop, digits, paste, strip
from drivers.caller_display.text import cells

Movement = Literal["still", "left", "right", "up", "down"]


class Window(msgspec.Struct, frozen=True):
    """A rectangle of the matrix with pages of dots in it."""

    x: int
    y: int
    width: int
    height: int
    pages: tuple[Matrix, ...]
    move: Movement = "still"
    stay: float = 0.0
    step: float = 0.0

    def at(self, elapsed: float) -> Matrix:
        """What stands in it ``elapsed`` seconds after the text came."""
        if self.move == "still":
            index = int(elapsed / self.stay) % len(self.pages) if self.stay > 0 else 0
            return crop(self.pages[index], 0, 0, self.width, self.height)
        page = self.pages[0]
        long = len(page[0]) if page else 0
        gone = int(elapsed / self.step) if self.step > 0 else 0
        if self.move in ("left", "right"):
            gone %= long + self.width
            x = gone - self.width if self.move == "left" else long - gone
            return crop(page, x, 0, self.width, self.height)
        gone %= len(page) + self.height
        y = gone - self.height if self.move == "up" else len(page) - gone
        return crop(page, 0, y, self.width, self.height)


class TextRow(msgspec.Struct, frozen=True):
    """One row of text as a person reads it."""

    runs: tuple[Run, ...]
    y: int
    move: Movement = "still"
    flash: bool = False

    @property
    def text(self) -> str:
        """The characters, without the blanks around them."""
        return "".join(text for text, _ in self.runs).strip()


class SimulatedSign(ABC):
    """A `drivers.simulator.Simulator` of an LED sign."""

    def __init__(self, width: int, height: int) -> None:
        self.width = width
        self.height = height
        self.powered = True
        self.muted = False
        self.only_listens = False
        """Whether it stands beside another sign, which is the one that answers."""
        self._send: Callable[[bytes], None] | None = None
        self._notify: Callable[[], None] = lambda: None

    # Simulator

    def connect(self, send: Callable[[bytes], None]) -> None:
        """Somebody opened the line."""
        self._send = send

    def disconnect(self) -> None:
        """The line is closed; what the sign shows stays."""
        self._send = None
        self._lost_line()

    def receive(self, data: bytes) -> None:
        """Bytes arrived."""
        if self.powered and not self.muted:
            self._take(data)

    def on_change(self, notify: Callable[[], None]) -> None:
        """Call ``notify`` whenever the view changes."""
        self._notify = notify

    def view(self) -> dict[str, Any]:
        """Return what the module's docstring shows."""
        return {
            "kind": "led",
            "powered": self.powered,
            "lit": self.lit,
            "width": self.width,
            "height": self.height,
            "rows": [
                {
                    "text": row.text,
                    "runs": [[text, colour.value] for text, colour in row.runs],
                    "y": row.y,
                    "move": row.move,
                    "flash": row.flash,
                }
                for row in self.rows()
            ],
            "windows": [
                {
                    "x": window.x,
                    "y": window.y,
                    "width": window.width,
                    "height": window.height,
                    "move": window.move,
                    "stay": window.stay,
                    "step": window.step,
                    "pages": [digits(page) for page in window.pages],
                }
                for window in self._seen()
            ],
        }

    # What a person can do to it and see

    @property
    @abstractmethod
    def lit(self) -> bool:
        """Whether the LEDs can shine: powered and not switched off by command."""

    def texts(self) -> list[str]:
        """The rows as plain text, top first; none on a dark sign."""
        return [row.text for row in self.rows()]

    def rows(self) -> list[TextRow]:
        """The rows, top first; none on a dark sign."""
        return self._rows() if self.lit else []

    def dots(self, elapsed: float = 0.0) -> list[str]:
        """The whole matrix ``elapsed`` seconds after the texts came, as digits."""
        matrix = blank(self.width, self.height)
        for window in self._seen():
            paste(matrix, window.at(elapsed), window.x, window.y)
        return digits(matrix)

    def power_off(self) -> None:
        """Pull the mains plug: what was in RAM is gone."""
        if self.powered:
            self.powered = False
            self._lost_power()
            self._notify()

    def power_on(self) -> None:
        """Plug it in again."""
        if not self.powered:
            self.powered = True
            self._notify()

    def mute(self, muted: bool) -> None:
        """Cut or mend its data wire; what it shows stays."""
        self.muted = muted

    # For the makes

    def _seen(self) -> list[Window]:
        return self._windows() if self.lit else []

    def _changed(self) -> None:
        self._notify()

    def _say(self, data: bytes) -> None:
        if self._send is not None:
            self._send(data)

    @abstractmethod
    def _take(self, data: bytes) -> None:
        """Understand bytes and answer."""

    @abstractmethod
    def _lost_power(self) -> None:
        """Empty the RAM."""

    @abstractmethod
    def _lost_line(self) -> None:
        """Drop half frames."""

    @abstractmethod
    def _rows(self) -> list[TextRow]:
        """Rows of text, top first."""

    @abstractmethod
    def _windows(self) -> list[Window]:
        """The matrix in parts."""


def wrap(lines: Sequence[Sequence[Run]], columns: int) -> list[list[Run]]:
    """Break lines of runs at ``columns`` cells, between characters."""
    out: list[list[Run]] = []
    for line in lines:
        out.append([])
        used = 0
        for text, colour in line:
            begin = 0
            for at, character in enumerate(text):
                width = cells(character)
                if used and used + width > columns:
                    out[-1].append((text[begin:at], colour))
                    out.append([])
                    begin, used = at, 0
                used += width
            out[-1].append((text[begin:], colour))
    return out


def stack(lines: Sequence[Sequence[Run]], width: int, height: int) -> tuple[Matrix, ...]:
    """Put lines under each other on as many pages of ``width`` x ``height`` dots as it takes."""
    per_page = max(1, height // HEIGHT)
    pages = []
    for first in range(0, max(1, len(lines)), per_page):
        page = blank(width, height)
        for index, line in enumerate(lines[first : first + per_page]):
            paste(page, strip(line), 0, index * HEIGHT)
        pages.append(page)
    return tuple(pages)
