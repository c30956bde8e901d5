from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
import structlog
from aiohttp import ClientError

from kioskd.access.roles import Role
from kioskd.hall.commands import By
from kioskd.hall.events import NoticeSet
from kioskd.hub import feed
from kioskd.hub.public_events import Audience
from kioskd.journal.records import Position
from kioskd.web import sse
from kioskd.web.settings import WebSettings
from tests.web.conftest import Hall, Time, eventually, running
from tests.web.stream import following

BY = By(kind="system", id="test")


async def position(hall: Hall) -> str:
    return str((await hall.get("hall")).json["position"])


async def test_times_are_the_halls_own(hall: Hall) -> None:
    async with following(hall, after=await position(hall)) as stream:
        issued = await hall.ticket()
        told = (await stream.next()).data["at"]
        assert (told[:19], told[-6:]) == (issued["issued_at"][:19], "+08:00")


async def test_what_happens_is_told(hall: Hall) -> None:
    await hall.login()
    async with following(hall, after=await position(hall)) as stream:
        await hall.ticket()
        issued = await stream.next()
        assert issued.kind == issued.data["type"] == "ticket.issued"
        assert issued.data["v"] == 1
        assert (issued.data["number"], issued.data["queue"], issued.data["state"]) == (
            "A001",
            "general",
            "waiting",
        )
        assert "ticket" not in issued.data
        await hall.post("windows/1/call-next", {}, Role.TELLER)
        called = await stream.next()
        assert called.kind == "ticket.called"
        assert (called.data["window"], called.data["call"]) == ("1", 1)
        assert Position.parse(called.id) > Position.parse(issued.id)


async def test_the_position_of_the_hall_joins_state_and_events(hall: Hall) -> None:
    for n in range(1, 6):
        here = await position(hall)
        await hall.ticket()
        async with following(hall, after=here) as stream:
            assert (await stream.next()).data["number"] == f"A{n:03d}"


async def test_a_stream_resumes_without_loss(hall: Hall) -> None:
    last = await position(hall)
    seen: list[str] = []

    async def give() -> None:
        for _ in range(60):
            await hall.ticket()

    giving = asyncio.create_task(give())
    while len(seen) < 60:
        async with following(hall, **{"Last-Event-ID": last}) as stream:
            for _ in range(min(7, 60 - len(seen))):
                seen.append((await stream.next()).data["number"])
            last = stream.last_id
    await giving
    assert seen == [f"A{n:03d}" for n in range(1, 61)]


async def test_it_resumes_across_a_restart(tmp_path: Path, time: Time) -> None:
    async with running(tmp_path, time) as hall:
        async with following(hall) as stream:
            await hall.ticket()
            await stream.next()
            last = stream.last_id
        await hall.ticket()
    async with running(tmp_path, time) as hall, following(hall, **{"Last-Event-ID": last}) as stream:
        assert (await stream.until("ticket.issued")).data["number"] == "A002"
        assert (await stream.until("hub.started")).data["type"] == "hub.started"
        await hall.ticket()
        assert (await stream.until("ticket.issued")).data["number"] == "A003"


@pytest.mark.parametrize("last", ["99.1", "1.999999", "0.0", "0.5", "garbage", "4194303.1"])
async def test_a_position_that_is_none_is_reset(hall: Hall, last: str) -> None:
    async with following(hall, **{"Last-Event-ID": last}) as stream:
        reset = await stream.next()
        assert reset.kind == "reset"
        assert reset.id == reset.data["position"] == str(hall.desk.feed.head)
        await hall.ticket()
        assert (await stream.next()).kind == "ticket.issued"


async def test_too_far_behind_is_reset(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    start = await position(hall)
    for _ in range(12):
        await hall.ticket()
    monkeypatch.setattr(feed, "FAR_BEHIND", 10)
    hall.desk.feed.restart(hall.journal.durable)  # as after a start: nothing recent in memory
    async with following(hall, after=start) as stream:
        assert (await stream.next()).kind == "reset"


async def test_after_must_be_a_position(hall: Hall) -> None:
    assert (await hall.get("events?after=nonsense")).code == "position_invalid"
    assert (await hall.get("events?before=1.1")).code == "query_invalid"


async def test_each_role_sees_its_part(hall: Hall) -> None:
    await hall.login()
    start = await position(hall)
    issued = await hall.ticket(priority="elderly")
    await hall.post("windows/1/call-next", {}, Role.TELLER)
    await hall.post("windows/1/finish", {"rate": True}, Role.TELLER)
    await hall.post(f"tickets/{issued['id']}/rating", {"level": 1}, Role.KIOSK)
    await hall.post("notice", {"zh": "完", "en": "end"}, Role.LEAD)

    async def seen(role: Role) -> dict[str, dict[str, object]]:
        async with following(hall, role, after=start) as stream:
            await stream.until("notice.set")
            return {message.kind: message.data for message in stream.seen}

    public = await seen(Role.PUBLIC)
    assert "priority" not in public["ticket.issued"]
    assert not any(kind.startswith("rating.") for kind in public)
    assert "reason" not in public["ticket.called"]
    assert "teller" not in public["ticket.called"]
    kiosk = await seen(Role.KIOSK)
    assert kiosk["ticket.issued"]["ticket"] == issued["id"]
    assert kiosk["rating.opened"]["window"] == "1"
    assert "level" not in kiosk["rating.closed"]
    teller = await seen(Role.TELLER)
    assert teller["ticket.issued"]["priority"] == "elderly"
    assert teller["ticket.called"]["reason"] == "order.priority"
    assert teller["ticket.called"]["teller"] == "li"
    assert "rating.given" not in teller
    assert "rating.closed" in teller
    lead = await seen(Role.LEAD)
    assert lead["rating.given"]["level"] == 1


async def test_silence_is_filled_and_keeps_the_position(tmp_path: Path, time: Time) -> None:
    async with (
        running(tmp_path, time, settings=WebSettings(keep_alive_s=0.02)) as hall,
        following(hall) as stream,
    ):
        await hall.ticket()
        issued = (await stream.until("ticket.issued")).id
        # A change of services is nothing for the public, yet the position moves on.
        await hall.post("tickets/A001/services", {"services": ["pension"]}, Role.TELLER)
        reading = asyncio.create_task(stream.next())
        await eventually(lambda: stream.last_id == str(hall.desk.feed.head))
        assert stream.comments
        assert Position.parse(stream.last_id) > Position.parse(issued)
        await hall.ticket()
        assert (await reading).data["number"] == "A002"


async def test_a_server_holds_only_so_many_readers(tmp_path: Path, time: Time) -> None:
    async with running(tmp_path, time, settings=WebSettings(followers=2, keep_alive_s=0.02)) as hall:
        async with following(hall), following(hall):
            third = await hall.get("events")
            assert (third.status, third.code) == (503, "too_many_followers")
        await eventually(lambda: len(hall.site.followers) == 0)
        async with following(hall):
            pass


async def test_a_reader_that_reads_nothing_is_let_go_and_harms_nobody(tmp_path: Path, time: Time) -> None:
    async with running(tmp_path, time, settings=WebSettings(follower_s=0.2)) as hall:
        host, port = hall.url.removeprefix("http://").split(":")
        _, writer = await asyncio.open_connection(host, int(port), limit=1024)
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        writer.write(b"GET /api/v1/events HTTP/1.1\r\nHost: x\r\n\r\n")
        async with following(hall) as other:
            await eventually(lambda: len(hall.site.followers) == 2)
            flood(hall, 100)
            for n in range(100):
                assert (await other.next()).data["zh"].startswith(f"{n} ")
            await eventually(lambda: len(hall.site.followers) == 1)
            assert (await hall.ticket())["number"] == "A001"
        writer.transport.abort()


def flood(hall: Hall, count: int) -> None:
    """Publish long events that no real hall has, more than any socket's buffer takes."""
    head = hall.desk.feed.head
    long = "满" * 40_000
    hall.desk.feed.publish(
        [
            feed.Committed(Position(head.epoch, head.seq + 1 + n), 0, 0, NoticeSet(by=BY, zh=f"{n} {long}"))
            for n in range(count)
        ]
    )


async def test_two_hundred_readers(hall: Hall) -> None:
    async def read(n: int) -> list[str]:
        async with following(hall, Role.TELLER if n % 2 else Role.PUBLIC) as stream:
            ready.release()
            return [(await stream.next()).data["number"] for _ in range(10)]

    ready = asyncio.Semaphore(0)
    readers = [asyncio.create_task(read(n)) for n in range(200)]
    for _ in readers:
        await ready.acquire()
    numbers = [(await hall.ticket())["number"] for _ in range(10)]
    assert await asyncio.gather(*readers) == [numbers] * 200


async def test_stopping_ends_every_stream_at_once(hall: Hall) -> None:
    async with following(hall) as stream:
        await eventually(lambda: len(hall.site.followers) == 1)
        hall.site.followers.close()
        with pytest.raises((EOFError, ClientError)):
            await stream.next()
    await eventually(lambda: len(hall.site.followers) == 0)


async def test_what_cannot_be_told_to_some_ends_their_streams_alone(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    render = sse.render

    def fails_for_staff(committed: feed.Committed, audience: Audience, offset_min: int) -> bytes:
        if audience is Audience.STAFF:
            raise ValueError("not to be told")
        return render(committed, audience, offset_min)

    async with (
        following(hall) as public,
        following(hall, Role.TELLER) as teller,
        following(hall, Role.GUIDE) as guide,
    ):
        await eventually(lambda: len(hall.site.followers) == 3)
        monkeypatch.setattr(sse, "render", fails_for_staff)
        with structlog.testing.capture_logs() as logs:
            await hall.ticket()
            assert (await public.next()).data["number"] == "A001"
            for lost in (teller, guide):
                with pytest.raises((EOFError, ClientError, RuntimeError)):
                    await lost.next()
        (told,) = [line for line in logs if line["event"] == "web.event_untold"]
        assert (told["log_level"], told["audience"], told["exc_info"]) == ("error", "staff", True)
        with pytest.raises((EOFError, ClientError, RuntimeError)):  # the connection ends in mid-answer
            await teller.next()
        monkeypatch.undo()
        await hall.ticket()
        assert (await public.next()).data["number"] == "A002"


async def test_a_reader_of_http_1_0_gets_the_text_as_it_is(hall: Hall) -> None:
    host, port = hall.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"GET /api/v1/events HTTP/1.0\r\nHost: x\r\n\r\n")
    async with asyncio.timeout(30):
        head = await reader.readuntil(b"\r\n\r\n")
        assert b"chunked" not in head
        await eventually(lambda: len(hall.site.followers) == 1)
        await hall.ticket()
        told = await reader.readuntil(b'"}\n\n')
    assert told.startswith(b"retry: ")
    assert b"event: ticket.issued\ndata: {" in told
    writer.close()
    await writer.wait_closed()


async def test_readers_that_fell_behind_each_resume_where_they_were(tmp_path: Path, time: Time) -> None:
    """What is told to all at once is still told to each from its own place, once and in order."""
    async with running(tmp_path, time) as hall:
        places = [await position(hall)]
        for _ in range(30):
            await hall.ticket()
            places.append(await position(hall))

        async def read(n: int) -> list[str]:
            async with following(hall, after=places[n]) as stream:
                return [(await stream.next()).data["number"] for _ in range(40 - n)]

        readers = [asyncio.create_task(read(n)) for n in range(0, 31, 3)]
        for _ in range(10):
            await hall.ticket()
        numbers = [f"A{n:03d}" for n in range(1, 41)]
        assert await asyncio.gather(*readers) == [numbers[n:] for n in range(0, 31, 3)]
