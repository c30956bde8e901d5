"""Alerts of a real hub reach real far ends, whatever those do; the hub never waits for them."""

from __future__ import annotations

import asyncio
import contextlib
import email
import email.policy
import hashlib
import hmac
import json
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from kioskd.access.roles import Role
from kioskd.alerts_out.settings import AlertSink, Email, Webhook
from kioskd.alerts_out.sink import FOLDER, Sink
from kioskd.app import run_hub
from kioskd.hall.commands import Tick
from kioskd.hall.events import AlertRaised
from kioskd.hub.desk import SYSTEM
from kioskd.hub.feed import Committed
from kioskd.journal.records import Position
from kioskd.settings import load
from kioskd.web.alert_words import AlertWords
from kioskd.web.language import Language
from tests.alerts_out.ends import Hook, Mail
from tests.settings.small import HALL, write
from tests.web.conftest import Hall, Time, eventually, running

PATIENCE_S = 30


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
async def hall(tmp_path: Path, time: Time) -> AsyncIterator[Hall]:
    async with running(tmp_path, time) as hall:
        yield hall


@contextlib.asynccontextmanager
async def sending(hall: Hall, data: Path, language: str = "zh-CN", **fields: Any) -> AsyncIterator[Sink]:
    settings = AlertSink(id="duty", language=language, **{"gather_s": 0.02, "per_hour": 600, **fields})  # type: ignore[arg-type]
    sink = Sink(settings, hall.desk, data, AlertWords(Language(language)), random=lambda: 0.0)
    task = asyncio.create_task(sink.run())
    try:
        yield sink
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def pause(hall: Hall, window: str = "1") -> None:
    """A window is paused for long, which is an alert at once."""
    answer = await hall.post(f"windows/{window}/pause", {"minutes": 20}, Role.LEAD)
    assert answer.status == 200
    await hall.desk.submit(Tick(by=SYSTEM))


async def resume(hall: Hall, window: str = "1") -> None:
    await hall.post(f"windows/{window}/resume", {}, Role.LEAD)
    await hall.desk.submit(Tick(by=SYSTEM))


async def next_of(end: Hook | Mail) -> Any:
    return await asyncio.wait_for(end.got.get(), PATIENCE_S)


async def posted(hook: Hook) -> Any:
    return json.loads((await next_of(hook))[0])


async def kept(data: Path) -> None:
    """Wait until it is written down what has gone."""
    await eventually((data / FOLDER / "duty.position").exists)


async def test_a_webhook_is_signed_and_says_what_the_page_says(hall: Hall, tmp_path: Path) -> None:
    (tmp_path / "hook.secret").write_text("s3cret\n")
    async with Hook().open() as hook:
        way = Webhook(url=hook.url, secret_file="hook.secret")
        async with sending(hall, tmp_path, webhook=way):
            await pause(hall)
            body, headers, _ = await next_of(hook)
    said = json.loads(body)
    assert said["title"] == "测试大厅：1 条提醒"
    assert said["lines"] == ["1 号窗口暂停时间较长，预计 20 分钟。"]
    (one,) = said["notices"]
    assert (one["about"], one["subject"], one["tier"]) == ("pause", "1", 1)
    stamp, _, given = headers["X-Kioskd-Signature"].partition(",v1=")
    at = stamp.removeprefix("t=")
    wanted = hmac.new(b"s3cret", at.encode() + b"." + body, hashlib.sha256).hexdigest()
    assert hmac.compare_digest(given, wanted)
    assert headers["X-Kioskd-Message"] == said["id"]


async def test_a_far_end_in_trouble_is_tried_again_with_the_same_message(hall: Hall, tmp_path: Path) -> None:
    hook = Hook()
    hook.answers = [503, 429]
    async with hook.open(), sending(hall, tmp_path, webhook=Webhook(url=hook.url)):
        await pause(hall)
        tries = [await next_of(hook) for _ in range(3)]
    assert [status for _, _, status in tries] == [503, 429, 204]
    assert len({headers["X-Kioskd-Message"] for _, headers, _ in tries}) == 1


async def test_a_far_end_that_is_not_there_yet_gets_it_when_it_is(hall: Hall, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    async with sending(hall, tmp_path, webhook=Webhook(url=f"http://127.0.0.1:{port}/alerts")):
        await pause(hall)
        async with Hook().open(port) as hook:
            assert len((await posted(hook))["notices"]) == 1


async def test_a_refusal_for_good_is_given_up_and_the_next_goes(hall: Hall, tmp_path: Path) -> None:
    hook = Hook()
    hook.answers = [400]
    async with hook.open(), sending(hall, tmp_path, webhook=Webhook(url=hook.url)):
        await pause(hall, "1")
        assert (await next_of(hook))[2] == 400
        await pause(hall, "2")
        assert [one["subject"] for one in (await posted(hook))["notices"]] == ["2"]


async def test_only_what_is_asked_for_goes(hall: Hall, time: Time, tmp_path: Path) -> None:
    async with (
        Hook().open() as hook,
        sending(hall, tmp_path, webhook=Webhook(url=hook.url), about=("bad_rating",), language="en"),
    ):
        await pause(hall)
        await hall.login()
        ticket = await hall.ticket()
        await hall.post("windows/1/resume", {}, Role.LEAD)
        await hall.post("windows/1/call-next", {}, Role.LEAD)
        await hall.post("windows/1/start", {}, Role.LEAD)
        await hall.post("windows/1/evaluate", {}, Role.LEAD)
        rated = await hall.post(f"tickets/{ticket['id']}/rating", {"level": 1}, Role.INTEGRATOR)
        assert rated.status == 204, rated.raw
        time.ms += 10_000  # the citizen may change it no more
        await hall.desk.submit(Tick(by=SYSTEM))
        said = await posted(hook)
    assert said["lines"] == ["A001 at window 1 got a bad rating (very dissatisfied)."]


async def test_the_hub_never_waits_for_a_far_end(hall: Hall, tmp_path: Path) -> None:
    hook = Hook()
    hook.answers = [None]
    async with hook.open(), sending(hall, tmp_path, webhook=Webhook(url=hook.url)):
        await pause(hall, "1")
        await next_of(hook)
        for window in ("2", "3"):
            await asyncio.wait_for(pause(hall, window), 10)
        assert (await hall.get("alerts", Role.LEAD)).status == 200


async def test_what_was_not_sent_goes_after_a_restart_and_nothing_twice(hall: Hall, tmp_path: Path) -> None:
    async with Hook().open() as hook:
        way = Webhook(url=hook.url)
        async with sending(hall, tmp_path, webhook=way):
            await pause(hall, "1")
            await posted(hook)
            await kept(tmp_path)
        await pause(hall, "2")
        await pause(hall, "3")
        await resume(hall, "3")
        async with sending(hall, tmp_path, webhook=way):
            assert [one["subject"] for one in (await posted(hook))["notices"]] == ["2"]
        assert hook.got.empty()


async def test_a_mail_reaches_everybody(hall: Hall, tmp_path: Path) -> None:
    mail = Mail()
    mail.answers = ["451 later", "250 taken"]
    async with mail.open():
        way = Email(
            host="127.0.0.1", port=mail.port, tls="none", sender="hall@example.cn", to=("a@x.cn", "b@x.cn")
        )
        async with sending(hall, tmp_path, email=way):
            await pause(hall)
            sender, to, data = await next_of(mail)
    assert "hall@example.cn" in sender
    assert to == ["a@x.cn", "b@x.cn"]
    read = email.message_from_bytes(data, policy=email.policy.default)
    assert read["Subject"] == "测试大厅：1 条提醒"
    assert read["Auto-Submitted"] == "auto-generated"
    assert "1 号窗口暂停时间较长，预计 20 分钟。" in read.get_content()


async def test_a_mail_that_must_be_encrypted_never_goes_in_the_clear(hall: Hall, tmp_path: Path) -> None:
    async with Mail().open() as mail:
        way = Email(host="127.0.0.1", port=mail.port, sender="hall@example.cn", to=("a@x.cn",))
        async with sending(hall, tmp_path, email=way):
            await pause(hall)
            await eventually(lambda: sum(line.upper().startswith("EHLO") for line in mail.said) >= 2)
        assert not any(line.upper().startswith(("MAIL", "DATA", "AUTH")) for line in mail.said)
        assert mail.got.empty()


async def test_a_hub_sends_where_its_settings_say(tmp_path: Path) -> None:
    """From the file to the far end: what `kioskd run` puts together."""
    async with Hook().open() as hook:
        sink = '\n[[alert_sink]]\nid = "duty"\nabout = ["waiting"]\ngather_s = 0\n'
        table = f'{sink}[alert_sink.webhook]\nurl = "{hook.url}"\n'
        settings = load(write(tmp_path, hall_toml=HALL + table))
        station = replace(settings.station, devices=())
        async with run_hub(replace(settings, station=station), tmp_path / "data", port=0) as hub:
            raised = AlertRaised(
                by=SYSTEM,
                alert="waiting",
                about="waiting",
                subject="",
                params={"waiting": 51},
            )
            hub.desk.feed.publish(
                [Committed(Position(hub.journal.durable.epoch, 1 << 20), 0, hub.desk.now().wall, raised)]
            )
            said = await posted(hook)
    assert said["lines"] == ["大厅有 51 人等候。"]
    assert said["hall"] == "small"
