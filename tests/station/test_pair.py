"""A code becomes a token that only this user can read."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web

from kioskd.station.link.credentials import TokenError, hub_tls, read_token
from kioskd.station.pair import PAIR_PATH, PairError, pair


@asynccontextmanager
async def hub(answer: web.Response | None = None) -> AsyncIterator[tuple[str, list[dict[str, str]]]]:
    asked: list[dict[str, str]] = []

    async def take(request: web.Request) -> web.Response:
        assert request.headers["Idempotency-Key"]
        asked.append(await request.json())
        return answer or web.json_response({"token": "kd_secret"}, status=201)

    app = web.Application()
    app.router.add_post(PAIR_PATH, take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/", asked
    finally:
        await runner.cleanup()


def listing(folder: Path) -> list[str]:
    return [entry.name for entry in folder.iterdir()]


async def test_pairing(tmp_path: Path) -> None:
    path = tmp_path / "station.token"
    async with hub() as (url, asked):
        await pair(url, "ABC-DEFGH", "pc-1", path)
    assert asked == [{"code": "ABC-DEFGH", "station": "pc-1"}]
    assert path.stat().st_mode & 0o777 == 0o600
    assert await read_token(path) == "kd_secret"
    assert listing(tmp_path) == ["station.token"]


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (web.json_response({"code": "pairing_wrong", "detail": "no"}, status=403), "pairing_wrong"),
        (web.Response(status=502, text="<html>"), "hub.answer"),
        (web.json_response([], status=500), "hub.answer"),
        (web.Response(status=200, text="{}"), "hub.answer"),
        (web.Response(status=307, headers={"Location": "http://127.0.0.1:1/"}), "hub.answer"),
    ],
)
async def test_a_refusal_changes_nothing(tmp_path: Path, answer: web.Response, code: str) -> None:
    path = tmp_path / "station.token"
    path.write_text("old")
    async with hub(answer) as (url, _):
        with pytest.raises(PairError) as caught:
            await pair(url, "ABC-DEFGH", "pc-1", path)
    assert caught.value.code == code
    assert path.read_text() == "old"


async def test_nobody_there(tmp_path: Path) -> None:
    async with hub() as (url, _):
        pass
    with pytest.raises(PairError) as caught:
        await pair(url, "ABC-DEFGH", "pc-1", tmp_path / "token")
    assert caught.value.code == "hub.absent"
    with pytest.raises(PairError) as caught:
        await pair("https://127.0.0.1:1", "ABC-DEFGH", "pc-1", tmp_path / "token", tmp_path / "no-such-ca")
    assert caught.value.code == "hub.certificate"


async def test_credentials_that_are_none(tmp_path: Path) -> None:
    for content in (b"", b"\xff\xff", b" \n"):
        (tmp_path / "token").write_bytes(content)
        with pytest.raises(TokenError):
            await read_token(tmp_path / "token")
    assert await hub_tls(None) is True
