"""``kioskd devices new-roll`` and ``rebind``: what a person at a device tells the running hub."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import aiohttp
import msgspec

from kioskd.commands.devices_texts import EN, say
from kioskd.station.link.credentials import hub_tls

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

ASK_S = 30.0
"""Longer than the hub itself waits for a station."""
LOOK_S = 1.0
PRINT_S = 60.0
"""For the test slip to be printed; then nobody can be asked about it."""

HUB = "http://127.0.0.1:8080"


class Problem(msgspec.Struct):
    """As much of RFC 9457 as a person reads."""

    code: str = ""
    title: str = ""
    detail: str = ""


class HubAsker:
    """Asks one hub with one token, from the command line. Used as ``async with``."""

    def __init__(self, args: argparse.Namespace) -> None:
        self._url = args.hub.rstrip("/") + "/api/v1/"
        self._args = args

    async def __aenter__(self) -> HubAsker:
        token = (await asyncio.to_thread(self._args.token_file.read_text, "utf-8")).strip()
        self._tls = await hub_tls(self._args.ca_file)
        language = "en" if self._args.lang == EN else "zh-CN"
        self._session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=ASK_S),
            headers={"Authorization": f"Bearer {token}", "Accept-Language": language},
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    async def get(self, path: str) -> tuple[int, bytes]:
        """Return status and body of the answer."""
        async with self._session.get(self._url + path, ssl=self._tls) as response:
            return response.status, await response.read()

    async def post(self, path: str, body: object) -> tuple[int, bytes]:
        """Return status and body of the answer."""
        headers = {"Idempotency-Key": str(uuid4()), "Content-Type": "application/json"}
        data = msgspec.json.encode(body)
        async with self._session.post(
            self._url + path, data=data, headers=headers, ssl=self._tls
        ) as response:
            return response.status, await response.read()


def add_hub(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that name a hub and prove who asks."""
    parser.add_argument("--hub", default=HUB, metavar="URL", help="主机地址 · the hub (%(default)s)")
    parser.add_argument(
        "--token-file",
        required=True,
        type=Path,
        metavar="FILE",
        help="令牌所在的文件 · file that holds a guide's or technician's token",
    )
    parser.add_argument("--ca-file", type=Path, metavar="FILE", help="大厅的证书机构 · the hall's own CA")


def register(subparsers: Subparsers) -> argparse.ArgumentParser:
    """Add ``new-roll`` and return its parser. It exits 0 done, 1 refused or not clear, 2 nobody answered."""
    parser = subparsers.add_parser("new-roll", help="换好纸了 · a new roll of paper is in a printer")
    parser.add_argument("id", metavar="ID", help="打印机编号 · the printer's id")
    add_hub(parser)
    parser.set_defaults(run=lambda args: run(args, _new_roll))
    return parser


Work = Callable[[HubAsker, argparse.Namespace], Awaitable[int]]


def run(args: argparse.Namespace, work: Work) -> int:
    """Do ``work`` and return its exit status; say what kept it from being done."""

    async def asked() -> int:
        async with HubAsker(args) as hub:
            return await work(hub, args)

    try:
        return asyncio.run(asked())
    except OSError as error:
        print(say(args.lang, "unreadable", file=error.filename, detail=error.strerror), file=sys.stderr)
    except (aiohttp.ClientError, TimeoutError) as error:
        print(say(args.lang, "no_hub", hub=args.hub, detail=error or "timeout"), file=sys.stderr)
    return 2


def refused(answer: bytes) -> int:
    """Say why the hub did not do it."""
    try:
        problem = msgspec.json.decode(answer, type=Problem)
    except msgspec.DecodeError:
        problem = Problem()
    print(problem.detail or problem.title or problem.code or answer[:200].decode("utf-8", "replace"))
    return 1


def register_rebind(subparsers: Subparsers) -> argparse.ArgumentParser:
    """Add ``rebind`` and return its parser. It exits 0 done, 1 refused, 2 nobody answered."""
    parser = subparsers.add_parser("rebind", help="设备换了插口 · a device found at another port")
    parser.add_argument("id", metavar="ID", help="设备编号 · the device's id")
    parser.add_argument(
        "code", nargs="?", default="", help="它显示或打印的号码 · the number it shows or prints"
    )
    parser.add_argument("--undo", action="store_true", help="撤销上一次 · take the latest one back")
    add_hub(parser)
    parser.set_defaults(run=lambda args: run(args, _rebind))
    return parser


class _Rebound(msgspec.Struct):
    devices: tuple[str, ...]
    old: str
    new: str


async def _rebind(hub: HubAsker, args: argparse.Namespace) -> int:
    status, answer = await hub.post(f"devices/{args.id}/rebind", {"code": args.code, "undo": args.undo})
    if status >= 400:
        return refused(answer)
    done = msgspec.json.decode(answer, type=_Rebound)
    print(say(args.lang, "rebound", devices=", ".join(done.devices), old=done.old, new=done.new))
    return 0


class _Device(msgspec.Struct):
    id: str
    question: str = ""
    sentence: str = ""


async def _new_roll(hub: HubAsker, args: argparse.Namespace) -> int:
    status, answer = await hub.post(f"devices/{args.id}/new-roll", {})
    if status >= 400:
        return refused(answer)
    print(say(args.lang, "roll_in"), flush=True)
    if not sys.stdin.isatty():
        return 0
    question = await _asked(hub, args.id)
    if not question:
        print(say(args.lang, "no_slip"))
        return 1
    word = (await asyncio.to_thread(input, f"{question}[y/n] ")).strip().lower()
    clear = word in ("y", "yes", "是", "清楚")
    status, answer = await hub.post(f"devices/{args.id}/print-clear", {"clear": clear})
    if status >= 400:
        return refused(answer)
    device = await _look(hub, args.id)
    print((device.sentence if device is not None else "") or say(args.lang, "well"))
    return 0 if clear else 1


async def _asked(hub: HubAsker, name: str) -> str:
    """Wait for the test slip and return what staff are asked about it; empty when it was not printed."""
    for _ in range(round(PRINT_S / LOOK_S)):
        device = await _look(hub, name)
        if device is not None and device.question:
            return device.question
        await asyncio.sleep(LOOK_S)
    return ""


async def _look(hub: HubAsker, name: str) -> _Device | None:
    status, answer = await hub.get("devices")
    if status >= 400:
        return None
    devices = msgspec.json.decode(answer, type=list[_Device])
    return next((device for device in devices if device.id == name), None)
