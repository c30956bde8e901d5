"""A hub and a standby as processes of their own, on one machine."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import ssl
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from benchmarks.hubs import bare_hall
from kioskd.access.accounts import Accounts
from kioskd.access.authority import Authority
from kioskd.access.pairing import Pairing
from kioskd.access.passwords import Passwords
from kioskd.access.pin import set_pin
from kioskd.access.roles import Role
from kioskd.access.tokens import FILE_NAME, TokenStore
from kioskd.hall.commands import By
from kioskd.journal.records import Position
from kioskd.standby.control import Ask, Reply, tell

ROOT = Path(__file__).parents[2]
PIN = "482915"
PASSWORD = "Spring-Rain-7"
PEOPLE = {Role.LEAD: "王主任", Role.TECHNICIAN: "陈技术", Role.TELLER: "李柜员"}
BY = By("system", "tests", "system", "tests")
START_S = 60.0


class Process:
    """A ``kioskd`` command that says a line when it is ready."""

    def __init__(self, *arguments: str | Path) -> None:
        self.arguments = [str(argument) for argument in arguments]
        self.process: asyncio.subprocess.Process | None = None
        self.said: list[str] = []
        self.log = Path("/dev/null")

    async def start(self, *more: str, until: str = " ready: ") -> str:
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "kioskd", *self.arguments, *more),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                env=dict(os.environ, PYTHONUNBUFFERED="1"),
                cwd=ROOT,
            )
        return await self.line(until)

    async def line(self, until: str) -> str:
        assert self.process is not None
        assert self.process.stdout is not None
        async with asyncio.timeout(START_S):
            while line := (await self.process.stdout.readline()).decode():
                self.said.append(line)
                if until in line:
                    return line
        raise AssertionError(f"{self.arguments} ended with {await self.process.wait()}: {self.said}")

    async def refused(self) -> tuple[int, str]:
        """Start it where it should not; return its status and what it says."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "kioskd", *self.arguments),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            cwd=ROOT,
        )
        async with asyncio.timeout(START_S):
            _, said = await process.communicate()
        assert process.returncode is not None
        return process.returncode, said.decode()

    async def kill(self, number: int = signal.SIGKILL) -> None:
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                self.process.send_signal(number)
            await self.process.communicate()
            self.process = None


class Pair:
    """Both, and a citizen at the kiosk."""

    def __init__(self, folder: Path, token: str, session: aiohttp.ClientSession, tls: int = 0) -> None:
        """``tls`` is the hub's HTTPS port, where it has one: ``far_port`` is the standby's then."""
        self.folder, self.token, self.session = folder, token, session
        self.data, self.far = folder / "hub", folder / "standby"
        self.port, self.far_port = free_port(), free_port()
        self.scheme = "https" if tls else "http"
        self.url = f"{self.scheme}://127.0.0.1:{tls or self.port}"
        self.far_url = f"{self.scheme}://127.0.0.1:{self.far_port}"
        self.hub = Process("run", folder / "hall.toml", "--data", self.data, "--port", str(self.port))
        ca = ("--ca", self.data / "tls" / "ca.pem") if tls else ()
        self.standby = Process(
            *("standby", "--data", self.far, "--hub", self.url, "--port", str(self.far_port), *ca),
        )
        self.hub.log, self.standby.log = folder / "hub.log", folder / "standby.log"

    async def ask(
        self, method: str, port: int, path: str, key: str = "", body: Any = None
    ) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {self.token}"}
        if key:
            headers["Idempotency-Key"] = key
        base = self.far_url if port == self.far_port else f"http://127.0.0.1:{port}"
        url = f"{base}/api/v1/{path}"
        async with self.session.request(method, url, json=body, headers=headers) as answer:
            return answer.status, await answer.json(content_type=None) if answer.status != 204 else None

    async def issue(self, port: int, key: str) -> str:
        status, body = await self.ask("POST", port, "tickets", key, {"queue": "general"})
        assert status == 201, body
        return str(body["number"])

    async def pair(self) -> None:
        """Start the standby for the first time."""
        store = TokenStore.open(self.data / FILE_NAME)
        code = Pairing(store).offer_standby("standby-1")
        store.close()
        await self.standby.start("--code", code)

    async def status(self) -> Reply:
        return await tell(self.far, Ask("status"))

    async def until_following(self) -> Reply:
        """Wait until the standby has everything that the hub has now."""
        _, hall = await self.ask("GET", self.port, "hall")
        wanted = Position.parse(hall["position"])
        async with asyncio.timeout(START_S):
            while True:
                reply = await self.status()
                assert reply.status is not None
                if reply.status.code == "following" and Position.parse(reply.status.stored) >= wanted:
                    return reply
                await asyncio.sleep(0.1)

    async def promote(self) -> Reply:
        word = (await self.status()).word
        reply = await tell(self.far, Ask("promote", PIN, word))
        assert reply.code == "", reply
        await self.standby.line("hall ready: ")
        return reply


@asynccontextmanager
async def standing_pair(folder: Path, *, tls: bool = False) -> AsyncIterator[Pair]:
    """Run a hub, by HTTPS too where asked for; the standby is yet to be paired. Everybody has an account of
    the name of their role.
    """
    file = bare_hall(folder)
    data = folder / "hub"
    data.mkdir()
    tls_port, context = 0, None
    if tls:
        tls_port = free_port()
        settings = file.read_text("utf-8").replace("port = 8080", f"port = {free_port()}")
        settings += f'\n[web.tls]\nhost = "127.0.0.1"\nport = {tls_port}\n'
        file.write_text(settings, "utf-8")
        Authority(data).make(["127.0.0.1"])
        context = ssl.create_default_context(cafile=str(data / "tls" / "ca.pem"))
    store = TokenStore.open(data / FILE_NAME)
    token = store.add(Role.ADMIN, "test")[1]
    accounts = Accounts(store.database, Passwords())
    for role in (Role.LEAD, Role.TECHNICIAN, Role.TELLER):
        accounts.add(role.value, PEOPLE[role], role, teller=None, by=BY, password=PASSWORD)
    store.close()
    set_pin(data, PIN)
    connector = aiohttp.TCPConnector(ssl=context) if context is not None else None
    async with aiohttp.ClientSession(connector=connector) as session:
        pair = Pair(folder, token, session, tls_port)
        try:
            await pair.hub.start()
            yield pair
        finally:
            await pair.standby.kill()
            await pair.hub.kill()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])
