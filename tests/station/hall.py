"""A station with a hub in the same test."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

from drivers.caller_display.api import Page, Row, SignFace
from drivers.discovery import Found
from drivers.transport.address import format_address
from drivers.transport.simulated import PtyPort, TcpPort
from kioskd.station.clock import Clock
from kioskd.station.config import DeviceSettings, StationSettings
from kioskd.station.finder import AddressBook
from kioskd.station.link.api import Link
from kioskd.station.link.local import LocalLink
from kioskd.station.link.memory import HubMemory
from kioskd.station.messages import (
    Context,
    DeviceReport,
    Face,
    Hello,
    Input,
    JobReport,
    PrintJob,
    Revision,
    Show,
    Taken,
    ToHub,
    ToStation,
    Welcome,
)
from kioskd.station.station import Station
from tests.station.wire import slip

M = TypeVar("M")


class TinyHub:
    """A `kioskd.station.ports.HubPort` that remembers what it hears and says what the test wants."""

    def __init__(self, name: str = "hub-1") -> None:
        self.name = name
        self.welcomes = True
        self.takes = True
        self.hellos: list[Hello] = []
        self.heard: list[ToHub] = []
        self.attached = 0
        self.on_attach: list[ToStation] = []
        self.on_message: Callable[[ToHub], None] = lambda message: None
        self._deliver: Callable[[ToStation], None] = lambda message: None

    def attach(
        self, hello: Hello, deliver: Callable[[ToStation], None], *, near: bool = False
    ) -> TinySession:
        self.hellos.append(hello)
        self.attached += 1
        self._deliver = deliver
        if self.welcomes:
            deliver(Welcome(hub=self.name, protocol=1))
            for message in self.on_attach:
                deliver(message)
        return TinySession(self)

    def say(self, *messages: ToStation) -> None:
        for message in messages:
            self._deliver(message)

    def all(self, kind: type[M]) -> list[M]:
        return [message for message in self.heard if isinstance(message, kind)]

    def states(self, device: str) -> list[str]:
        return [m.status.state.value for m in self.all(DeviceReport) if m.device == device]

    def take(self, message: ToHub) -> None:
        self.heard.append(message)
        if isinstance(message, Input) and self.takes:
            self.say(Taken(id=message.id))
        self.on_message(message)


class TinySession:
    def __init__(self, hub: TinyHub) -> None:
        self._hub = hub
        self._open = True

    def receive(self, message: ToHub) -> None:
        assert self._open, "a message after the end of its connection"
        self._hub.take(message)

    def detach(self) -> None:
        self._open = False
        self._hub.attached -= 1


def device(kind: str, port: TcpPort | PtyPort | str, **more: Any) -> DeviceSettings:
    address = port if isinstance(port, str) else format_address(port.address)
    options = {"prints": True} if kind == "printer" else {}
    return DeviceSettings(
        **{
            "id": kind.replace("_", "-"),
            "driver": f"{kind}.test",
            "address": address,
            "options": options,
            **more,
        }
    )


def sign(text: str) -> SignFace:
    return SignFace((Page((Row((text,)),)),))


def seen(face: Any) -> str:
    """What a sign's face, as it crossed the wire, says."""
    pages = face.get("pages", [])
    return " / ".join(row["texts"][0] for page in pages for row in page["rows"])


def show(device: str, n: int, face: Face | str, **context: Any) -> Show:
    face = sign(face) if isinstance(face, str) else face
    return Show(device=device, revision=Revision(1, 1, n), face=face, context=Context(**context))


def job(name: str, device: str = "printer", expires_ms: int = 30_000) -> PrintJob:
    return PrintJob(job=name, device=device, slip=slip(name), expires_ms=expires_ms)


def reports(hub: TinyHub) -> list[tuple[str, str, str]]:
    """Every word on a job that the hub has heard: name, outcome, code."""
    return [(report.job, report.outcome, report.code) for report in hub.all(JobReport)]


def join(station: Station, hub: TinyHub) -> None:
    """Connect the station to a hub by hand, beside its own link."""
    loop = asyncio.get_running_loop()
    session = hub.attach(station.hello(), lambda message: loop.call_soon(station.receive, message) and None)
    station.joined(session.receive)


@asynccontextmanager
async def plugged(*ports: TcpPort | PtyPort) -> AsyncIterator[None]:
    for port in ports:
        await port.start()
    try:
        yield
    finally:
        for port in ports:
            await port.stop()


@asynccontextmanager
async def running(
    path: Path,
    clock: Clock,
    hub: TinyHub,
    *devices: DeviceSettings,
    link: Link | None = None,
    random: Callable[[], float] = lambda: 1.0,
    look: Callable[[], tuple[Found, ...]] = tuple,
    book: AddressBook | None = None,
    memory: HubMemory | None = None,
    **settings: Any,
) -> AsyncIterator[Station]:
    station = Station(
        StationSettings(id="pc-1", devices=devices, **settings),
        path / "station.db",
        clock=clock,
        random=random,
        look=look,
        book=book,
        memory=memory,
    )
    task = asyncio.create_task(station.run(link or LocalLink(hub)))
    try:
        yield station
        assert not task.done() or task.exception() is None
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
