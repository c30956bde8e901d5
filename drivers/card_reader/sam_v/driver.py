"""A reader of identity cards that speaks SAM_V."""

from __future__ import annotations

from drivers.card_reader.options import Options
from drivers.card_reader.polled import PolledCardReader, Refused
from drivers.card_reader.sam_v.codec import (
    DONE,
    FIND,
    FOUND,
    NO_CARD,
    READ,
    SELECT,
    Answer,
    answers,
    question,
)
from drivers.device import DeviceSink
from drivers.facts import fact
from drivers.status import DeviceState, DeviceStatus, ErrorAction
from drivers.transport.api import Line

_MODULE = {
    0x60: ("card_reader.self_test", ErrorAction.MAINTENANCE),
    0x66: ("card_reader.not_authorised", ErrorAction.MAINTENANCE),
}

__all__ = ["Options", "SamVReader", "build"]


class SamVReader(PolledCardReader[Answer]):
    """Finds, selects and reads, each time all three, as the protocol asks."""

    async def read_card(self) -> bytes | None:
        found = await self.ask(question(FIND))
        if found.state == NO_CARD:
            return None
        self._expect(found, FOUND)
        self._expect(await self.ask(question(SELECT)), DONE)
        read = await self.ask(question(READ))
        self._expect(read, DONE)
        size = int.from_bytes(read.data[:2], "big")
        return read.data[4 : 4 + size]

    def _expect(self, answer: Answer, state: int) -> None:
        if answer.state == state:
            return
        if answer.state in _MODULE:
            code, action = _MODULE[answer.state]
            said = fact("card_reader.module_state", state=f"{answer.state:02X}")
            raise Refused(
                DeviceStatus(state=DeviceState.HARDWARE_ERROR, code=code, action=action, facts=(said,))
            )
        raise Refused


def build(line: Line, unit: int, options: Options, sink: DeviceSink) -> SamVReader:
    """A reader, alone on its line."""
    return SamVReader(line, sink, answers(), options.fields, options.poll_ms / 1000, options.answer_ms / 1000)
