"""A bad rating whose deadline has passed leaves the page: once a deadline and way out, whatever fails."""

from __future__ import annotations

import asyncio
import email
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest
import pytest_asyncio
from aiohttp import web
from sqlalchemy import insert, update

from kioskd.central import halls
from kioskd.central.database import Database, Running
from kioskd.central.office.overdue import CLAIM_MS, Overdue, load
from kioskd.central.office.poor import Facts
from kioskd.central.office.tables import POOR

NOON = int(datetime(2026, 11, 20, 4, 0, tzinfo=UTC).timestamp() * 1000)


def item(rating: str, due: str, state: str = "registered") -> dict[str, Any]:
    return {
        "hall": "h1", "rating": rating, "number": "A007", "date": "2026-10-30", "due": due, "window": "3",
        "level": 1, "teller": "t9", "service": "", "state": state, "version": 0, "handler": "", "outcome": "",
        "attempts": 0, "facts": msgspec.json.encode(Facts()), "moves": b"[]", "changed": 1, "asked": None,
    }  # fmt: skip


def put(*rows: dict[str, Any]) -> Running[None]:
    for row in rows:
        yield insert(POOR).values(**row)


class Far:
    """A program that takes webhooks, or does not."""

    def __init__(self) -> None:
        self.status = 200
        self.got: list[dict[str, Any]] = []
        self.port = 0

    async def take(self, request: web.Request) -> web.Response:
        self.got.append(await request.json())
        return web.Response(status=self.status)


@pytest_asyncio.fixture
async def far() -> AsyncIterator[Far]:
    far = Far()
    app = web.Application()
    app.router.add_post("/", far.take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    far.port = runner.addresses[0][1]
    yield far
    await runner.cleanup()


def webhook(folder: Path, port: int, more: str = "") -> None:
    (folder / "alerts.toml").write_text(
        f'[[alert_sink]]\nid = "city"\n{more}[alert_sink.webhook]\nurl = "http://127.0.0.1:{port}/"\n'
    )


async def test_what_is_overdue_is_told_once_and_again_only_after_a_new_deadline(
    database: Database, tmp_path: Path, far: Far
) -> None:
    await database.write(partial(halls.add, "h1", "城东大厅", 1))
    rows = (item("r1", "2026-11-19"), item("r2", "2026-11-20"), item("r3", "2026-11-01", "closed"))
    await database.write(partial(put, *rows))
    webhook(tmp_path, far.port)
    now = [NOON]
    overdue = Overdue(database, tmp_path, lambda: now[0])
    far.status = 503
    await overdue.look()
    assert len(far.got) == 1
    await overdue.look()
    assert len(far.got) == 1, "it is being tried already, here or in another process"
    now[0] += CLAIM_MS + 1
    far.status = 200
    await Overdue(database, tmp_path, lambda: now[0]).look()
    assert [each["id"] for each in far.got] == [far.got[0]["id"]] * 2, (
        "the same message, told apart by its id"
    )
    assert far.got[1]["title"] == "差评逾期未办结：1 件"
    assert far.got[1]["lines"] == [
        "城东大厅：2026-10-30 A007 号（3 号窗口）的差评应于 2026-11-19 前办结，现已逾期，请尽快处理。"
    ]
    assert "t9" not in msgspec.json.encode(far.got[1]).decode(), "who was rated stays in the register"
    now[0] += CLAIM_MS + 1
    await overdue.look()
    assert len(far.got) == 2

    def later() -> Running[None]:
        yield update(POOR).where(POOR.c.rating == "r1").values(due="2026-11-10")

    await database.write(later)
    await overdue.look()
    assert [len(each["notices"]) for each in far.got] == [1, 1, 1], "a new deadline that passed is told of"


async def test_in_quiet_hours_nothing_leaves(database: Database, tmp_path: Path, far: Far) -> None:
    await database.write(partial(halls.add, "h1", "城东大厅", 1))
    await database.write(partial(put, item("r1", "2026-11-19")))
    webhook(tmp_path, far.port, 'quiet_from = "11:00"\nquiet_until = "13:00"\nlanguage = "en"\n')
    now = [NOON]
    overdue = Overdue(database, tmp_path, lambda: now[0])
    await overdue.look()
    assert far.got == []
    now[0] += 3_600_000
    await overdue.look()
    assert far.got[0]["title"] == "Bad ratings overdue: 1"


async def test_by_mail(database: Database, tmp_path: Path) -> None:
    mails: list[str] = []

    async def mail_server(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 x\r\n")
        while line := await reader.readline():
            if line.upper().startswith(b"DATA"):
                writer.write(b"354 go\r\n")
                mails.append((await reader.readuntil(b"\r\n.\r\n")).decode())
            writer.write(b"250 x\r\n" if not line.upper().startswith(b"QUIT") else b"221 x\r\n")
            if line.upper().startswith(b"QUIT"):
                break
        writer.close()
        await writer.wait_closed()

    await database.write(partial(halls.add, "h1", "城东大厅", 1))
    await database.write(partial(put, item("r1", "2026-11-19")))
    server = await asyncio.start_server(mail_server, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        (tmp_path / "alerts.toml").write_text(
            f'[[alert_sink]]\nid = "m"\n[alert_sink.email]\nhost = "127.0.0.1"\nport = {port}\ntls = "none"\n'
            'sender = "q@city.example"\nto = ["lead@city.example"]\n'
        )
        await Overdue(database, tmp_path, lambda: NOON).look()
    (got,) = mails
    text = email.message_from_string(got.replace("\r\n.\r\n", "\r\n")).get_payload(decode=True)
    assert isinstance(text, bytes)
    assert "城东大厅" in text.decode()


@pytest.mark.parametrize("text", ["[[alert_sink]]\nid='a'\n", "[[alert_sink]]\nid='a'\nwrong=1\n", "x = "])
def test_what_is_wrong_with_the_file_is_said(tmp_path: Path, text: str) -> None:
    (tmp_path / "alerts.toml").write_text(text)
    with pytest.raises(ValueError):  # noqa: PT011 - of TOML, of msgspec or ours
        load(tmp_path)
