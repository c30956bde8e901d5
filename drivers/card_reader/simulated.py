"""What simulated card readers share: a card that a person puts on and takes away."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping
from typing import Any

from drivers.card_reader.api import CardField
from drivers.card_reader.identity import encode


class SimulatedCardReader:
    """A `drivers.simulator.Simulator`. Cards are made up."""

    def __init__(self) -> None:
        self.powered = True
        self.text = b""
        """Text of the card that lies there; none lies there when it is empty."""
        self.worn = False
        self._send: Callable[[bytes], None] | None = None
        self._notify: Callable[[], None] = lambda: None

    def connect(self, send: Callable[[bytes], None]) -> None:
        """Somebody opened the line."""
        self._send = send

    def disconnect(self) -> None:
        """The line is closed."""
        self._send = None

    def receive(self, data: bytes) -> None:
        """Questions arrived."""
        for said in self.answers_to(data):
            if self.powered and self._send is not None:
                self._send(said)

    @abstractmethod
    def answers_to(self, data: bytes) -> list[bytes]:
        """Return what the reader says to what arrived."""

    def put(self, values: Mapping[CardField, str], *, worn: bool = False) -> None:
        """Put a card there; a ``worn`` one cannot be read."""
        self.text, self.worn = encode(values), worn
        self._notify()

    def take_away(self) -> None:
        """Take the card away."""
        self.text, self.worn = b"", False
        self._notify()

    def view(self) -> dict[str, Any]:
        """Whether a card lies there, and never whose."""
        return {"kind": "card_reader", "powered": self.powered, "card": bool(self.text)}

    def on_change(self, notify: Callable[[], None]) -> None:
        """Call ``notify`` when a card is put there or taken away."""
        self._notify = notify
