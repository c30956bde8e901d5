"""Issuing tickets over HTTP, against a bare commit, a bare echo and a server that only commits a row."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks import floor as floors
from benchmarks.client import load
from benchmarks.hubs import bare_hall, floor, hub
from benchmarks.report import Figure, p50

BODY = b'{"queue":"general"}'
ONE, MANY, EACH = 600, 16, 400


def _path(_: int) -> str:
    return "/api/v1/tickets"


def run() -> Iterator[Figure]:
    """Measure with one client and with sixteen, each limit taken just before and just after."""
    with tempfile.TemporaryDirectory(prefix="kioskd-bench-") as name:
        folder = Path(name)
        commit = floors.commits(folder)
        with floor("echo", folder) as (port, _):
            echo, _ = asyncio.run(load(port, "", 1, ONE, floors.BODY, _path))
            _, whole = asyncio.run(load(port, "", MANY, EACH, floors.BODY, _path))
            echo_rate = MANY * EACH / whole
        rates = {}
        for kind, body in (("rows", floors.BODY), ("server", BODY)):
            with floor(kind, folder) as (port, token):
                asyncio.run(load(port, token, MANY, 50, body, _path))
                _, whole = asyncio.run(load(port, token, MANY, EACH, body, _path))
                rates[kind] = MANY * EACH / whole
        with hub(bare_hall(folder), folder / "data") as running:
            asyncio.run(load(running.port, running.token, 1, 100, BODY, _path))
            one, _ = asyncio.run(load(running.port, running.token, 1, ONE, BODY, _path))
            _, whole = asyncio.run(load(running.port, running.token, MANY, EACH, BODY, _path))
            rate = MANY * EACH / whole
        commit += floors.commits(folder)
    yield Figure(
        "issue over HTTP, 1 client, p50",
        p50(one) * 1e3,
        2 * (p50(commit) + p50(echo)) * 1e3,
        "ms",
        "≤ 2 × (bare commit + bare echo)",
        note=f"commit {p50(commit) * 1e3:.3f}, echo {p50(echo) * 1e3:.3f} ms",
    )
    yield Figure(
        "issue over HTTP, 16 clients",
        rate,
        0.6 * rates["server"],
        "/s",
        "≥ 0.6 × the same server, one row a request",
        at_least=True,
        note=f"server {rates['server']:.0f}/s; on bare aiohttp {rates['rows']:.0f}/s"
        f" (×{rate / rates['rows']:.2f}), echo {echo_rate:.0f}/s",
    )
