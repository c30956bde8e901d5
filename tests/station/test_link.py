"""Station and hub on two PCs: a real WebSocket server, cut, refused, silent and back again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import msgspec
import pytest
import structlog

from drivers.call_pad.api import KeyPressed
from drivers.rating_pad.api import Rated
from drivers.registry import DeviceClass
from drivers.transport.simulated import TcpPort
from kioskd.station.config import HubLostSettings
from kioskd.station.link.server import STATION_PATH
from kioskd.station.link.websocket import WebSocketLink
from kioskd.station.messages import (
    AskJobs,
    DeviceInfo,
    Hello,
    Input,
    JobReport,
    Rejected,
    Shown,
    ToHub,
    ToStation,
    Welcome,
)
from tests.station.hall import TinyHub, device, job, plugged, running, seen, show
from tests.station.server import Server, served
from tests.station.timing import FakeClock, until
from tests.station.wire import Far


@pytest.fixture
def token(tmp_path: Path) -> Path:
    path = tmp_path / "token"
    path.write_text("good\n")
    return path


def write(path: Path, content: str | None) -> None:
    """Change a file as somebody else would."""
    if content is None:
        path.unlink()
    else:
        path.write_text(content)


def wide(server: Server, token: Path, clock: FakeClock, **more: float) -> WebSocketLink:
    return WebSocketLink(server.url, token, clock=clock, random=lambda: 1.0, **more)


async def test_everything_crosses(tmp_path: Path, clock: FakeClock, hub: TinyHub, token: Path) -> None:
    sign, keys, pad, printer = Far(1), Far(2), Far(3), Far()
    bus, cable = TcpPort("127.0.0.1", 0, [sign, keys, pad]), TcpPort("127.0.0.1", 0, [printer])
    async with (
        plugged(bus, cable),
        served(hub) as server,
        running(
            tmp_path,
            clock,
            hub,
            device("caller_display", bus, id="sign", unit=1, window="3", options={"rows": 2}),
            device("call_pad", bus, id="keys", unit=2),
            device("rating_pad", bus, id="pad", unit=3),
            device("printer", cable),
            link=wide(server, token, clock),
        ) as station,
    ):
        await until(lambda: hub.states("sign")[-1:] == ["online"] == hub.states("printer")[-1:])
        hello = hub.hellos[0]
        assert (hello.station, hello.protocol, hello.boot) == ("pc-1", 1, "boot-1")
        info = hello.devices[0]
        assert (info.id, info.window, info.rows) == ("sign", "3", 2)
        hub.say(show("sign", 1, "请A001号到3号窗口", ticket="t_1"))
        hub.say(job("1.1.0"), AskJobs(jobs=("1.0.0",)))
        await until(lambda: hub.all(Shown) and len(hub.all(JobReport)) == 2)
        assert seen(sign.faces[-1]) == "请A001号到3号窗口"
        keys.say("key", "call")
        pad.say("rated", 4)
        await until(lambda: len(hub.all(Input)) == 2)
        assert {type(message.reading) for message in hub.all(Input)} == {KeyPressed, Rated}
        await until(lambda: station.view().inputs == 0)
        assert station.view().link.connected


async def test_a_cut_connection_comes_back_with_everything(
    tmp_path: Path, clock: FakeClock, hub: TinyHub, token: Path
) -> None:
    keys, sign = Far(1), Far(2)
    bus = TcpPort("127.0.0.1", 0, [keys, sign])
    async with (
        plugged(bus),
        served(hub) as server,
        running(
            tmp_path,
            clock,
            hub,
            device("rating_pad", bus, id="pad", unit=1),
            device("caller_display", bus, id="sign", unit=2),
            link=wide(server, token, clock),
        ) as station,
    ):
        await until(lambda: hub.states("pad")[-1:] == ["online"])
        hub.takes = False
        keys.say("rated", 5)
        await until(lambda: hub.all(Input))
        await server.stop()
        await until(lambda: not station.view().link.connected)
        assert hub.attached == 0
        keys.say("rated", 1)
        await until(lambda: station.view().inputs == 2)

        hub.takes = True
        hub.on_attach = [show("sign", 9, "A009")]
        await server.start()
        await until(lambda: clock.pending)
        await clock.advance(0.8)
        await until(lambda: station.view().inputs == 0)
        await until(lambda: [seen(face) for face in sign.faces] == ["A009"])
        first, *again = hub.all(Input)
        assert [message.reading for message in again] == [Rated(5), Rated(1)]
        assert again[0].id == first.id


async def test_a_wrong_token_is_tried_slowly_until_there_is_a_right_one(
    tmp_path: Path, clock: FakeClock, hub: TinyHub, token: Path, logs: list[structlog.typing.EventDict]
) -> None:
    write(token, "bad")
    async with served(hub) as server:
        link = wide(server, token, clock)
        patient = HubLostSettings(hold_truth_s=1e6)
        async with running(tmp_path, clock, hub, link=link, hub_lost=patient) as station:
            await until(lambda: station.view().link.code == "link.denied")
            while clock.now < 1300:
                await until(lambda: len(clock.pending) == 2)
                await clock.advance(clock.pending[0])
            assert 5 < server.denied < 15
            write(token, None)
            link.hurry()
            await until(lambda: station.view().link.code == "link.unpaired")
            write(token, "")
            link.hurry()
            await until(lambda: "empty" in station.view().link.detail)
            write(token, "good")
            link.hurry()
            await until(lambda: station.view().link.connected)
            assert not hub.all(JobReport)
    assert [entry["code"] for entry in logs if entry["event"] == "hub.lost"] == [
        "link.denied",
        "link.unpaired",
    ]


async def test_nobody_there(tmp_path: Path, clock: FakeClock, hub: TinyHub, token: Path) -> None:
    async with served(hub) as server:
        pass
    async with running(tmp_path, clock, hub, link=wide(server, token, clock)) as station:
        await until(lambda: station.view().link.code == "link.absent")
        await server.start()
        await until(lambda: clock.pending)
        await clock.advance(1)
        await until(lambda: station.view().link.connected)
        await server.stop()


async def test_a_hub_that_rejects(tmp_path: Path, clock: FakeClock, hub: TinyHub, token: Path) -> None:
    async with served(hub) as server:
        server.station = "pc-2"
        async with running(tmp_path, clock, hub, link=wide(server, token, clock)) as station:
            await until(lambda: station.view().link.code == "station.mismatch")
            assert not hub.hellos


class GoingAway:
    """A station that is ended the moment it hears why it has no hub."""

    def hello(self) -> Hello:
        return Hello(
            protocol=1,
            station="pc-1",
            incarnation="i",
            boot="b",
            version="0",
            date="2026-11-23",
            devices=(),
        )

    def joined(self, send: Callable[[ToHub], None]) -> None: ...

    def receive(self, message: ToStation) -> None: ...

    def parted(self, code: str, detail: str = "") -> None:
        task = asyncio.current_task()
        if code == "station.mismatch" and task is not None:
            task.cancel()


async def test_a_station_that_is_ended_while_it_parts_closes_its_line(
    clock: FakeClock, hub: TinyHub, token: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = []
    close = aiohttp.ClientWebSocketResponse.close

    async def closing(ws: aiohttp.ClientWebSocketResponse) -> bool:
        closed.append(await close(ws))
        return closed[-1]

    monkeypatch.setattr(aiohttp.ClientWebSocketResponse, "close", closing)
    async with served(hub) as server:
        server.station = "pc-2"
        with pytest.raises(asyncio.CancelledError):
            await asyncio.create_task(wide(server, token, clock).run(GoingAway()))
        assert closed == [True]


async def test_a_hub_that_vanished_is_noticed(
    tmp_path: Path, clock: FakeClock, hub: TinyHub, token: Path
) -> None:
    """A peer that takes bytes and says nothing, as after a pulled cable."""
    mute = asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        upstream_reader, upstream_writer = await asyncio.open_connection("127.0.0.1", server.port)

        async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
            while data := await source.read(65536):
                if not mute.is_set():
                    sink.write(data)

        pumps = [
            asyncio.create_task(pump(reader, upstream_writer)),
            asyncio.create_task(pump(upstream_reader, writer)),
        ]
        await asyncio.gather(*pumps, return_exceptions=True)
        for stream in (writer, upstream_writer):
            stream.close()

    async with served(hub) as server:
        server.heartbeat = 0.1
        proxy = await asyncio.start_server(talk, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{proxy.sockets[0].getsockname()[1]}"
        link = WebSocketLink(url, token, clock=clock, random=lambda: 1.0, heartbeat=0.1)
        try:
            async with running(tmp_path, clock, hub, link=link) as station:
                await until(lambda: station.view().link.connected)
                mute.set()
                await until(lambda: not station.view().link.connected)
                await until(lambda: hub.attached == 0)
        finally:
            proxy.close()
            await proxy.wait_closed()


async def test_a_hub_without_a_word(
    tmp_path: Path, clock: FakeClock, hub: TinyHub, token: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.welcomes = False
    monkeypatch.setattr("kioskd.station.link.websocket.ANSWER_S", 0.05)
    async with (
        served(hub) as server,
        running(tmp_path, clock, hub, link=wide(server, token, clock)) as station,
    ):
        await until(lambda: station.view().link.code == "link.silent")
        await until(lambda: hub.attached == 0)


@asynccontextmanager
async def raw(server: Server) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(server.url + STATION_PATH, headers={"Authorization": "Bearer good"}) as ws,
    ):
        yield ws


HELLO = Hello(
    protocol=1, station="pc-1", incarnation="i", boot="b", version="1", date="2026-01-01", devices=()
)


def text(message: object) -> str:
    return msgspec.json.encode(message).decode()


def announcing(*devices: str) -> str:
    infos = tuple(DeviceInfo(device, DeviceClass.PRINTER) for device in devices)
    return text(msgspec.structs.replace(HELLO, devices=infos))


async def test_as_many_devices_as_a_pc_can_have_are_welcome(hub: TinyHub) -> None:
    async with served(hub) as server, raw(server) as ws:
        await ws.send_str(announcing("x" * 64, *(f"p-{n}" for n in range(200))))
        await until(lambda: len(hub.hellos) == 1)


@pytest.mark.parametrize(
    ("first", "code"),
    [
        (text(msgspec.structs.replace(HELLO, protocol=2)), "protocol.unsupported"),
        (text(msgspec.structs.replace(HELLO, protocol=-1)), "protocol.unsupported"),
        (text(msgspec.structs.replace(HELLO, station="pc-9")), "station.mismatch"),
        ("{", "hello.missing"),
        (announcing(""), "hello.missing"),
        (announcing("x" * 65), "hello.missing"),
        (announcing("p-1", "p-2", "p-1"), "hello.missing"),
        (announcing(*(f"p-{n}" for n in range(5000))), "hello.missing"),
        (
            text(Shown(device="d", revision=show("d", 1, "").revision, context=show("d", 1, "").context)),
            "hello.missing",
        ),
        (None, "hello.missing"),
    ],
)
async def test_who_is_no_station_is_told_and_closed(hub: TinyHub, first: str | None, code: str) -> None:
    async with served(hub) as server, raw(server) as ws:
        if first is not None:
            await ws.send_str(first)
        answer = msgspec.json.decode(await ws.receive_str(timeout=5), type=ToStation)
        assert answer == Rejected(code=code)
        assert (await ws.receive(timeout=5)).type is aiohttp.WSMsgType.CLOSE
        assert not hub.hellos


async def test_the_protocol_before_is_spoken_too(hub: TinyHub) -> None:
    async with served(hub) as server, raw(server) as ws:
        await ws.send_str(text(msgspec.structs.replace(HELLO, protocol=0)))
        answer = msgspec.json.decode(await ws.receive_str(timeout=5), type=ToStation)
        assert isinstance(answer, Welcome)


async def test_a_station_one_release_ahead_works_with_its_hub(
    tmp_path: Path, clock: FakeClock, hub: TinyHub, token: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = Far(1)
    bus = TcpPort("127.0.0.1", 0, [keys])
    monkeypatch.setattr("kioskd.station.station.PROTOCOL", 2)
    async with (
        plugged(bus),
        served(hub) as server,
        running(
            tmp_path,
            clock,
            hub,
            device("rating_pad", bus, id="pad", unit=1),
            link=wide(server, token, clock),
        ) as station,
    ):
        async with asyncio.timeout(30):
            while not station.view().link.connected:
                await clock.advance(0.2)
        assert [hello.protocol for hello in hub.hellos] == [1]
        keys.say("rated", 4)
        await until(lambda: len(hub.all(Input)) == 1)


async def test_nonsense_harms_only_itself(hub: TinyHub, logs: list[structlog.typing.EventDict]) -> None:
    def stumble(message: object) -> None:
        if message == JobReport(job="1", outcome="done"):
            raise RuntimeError("a bug in the hub")

    hub.on_message = stumble
    async with served(hub) as server, raw(server) as ws:
        await ws.send_str(text(HELLO))
        for nonsense in ("", "{}", '{"type":"Sing"}', '{"type":"Input","id":1}', "\x00" * 100, "[" * 10_000):
            await ws.send_str(nonsense)
        await ws.send_bytes(b"\xff\xfe")
        await ws.send_str(text(JobReport(job="1", outcome="done")))
        await ws.send_str(text(JobReport(job="2", outcome="done")))
        await until(lambda: len(hub.heard) == 2)
    await until(lambda: hub.attached == 0)
    told = [entry["event"] for entry in logs]
    assert sorted(told) == ["link.message_failed", "link.unreadable"]


async def test_nonsense_from_the_hub_harms_only_itself(
    tmp_path: Path, clock: FakeClock, hub: TinyHub, token: Path
) -> None:
    async with served(hub) as server, running(tmp_path, clock, hub, link=wide(server, token, clock)):
        await until(lambda: hub.attached)
        (ws,) = server.sockets
        for nonsense in ("", "{}", '{"type":"Dance"}', '{"type":"Show","device":1}', "[" * 10_000):
            await ws.send_str(nonsense)
        hub.say(show("nobody", 1, "x"), AskJobs(jobs=("1.1.0",)))
        await until(lambda: [report.outcome for report in hub.all(JobReport)] == ["unseen"])
        assert len(hub.hellos) == 1


async def test_a_station_that_does_not_read_is_let_go(
    hub: TinyHub, monkeypatch: pytest.MonkeyPatch, logs: list[structlog.typing.EventDict]
) -> None:
    monkeypatch.setattr("kioskd.station.link.outbox.MOST", 10)
    async with served(hub) as server, raw(server) as ws:
        await ws.send_str(text(HELLO))
        await until(lambda: hub.attached)
        hub.say(*(job(f"1.{n}.0") for n in range(20)))
        await until(lambda: hub.attached == 0)
    assert "link.send_failed" in [entry["event"] for entry in logs]
