"""A reader of identity cards with ``02 … 03`` frames."""

from __future__ import annotations

from drivers.card_reader.options import Options
from drivers.card_reader.polled import PolledCardReader
from drivers.card_reader.stx.codec import DONE, READ, Answer, answers, frame
from drivers.device import DeviceSink
from drivers.transport.api import Line

__all__ = ["Options", "StxReader", "build"]


class StxReader(PolledCardReader[Answer]):
    """Reads in one question; any state but done means that no card can be read."""

    async def read_card(self) -> bytes | None:
        read = await self.ask(frame(READ))
        return read.text if read.state == DONE else None


def build(line: Line, unit: int, options: Options, sink: DeviceSink) -> StxReader:
    """A reader, alone on its line."""
    return StxReader(line, sink, answers(), options.fields, options.poll_ms / 1000, options.answer_ms / 1000)
