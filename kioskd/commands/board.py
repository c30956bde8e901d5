"""``kioskd board``: the hall board on this PC's screen, in a browser without edges."""

from __future__ import annotations

import argparse
import asyncio
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

PROFILE = Path.home() / ".local" / "share" / "kioskd" / "board"


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    board = subparsers.add_parser("board", help="大厅屏 · show the hall board in a browser on this screen")
    board.add_argument("--hub", required=True, metavar="URL", help="主机地址 · the hub, http://10.0.0.2:8080")
    board.add_argument(
        "--ca-file",
        type=Path,
        metavar="FILE",
        help="大厅的证书机构，让浏览器信任它 · the hall's own CA, for the browser to trust",
    )
    board.add_argument("--zone", help="只显示一个区域 · one zone only, by its id")
    board.add_argument("--lang", choices=("zh", "en", "both"), default="zh", help="语言 · language")
    board.add_argument(
        "--browser", metavar="PROGRAM", help="浏览器，不写则自动找 · browser, else the first found"
    )
    board.add_argument(
        "--profile",
        type=Path,
        default=PROFILE,
        metavar="DIR",
        help="浏览器自己的数据目录 · folder of the browser's own data (%(default)s)",
    )
    board.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    from kioskd.commands.browser import NAMES, find, trust

    if not re.fullmatch(r"https?://[^\s/]+/?", args.hub):
        print(
            f"kioskd board: --hub 应为 http://主机:端口 · like http://host:port: {args.hub}", file=sys.stderr
        )
        return 2
    browser = find(args.browser)
    if browser is None:
        wanted = args.browser or ", ".join(NAMES)
        print(
            f"kioskd board: 没有找到浏览器（{wanted}）。请安装 Chromium，或用 --browser 指定程序。"
            f" · no browser found; install Chromium or name one with --browser.",
            file=sys.stderr,
        )
        return 1
    if args.ca_file is not None and (why := trust(args.ca_file)):
        print(
            f"kioskd board: 没有把大厅的根证书交给浏览器（{why}）。"
            f"请装 libnss3-tools（certutil），或在浏览器里导入。"
            f" · the browser was not told of the hall's CA: {why}. "
            f"Install libnss3-tools (certutil), or import it there.",
            file=sys.stderr,
        )
    try:
        asyncio.run(_show(browser, args.profile, _address(args)))
    except OSError as error:
        print(f"kioskd board: 浏览器不能运行 · the browser cannot be run: {error}", file=sys.stderr)
        return 1
    return 0


def _address(args: argparse.Namespace) -> str:
    """Return what the browser opens: the page that waits for the hub, with the board's address."""
    from importlib.resources import files

    asked = {"lang": args.lang, **({"zone": args.zone} if args.zone else {})}
    waiting = Path(str(files("ui") / "web" / "board" / "waiting.html"))
    return f"{waiting.as_uri()}#{quote(args.hub.rstrip('/') + '/board?' + urlencode(asked), safe='')}"


async def _show(browser: Path, profile: Path, address: str) -> None:
    from kioskd.commands.browser import Kept
    from kioskd.commands.run import stop_signal

    stop = stop_signal()
    kept = Kept(browser, profile, address)
    await kept.run(stop, lambda: print("board ready", flush=True))
