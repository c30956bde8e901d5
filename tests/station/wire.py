"""Small devices of every class: a line of text a message, over a real port.

host → device   hello U · show U JSON · print U TEXT · test U
device → host   hi U · shown U · printed U OUTCOME CODE · key U NAME · rated U LEVEL
                    state U STATE CODE · bad U · die U
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import msgspec

from drivers.call_pad.api import Key, KeyPressed
from drivers.device import DeviceSink, Reading, ShowDevice, Wanted
from drivers.errors import ConfigurationError, DeviceError, MaintenanceError, TransientError
from drivers.printer.api import Outcome, PrintResult, Slip, Text, TicketPrinter
from drivers.rating_pad.api import Rated
from drivers.registry import DeviceClass, Driver
from drivers.status import DeviceState, DeviceStatus
from drivers.transport.api import Line

DRIVERS = {
    f"{kind.value}.test": Driver(kind, "tests.station.wire", ("tcp", "serial")) for kind in DeviceClass
}


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``prints`` makes it a printer; ``crash`` lets `run` fail in a way no driver should; ``rows`` is a
    display's height.
    """

    prints: bool = False
    crash: bool = False
    rows: int = 1


class Talk:
    """The host's end of the line for one unit."""

    def __init__(self, line: Line, unit: int, sink: DeviceSink) -> None:
        self.line = line
        self.unit = str(unit)
        self.sink = sink
        self._buffer = b""
        self._answer: asyncio.Future[list[str]] | None = None
        self._failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def run(self) -> None:
        stop = self.line.listen(self._feed)
        lost = asyncio.ensure_future(self.line.wait_lost())
        hello = asyncio.ensure_future(self.ask("hello"))
        try:
            await asyncio.wait((hello, lost), return_when=asyncio.FIRST_COMPLETED)
            if hello.done():
                hello.result()
                self.sink.status(DeviceStatus(state=DeviceState.ONLINE))
            hello.cancel()
            await asyncio.wait((lost, self._failed), return_when=asyncio.FIRST_COMPLETED)
            for task in (lost, self._failed):
                if task.done():
                    task.result()
        finally:
            stop()
            lost.cancel()
            hello.cancel()
            self._failed.cancel()
            await asyncio.gather(lost, hello, return_exceptions=True)

    async def ask(self, what: str, text: str = "", newest: Callable[[], str] | None = None) -> list[str]:
        async with self.line.turn():
            data = f"{what} {self.unit} {newest() if newest else text}".rstrip().encode() + b"\n"
            self._answer = asyncio.get_running_loop().create_future()
            self.sink.traffic(">", data)
            await self.line.write(data)
            try:
                return await self._answer
            finally:
                self._answer = None

    def _feed(self, data: bytes) -> None:
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        for line in lines:
            word, unit, *rest = line.decode().split(" ", 3)
            if unit == self.unit:
                self._heard(word, rest)

    def _heard(self, word: str, rest: list[str]) -> None:
        match word:
            case "hi" | "shown" | "printed" if self._answer and not self._answer.done():
                self._answer.set_result(rest)
            case "bad" if self._answer and not self._answer.done():
                self._answer.set_exception(TransientError("test.refused", "the device said no"))
            case "key":
                self.sink.reading(KeyPressed(Key(rest[0])))
            case "rated":
                self.sink.reading(Rated(int(rest[0])))
            case "odd":
                self.sink.reading(Reading())
            case "state":
                self.sink.status(DeviceStatus(state=DeviceState(rest[0]), code=" ".join(rest[1:])))
            case "die":
                self._failed.set_exception(MaintenanceError("test.dead", "needs a hand"))


class TestShowDevice(ShowDevice[Any]):
    def __init__(self, talk: Talk, options: Options) -> None:
        self.talk = talk
        self.options = options

    async def run(self) -> None:
        if self.options.crash:
            raise ZeroDivisionError("a bug in a driver")
        await self.talk.run()

    async def show(self, wanted: Wanted[Any]) -> None:
        await self.talk.ask("show", newest=lambda: msgspec.json.encode(wanted.newest()).decode())

    async def test(self) -> None:
        await self.talk.ask("test")


class TestPrinter(TicketPrinter):
    def __init__(self, talk: Talk) -> None:
        self.talk = talk

    async def run(self) -> None:
        await self.talk.run()

    async def test(self) -> None:
        raise DeviceError("test.no_paper", "cannot be tested")

    async def print(self, slip: Slip) -> PrintResult:
        printing = asyncio.ensure_future(self.talk.ask("print", slip_text(slip)))
        lost = asyncio.ensure_future(self.talk.line.wait_lost())
        try:
            await asyncio.wait((printing, lost), return_when=asyncio.FIRST_COMPLETED)
            if not printing.done():
                return PrintResult(Outcome.UNKNOWN, "line.lost")
            outcome, *code = printing.result()
            return PrintResult(Outcome(outcome), " ".join(code))
        finally:
            printing.cancel()
            lost.cancel()
            await asyncio.gather(printing, lost, return_exceptions=True)


def slip(text: str) -> Slip:
    return Slip((Text(text),))


def slip_text(slip: Slip) -> str:
    return " ".join(element.text for element in slip.elements if isinstance(element, Text))


def build(line: Line, unit: int, options: Options, sink: DeviceSink) -> TestShowDevice | TestPrinter:
    if unit == 99:
        raise ConfigurationError("driver.options", "no such unit")
    talk = Talk(line, unit, sink)
    return TestPrinter(talk) if options.prints else TestShowDevice(talk, options)


class Far:
    """The device itself: a `drivers.simulator.Simulator` for one unit."""

    __test__ = False

    def __init__(self, unit: int = 0) -> None:
        self.unit = str(unit)
        self.connects = 0
        self.faces: list[Any] = []
        self.printed: list[str] = []
        self.tests = 0
        self.outcome = "done"
        self.silent = False
        self.refuses = False
        self.held: list[Callable[[], None]] | None = None
        """Set to a list, answers pile up there until called."""
        self._send: Callable[[bytes], None] | None = None
        self._buffer = b""

    def connect(self, send: Callable[[bytes], None]) -> None:
        self.connects += 1
        self._send = send
        self._buffer = b""

    def disconnect(self) -> None:
        self._send = None

    def receive(self, data: bytes) -> None:
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        for line in lines:
            word, unit, *rest = line.decode().split(" ", 2)
            if unit == self.unit:
                self._do(word, rest[0] if rest else "")

    def view(self) -> dict[str, Any]:
        return {"face": self.faces[-1] if self.faces else None}

    def on_change(self, notify: Callable[[], None]) -> None:
        pass

    @property
    def connected(self) -> bool:
        return self._send is not None

    def say(self, word: str, *rest: object) -> None:
        if self._send is not None and not self.silent:
            self._send((" ".join([word, self.unit, *map(str, rest)]) + "\n").encode())

    def release(self) -> None:
        """Answer what was held back, and go on answering."""
        held, self.held = self.held or [], None
        for answer in held:
            answer()

    def _do(self, word: str, text: str) -> None:
        match word:
            case "hello":
                self._answer("hi")
            case "show":
                self.faces.append(json.loads(text))
                self._answer("bad" if self.refuses else "shown")
            case "print":
                self.printed.append(text)
                self._answer("printed", self.outcome)
            case "test":
                self.tests += 1
                self._answer("shown")

    def _answer(self, word: str, *rest: object) -> None:
        if self.held is not None:
            self.held.append(lambda: self.say(word, *rest))
        else:
            self.say(word, *rest)
