"""Simulated citizens and tellers run the hall through what real ones have."""

from __future__ import annotations

from pathlib import Path

import aiohttp

from tests.demo.hall import DemoHall


async def test_a_fast_hall_fills_by_itself_and_flows(tmp_path: Path) -> None:
    with DemoHall(tmp_path, "--headless", "--speed", "120", "--seed", "5") as hall:
        day = await hall.until(
            "/api/v1/figures/day",
            lambda day: day["total"]["served"] >= 12 and any(day["total"]["ratings"]["levels"].values()),
            60,
        )
        assert day["total"]["tickets"] >= day["total"]["served"]
        assert day["total"]["short"] == 0, "nobody is served faster than people are"
        _, state = await hall.ask("lead", "GET", "/api/v1/hall")
        assert "08:30" < state["at"][11:16] < "12:00", "the day began before opening and runs at its speed"
        _, devices = await hall.ask("technician", "GET", "/api/v1/devices")
        assert all(one["status"]["state"] == "online" for one in devices), "wires keep their own time"
        assert hall.end() == 0
        assert "Traceback" not in hall.errors


async def test_nobody_comes_in_real_time_until_asked(tmp_path: Path) -> None:
    with DemoHall(tmp_path) as hall:
        async with aiohttp.ClientSession(hall.url) as session:
            _, day = await hall.ask("lead", "GET", "/api/v1/figures/day")
            assert day["total"]["tickets"] == 0
            async with session.post("/virtual/act", json={"act": "people", "on": True}) as response:
                assert await response.json() == {"possible": True, "running": True}
            async with session.post("/virtual/act", json={"act": "take", "queue": "card"}) as response:
                number = (await response.json())["number"]
            # A visitor's own number is called by the tellers like any other.
            await hall.until(
                "/api/v1/hall",
                lambda state: any(window.get("number") == number for window in state["windows"]),
            )
            async with session.post("/virtual/act", json={"act": "people", "on": False}) as response:
                assert (await response.json())["running"] is False
