"""The workers that the pages of a browser share, and taking the network away from pages and workers alike.

Playwright shows no shared worker, and its ``set_offline`` leaves them their network; the browser's own
protocol reaches them.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.async_api import CDPSession, Page

PATIENCE_S = 30.0
AFRESH = "dispatchEvent(new Event('online'))"
"""A line that is open goes on without a network; this makes it begin anew."""


class Worker:
    """One shared worker, for as long as the session with the browser is open."""

    def __init__(self, browser: CDPSession, session: str) -> None:
        self._browser = browser
        self._session = session
        self._ids = itertools.count(1)
        self._asked: dict[int, asyncio.Future[Any]] = {}
        browser.on("Target.receivedMessageFromTarget", self._told)

    def _told(self, told: dict[str, Any]) -> None:
        said = json.loads(told["message"])
        if told["sessionId"] == self._session and (asked := self._asked.pop(said.get("id"), None)):
            asked.set_result(said)

    async def post(self, method: str, **params: Any) -> asyncio.Future[Any]:
        """Say something to it; the future is what it answers."""
        number = next(self._ids)
        self._asked[number] = asyncio.get_running_loop().create_future()
        message = json.dumps({"id": number, "method": method, "params": params})
        await self._browser.send(
            "Target.sendMessageToTarget", {"sessionId": self._session, "message": message}
        )
        return self._asked[number]

    async def ask(self, method: str, **params: Any) -> Any:
        said = await asyncio.wait_for(await self.post(method, **params), PATIENCE_S)
        assert "error" not in said, said
        return said["result"]

    async def run(self, script: str) -> None:
        await self.ask("Runtime.evaluate", expression=script)

    async def die(self) -> None:
        """End as a worker does whose process has crashed: nobody is told."""
        await self.post("Runtime.evaluate", expression="self.close()")


@contextlib.asynccontextmanager
async def workers(page: Page) -> AsyncIterator[list[Worker]]:
    """The shared workers of a page's browser context that run at present."""
    browser = page.context.browser
    assert browser is not None
    own = await page.context.new_cdp_session(page)
    here = (await own.send("Target.getTargetInfo"))["targetInfo"]["browserContextId"]
    await own.detach()
    session = await browser.new_browser_cdp_session()
    found = []
    for target in (await session.send("Target.getTargets"))["targetInfos"]:
        if target["type"] == "shared_worker" and target["browserContextId"] == here:
            whom = {"targetId": target["targetId"], "flatten": False}
            attached = await session.send("Target.attachToTarget", whom)
            found.append(Worker(session, attached["sessionId"]))
    yield found
    await session.detach()


@contextlib.asynccontextmanager
async def offline(page: Page) -> AsyncIterator[None]:
    """Take the network from all pages of a page's browser context, and from their workers."""
    async with workers(page) as shared:

        async def cut(off: bool) -> None:
            for worker in shared:
                how = {"offline": off, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
                await worker.ask("Network.enable")
                await worker.ask("Network.emulateNetworkConditions", **how)
                await worker.run(AFRESH)
            await page.context.set_offline(off)

        await cut(True)
        yield
        await cut(False)
