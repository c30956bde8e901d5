"""The city beside the demo hall: its wire is cut, the hall goes on, it is healed and nothing is missing."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp

from kioskd.demo.link import CityLink
from tests.demo.hall import DemoHall

PATIENCE_S = 60.0


async def network(response: aiohttp.ClientResponse, true: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """Read the page's stream until the network is as wanted; return its halls and the rest."""
    kind = ""
    async with asyncio.timeout(PATIENCE_S):
        async for raw in response.content:
            line = raw.decode().strip()
            if line.startswith("event: "):
                kind = line[7:]
            elif line.startswith("data: ") and kind in ("network", "bed"):
                data = json.loads(line[6:])
                seen = data if kind == "network" else data["network"]
                halls = {hall["id"]: hall for hall in seen.get("halls", ())}
                if halls and true(halls):
                    return {**seen, "halls": halls}
    raise AssertionError("the stream ended")


def well(halls: dict[str, Any]) -> bool:
    return len(halls) == 2 and all(hall["code"] == "going" and hall["behind"] == 0 for hall in halls.values())


async def test_a_cut_wire_lets_a_hall_fall_behind_and_a_healed_one_catch_up(tmp_path: Path) -> None:
    with DemoHall(tmp_path, "--city") as hall:
        limitless = aiohttp.ClientTimeout(total=None)
        async with aiohttp.ClientSession(hall.url, timeout=limitless) as session:

            async def cut(on: bool) -> None:
                wish = {"act": "cut", "hall": "hall-1", "on": on}
                async with session.post("/virtual/act", json=wish) as answer:
                    assert answer.status == 200

            async with session.get("/virtual/events") as stream:
                seen = await network(stream, well)
                assert seen["url"].endswith("/office")
                await cut(True)
                await network(stream, lambda halls: halls["hall-1"]["cut"])
                for _ in range(3):
                    status, _ = await hall.ask("guide", "POST", "/api/v1/tickets", {"queue": "general"})
                    assert status == 201
                away = await network(stream, lambda halls: (halls["hall-1"]["behind"] or 0) >= 3)
                assert away["halls"]["hall-2"]["code"] == "going"
                await cut(False)
                await network(stream, well)
            async with session.post("/virtual/act", json={"act": "cut", "hall": "x", "on": True}) as answer:
                assert answer.status == 409
            async with session.get(seen["url"], allow_redirects=False) as answer:
                assert (answer.status, answer.headers["Location"]) == (303, "/sign-in?next=/office")
            said = {"name": "office", "password": seen["password"]}
            async with session.post(seen["url"].replace("/office", "/api/v1/session"), json=said) as answer:
                assert (await answer.json())["state"] == "open"
    assert "Traceback" not in hall.errors
    assert "sync.stopped" not in hall.errors, "a wire that is cut for show is no news to who cut it"


async def test_a_wire_passes_bytes_until_it_is_cut() -> None:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(100):
            writer.write(data)
        writer.close()

    far = await asyncio.start_server(echo, "127.0.0.1", 0)
    link = CityLink()
    await link.open()
    link.lead_to(far.sockets[0].getsockname()[1])
    reader, writer = await asyncio.open_connection("127.0.0.1", link.port)
    writer.write(b"hello")
    assert await asyncio.wait_for(reader.readexactly(5), 30) == b"hello"
    link.set_cut(True)
    try:
        rest = await asyncio.wait_for(reader.read(), 30)
    except ConnectionResetError:
        rest = b""
    assert rest == b""
    writer.close()
    link.set_cut(False)
    reader, writer = await asyncio.open_connection("127.0.0.1", link.port)
    writer.write(b"again")
    assert await asyncio.wait_for(reader.readexactly(5), 30) == b"again"
    writer.close()
    await link.close()
    far.close()
