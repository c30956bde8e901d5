"""People in the hall: citizens and a teller who go on, whatever is unplugged."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from kioskd.demo.client import HubClient

PATIENCE_S = 300.0
"""By the clock of an emulated PC, which runs ahead of its processor when others use the host."""
_LOOK_S = 0.1
_FRAMES, _LOGGED = 24, 40
"""Told of a device that did not come."""
_WAITING = 6
"""Citizens come until so many wait."""


class Hall:
    """The hub by its public API."""

    def __init__(self, client: HubClient) -> None:
        self._client = client
        self.issued = 0
        self.served = 0

    async def get(self, path: str, language: str = "zh", role: str = "lead") -> Any:
        answer = await self._client.get(role, f"/api/v1/{path}", language)
        assert answer.ok, answer
        return answer.body

    async def post(self, role: str, path: str, body: Any) -> Any:
        answer = await self._client.post(role, f"/api/v1/{path}", body)
        assert answer.ok, answer
        return answer.body

    async def issue(self, queue: str = "general") -> Any:
        """Take a ticket."""
        return await self.post("kiosk", "tickets", {"queue": queue})

    async def device(self, name: str, language: str = "zh") -> Any:
        """What people who look after a device see."""
        return next(view for view in await self.get("devices", language) if view["id"] == name)

    async def online(self, *names: str) -> bool:
        """Whether these are well."""
        views = {view["id"]: view["status"] for view in await self.get("devices")}
        return all(views[name]["state"] == "online" for name in names)

    async def until(self, true: Callable[[], Awaitable[bool]], what: str, device: str = "") -> None:
        """Look again and again until something is so; if it never is, say how ``device`` stands."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not await true():
                    await asyncio.sleep(_LOOK_S)
        except TimeoutError:
            why = await self._standing(device) if device else ""
            raise AssertionError(f"never came: {what}{why}") from None

    async def _standing(self, name: str) -> str:
        """A device as hub and station see it, with its last bytes and what was logged last."""
        view = await self.device(name)
        path = f"diagnostics/stations/{view['station']}?device={name}"
        seen = await self.get(path, role="technician")
        own = next(one for one in seen.pop("devices") if one["id"] == name)
        frames = [
            f"{frame['at']:.3f} {frame['direction']} {frame['data'][:90]} ({frame['length']})"
            for frame in own.pop("traffic", ())[-_FRAMES:]
        ]
        hub = await self.get("diagnostics", role="technician")
        lines = await self.get("logs", role="technician")
        logged = [f"{line['at']} {line['event']} {line['fields']}" for line in lines]
        parts = (view, own, seen, hub.get("prints"), *frames, *logged[-_LOGGED:])
        return "".join(f"\n  {part}" for part in parts)

    async def serve_whom_it_called(self, window: str) -> None:
        """Wait for a keypad's call, then serve that citizen."""

        async def called() -> bool:
            return bool((await self.get(f"windows/{window}"))["state"] == "called")

        await self.until(called, f"a call at {window}")
        for step in ("start", "finish"):
            await self.post("teller", f"windows/{window}/{step}", {})

    async def serve_and_ask(self, window: str) -> str:
        """Serve somebody and ask for a rating; returns the number."""
        called = await self.post("teller", f"windows/{window}/call-next", {"after": None})
        for step in ("start", "evaluate"):
            await self.post("teller", f"windows/{window}/{step}", {})
        number: str = called["ticket"]["number"]
        return number

    async def goes_on(self) -> None:
        """Wait until tickets were issued and citizens served, from now on."""
        issued, served = self.issued, self.served

        async def went_on() -> bool:
            return self.issued >= issued + 3 and self.served >= served + 3

        await self.until(went_on, "three tickets and three citizens served")

    async def work(self) -> None:
        """Citizens come, and window 3 serves them, on its page."""
        while True:
            waiting = (await self.get("windows/3"))["waiting"]
            if waiting < _WAITING:
                await self.issue()
                self.issued += 1
            if waiting > _WAITING // 2:
                for step in ("call-next", "start", "finish"):
                    await self.post(
                        "teller", f"windows/3/{step}", {"after": None} if step == "call-next" else {}
                    )
                self.served += 1


@asynccontextmanager
async def at_work(url: str, tokens: dict[str, str]) -> AsyncIterator[Hall]:
    """A hall with people in it."""
    async with HubClient(url, tokens) as client:
        hall = Hall(client)
        work = asyncio.create_task(hall.work())
        try:
            yield hall
            if work.done():
                work.result()
        finally:
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)
