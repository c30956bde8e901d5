"""``kioskd diagnose FILE.zip``: what whoever helps a hall from outside needs to know, and nothing personal.

With a token it is the running hub's bundle; without, what settings file and data folder tell.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from kioskd.commands.arguments import add_data

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

HUB = "http://127.0.0.1:8080"
ASK_S = 180.0
"""The hub checks its journal meanwhile."""

_TEXTS = {
    "made": ("诊断包已写入 {file}", "The bundle is in {file}."),
    "exists": ("{file} 已存在，不覆盖。", "{file} exists already and is not overwritten."),
    "unwritable": ("无法写 {file}：{detail}", "{file} cannot be written: {detail}"),
    "no_token": ("无法读令牌 {file}：{detail}", "The token in {file} cannot be read: {detail}"),
    "refused": ("主机没有给：{detail}", "The hub refused: {detail}"),
    "no_hub": (
        "连不上主机 {hub}（{detail}），只收入设置和日志库；设备状态和运行日志没有取到。",
        "The hub {hub} cannot be reached ({detail}): settings and journal only, no device states, no log.",
    ),
    "no_settings": ("设置 {file} 有问题，没有收入。", "The settings {file} have problems and were left out."),
    "no_journal": (
        "{folder} 里的日志库没有核对成：{detail}",
        "The journal in {folder} was not checked: {detail}",
    ),
}
LANGUAGES = ("zh", "en")


def register(subparsers: Subparsers) -> None:
    """Add the command. It exits 0 written, 1 refused or not written."""
    parser = subparsers.add_parser(
        "diagnose", help="生成诊断包，不含个人信息 · make a bundle for support, nothing personal in it"
    )
    parser.add_argument("file", type=Path, metavar="FILE.zip", help="写到哪里 · file to write")
    parser.add_argument("--settings", type=Path, metavar="FILE", help="设置文件 · hall.toml, without a hub")
    add_data(parser)
    parser.add_argument("--hub", default=HUB, metavar="URL", help="主机地址 · the hub (%(default)s)")
    parser.add_argument(
        "--token-file", type=Path, metavar="FILE", help="技术员令牌的文件 · file with a technician's token"
    )
    parser.add_argument("--ca-file", type=Path, metavar="FILE", help="大厅的证书机构 · the hall's own CA")
    parser.add_argument("--lang", choices=LANGUAGES, default="zh", help="语言 · language")
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    if args.file.exists():
        return _wrong(args, "exists", file=args.file)
    data: bytes | None = None
    if args.token_file is not None:
        try:
            token = args.token_file.read_text("utf-8").strip()
        except OSError as error:
            return _wrong(args, "no_token", file=args.token_file, detail=error.strerror)
        try:
            status, answer = asyncio.run(_ask(args, token))
        except (OSError, TimeoutError) as error:  # aiohttp's errors of connections are OSErrors
            _wrong(args, "no_hub", hub=args.hub, detail=error or "timeout")
        else:
            if status != 200:
                return _wrong(args, "refused", detail=_detail(answer))
            data = answer
    if data is None:
        data = _alone(args)
    try:
        with args.file.open("xb") as file:
            file.write(data)
    except OSError as error:
        return _wrong(args, "unwritable", file=args.file, detail=error.strerror)
    print(_say(args, "made", file=args.file))
    return 0


async def _ask(args: argparse.Namespace, token: str) -> tuple[int, bytes]:
    import aiohttp

    from kioskd.station.link.credentials import hub_tls

    tls = await hub_tls(args.ca_file)
    language = "en" if args.lang == "en" else "zh-CN"
    headers = {"Authorization": f"Bearer {token}", "Accept-Language": language}
    url = args.hub.rstrip("/") + "/api/v1/diagnostics/bundle"
    async with (
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=ASK_S), headers=headers) as session,
        session.get(url, ssl=tls) as response,
    ):
        return response.status, await response.read()


def _detail(answer: bytes) -> str:
    import msgspec

    from kioskd.commands.devices_hub import Problem

    try:
        problem = msgspec.json.decode(answer, type=Problem)
    except msgspec.DecodeError:
        return answer[:200].decode("utf-8", "replace")
    return problem.detail or problem.title or problem.code


def _alone(args: argparse.Namespace) -> bytes:
    """Make what can be had without the hub."""
    import apsw

    from kioskd import diagnose
    from kioskd.journal.errors import JournalError
    from kioskd.settings import HallSettings, check
    from kioskd.settings.shown import shown

    settings = journal = None
    if args.settings is not None:
        checked = check(args.settings).settings
        if isinstance(checked, HallSettings):
            settings = shown(checked)
        else:
            _wrong(args, "no_settings", file=args.settings)
    try:
        journal = diagnose.check_journal(args.data)
    except (JournalError, OSError, apsw.Error) as error:
        _wrong(args, "no_journal", folder=args.data, detail=error)
    return diagnose.bundle(settings=settings, devices=None, hub=None, lines=None, journal=journal)


def _say(args: argparse.Namespace, key: str, /, **values: object) -> str:
    return _TEXTS[key][LANGUAGES.index(args.lang)].format(**values)


def _wrong(args: argparse.Namespace, key: str, /, **values: object) -> int:
    print(_say(args, key, **values), file=sys.stderr)
    return 1
