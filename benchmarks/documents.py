"""Papers under the camera: from the key to the page, the live picture and what it costs others, a PDF."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp

from benchmarks.hubs import ROOT, HubProcess, bare_hall, hub
from benchmarks.report import Figure, p50, p95
from drivers.document_camera.uvc.driver import REST_S
from kioskd.documents.work import BuildPdf, MakePage, PageMade
from kioskd.documents.workers import Workers

PAGES = 60
CALLS = 250
TURNS = 9
"""Turn and turn about with and without a preview, each pair judged by itself and the median of them counted:
or a machine that others use would be measured.
"""
STILL_S = REST_S + 1.5
"""Until the camera has stopped when nobody looks any more."""
WATCH_S = 10.0
PAGE_MS, RATE, PDF_MS, DEARER = 400.0, 15.0, 300.0, 1.05
CORE = 0.15
TICK = os.sysconf("SC_CLK_TCK")


def run() -> Iterator[Figure]:
    """Measure all of it."""
    with tempfile.TemporaryDirectory() as folder, _camera() as port:
        file = bare_hall(Path(folder))
        device = (
            f'\n[[device]]\nid = "camera-1"\ndriver = "document_camera.uvc"\naddress = "tcp://127.0.0.1:{port}"\n'
            f'profile = "document-camera"\nwindow = "1"\n'
        )
        file.write_text(file.read_text("utf-8") + device, "utf-8")
        with hub(file, Path(folder) / "data") as running:
            yield from asyncio.run(_hall(running))
    yield asyncio.run(_pdf())


@contextlib.contextmanager
def _camera() -> Iterator[int]:
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.camera"], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline())
    finally:
        process.kill()
        process.wait(10)
        process.stdout.close()


class _Client:
    def __init__(self, session: aiohttp.ClientSession, running: HubProcess) -> None:
        self._session = session
        self.process = running.process
        self._at = f"http://127.0.0.1:{running.port}/api/v1/"
        self._token = {"Authorization": f"Bearer {running.token}"}
        self._keys = 0

    async def post(self, path: str, body: object) -> bytes:
        self._keys += 1
        headers = self._token | {"Idempotency-Key": f"bench-{self._keys}"}
        async with self._session.post(self._at + path, json=body, headers=headers) as answer:
            raw = await answer.read()
            if answer.status >= 300:
                raise RuntimeError(f"{path}: {answer.status} {raw!r}")
            return raw

    def cpu_s(self) -> float:
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICK


class _Watcher:
    """`benchmarks.watcher`."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def begin(self) -> None:
        """Return once the picture is live."""
        await self._say()

    async def end(self) -> float:
        """Return how many frames a second there were."""
        frames, seconds = (await self._say()).split()
        return int(frames) / float(seconds)

    async def _say(self) -> bytes:
        source, sink = self._process.stdout, self._process.stdin
        assert source is not None
        assert sink is not None
        sink.write(b"\n")
        async with asyncio.timeout(30):
            return await source.readline()


@contextlib.asynccontextmanager
async def _watcher(running: HubProcess) -> AsyncIterator[_Watcher]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.watcher", str(running.port), running.token),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
    )
    try:
        yield _Watcher(process)
    finally:
        process.kill()
        await process.communicate()


async def _hall(running: HubProcess) -> list[Figure]:
    async with aiohttp.ClientSession() as session, _watcher(running) as watcher:
        client = _Client(session, running)
        for window, teller in (("1", "d01"), ("2", "d02")):
            await client.post(f"windows/{window}/login", {"teller": teller})
        await client.post("tickets", {"queue": "general"})
        await client.post("windows/1/call-next", {})
        await _calls(client, CALLS // 2)
        idle = await _rest(client)
        await watcher.begin()
        begin, cpu = time.perf_counter(), client.cpu_s()
        await asyncio.sleep(WATCH_S)
        core = (client.cpu_s() - cpu) / (time.perf_counter() - begin) - idle
        rate = await watcher.end()
        alone, beside = [], []
        for _ in range(TURNS):
            await asyncio.sleep(STILL_S)
            alone.append(p95(await _calls(client, CALLS)))
            await watcher.begin()
            beside.append(p95(await _calls(client, CALLS)))
            await watcher.end()
        await watcher.begin()
        taken = []
        for number in range(PAGES):
            begin = time.perf_counter()
            raw = await client.post("windows/1/pages", {"material": ""})
            if number:  # the first one waits for a worker to begin
                taken.append(1000 * (time.perf_counter() - begin))
            # At another moment between two frames each time.
            await asyncio.sleep(0.4 + 0.067 * number / PAGES)
        made = json.loads(raw)
    size = f"{made['width']}×{made['height']} of 8 MP, p50 {p50(taken):.0f} ms"
    turns = [two / one for one, two in zip(alone, beside, strict=True)]
    spread = ", ".join(f"{one:.2f}" for one in sorted(turns))
    note = f"median of turns {spread}; {p50(alone):.1f} → {p50(beside):.1f} ms, {CALLS} calls each"
    return [
        Figure("capture key → page ready, p95", p95(taken), PAGE_MS, "ms", "400 ms", note=size),
        Figure("preview, frames a second", rate, RATE * 0.97, "/s", "15", at_least=True),
        Figure("preview, part of a core (hub)", core, CORE, "", "15 %"),
        Figure("call-next p95 beside a preview", p50(turns), DEARER, "×", "within 5 %", note=note),
    ]


async def _rest(client: _Client) -> float:
    begin, cpu = time.perf_counter(), client.cpu_s()
    await asyncio.sleep(3.0)
    return (client.cpu_s() - cpu) / (time.perf_counter() - begin)


async def _calls(client: _Client, count: int) -> list[float]:
    taken = []
    for _ in range(count):
        await client.post("tickets", {"queue": "general"})
        begin = time.perf_counter()
        await client.post("windows/2/call-next", {})
        taken.append(1000 * (time.perf_counter() - begin))
        await client.post("windows/2/start", {})
    return taken


async def _pdf() -> Figure:
    from drivers.document_camera.uvc.simulator import SIZES, scene

    workers = Workers(1)
    try:
        made = await workers.do(MakePage(picture=scene(SIZES[0], "form", 1, False)))
        assert isinstance(made, PageMade)
        taken = []
        for _ in range(20):
            begin = time.perf_counter()
            await workers.do(BuildPdf(pages=(made.data,) * 20, title="bench"))
            taken.append(1000 * (time.perf_counter() - begin))
    finally:
        await workers.close()
    return Figure("20-page PDF, p95", p95(taken), PDF_MS, "ms", "300 ms")
