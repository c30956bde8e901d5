"""``kioskd kiosk``: the touch screen where citizens take a number."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from kioskd.os_errors import explain

if TYPE_CHECKING:
    from ui.kiosk.app import Options

    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

_SIZE = re.compile(r"([1-9]\d{2,3})[x×]([1-9]\d{2,3})")


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    kiosk = subparsers.add_parser("kiosk", help="触摸取号屏 · run the touch kiosk on this PC's screen")
    kiosk.add_argument("--hub", required=True, metavar="URL", help="主机地址 · the hub, http://10.0.0.2:8080")
    kiosk.add_argument(
        "--token-file",
        required=True,
        type=Path,
        metavar="FILE",
        help="取号屏令牌所在的文件 · file that holds a kiosk token",
    )
    kiosk.add_argument("--ca-file", type=Path, metavar="FILE", help="大厅的证书机构 · the hall's own CA")
    kiosk.add_argument(
        "--size",
        type=_size,
        metavar="WxH",
        help="窗口大小，不写则全屏 · window size, else full screen",
    )
    kiosk.add_argument("--fullscreen", action="store_true", help="按 --size 全屏 · full screen at --size")
    kiosk.add_argument("--inches", type=float, help="屏幕对角线（英寸）· diagonal of the panel")
    kiosk.add_argument("--lang", choices=("zh", "en"), default="zh", help="首页语言 · language at home")
    kiosk.add_argument("--large", action="store_true", help="首页用大字 · large text from the start")
    kiosk.add_argument("--theme", type=Path, metavar="FILE", help="外观 TOML 文件 · look, a TOML file")
    kiosk.set_defaults(run=_run)


def _size(text: str) -> tuple[int, int]:
    found = _SIZE.fullmatch(text)
    if found is None or min(int(found[1]), int(found[2])) < 600:
        raise argparse.ArgumentTypeError(
            f"应为 1080x1920 这样，短边至少 600 · like 1080x1920, at least 600: {text!r}"
        )
    return int(found[1]), int(found[2])


def _run(args: argparse.Namespace) -> int:
    os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
    import pygame

    from ui.kiosk.theme import read_theme

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    try:
        options = _options(args, read_theme(args.theme))
    except OSError as error:
        zh, en = explain(error, "zh"), explain(error, "en")
        print(f"kioskd kiosk: 不能启动：{zh} · cannot start: {en}", file=sys.stderr)
        return 2
    except ValueError as error:
        print(f"kioskd kiosk: 设置有误 · cannot start: {error}", file=sys.stderr)
        return 2
    try:
        asyncio.run(_kiosk(options))
    except pygame.error as error:
        print(f"kioskd kiosk: 没有可用的屏幕 · no screen: {error}", file=sys.stderr)
        return 1
    return 0


def _options(args: argparse.Namespace, theme: object) -> Options:
    """Read what the arguments name. Raises OSError and ValueError."""
    import ssl

    from ui.kiosk.app import Options
    from ui.kiosk.theme import Theme, panel

    assert isinstance(theme, Theme)
    token = args.token_file.read_text("ascii").strip()
    if not token:
        raise ValueError(f"{args.token_file} is empty")
    if not re.fullmatch(r"https?://[^\s/]+/?", args.hub):
        raise ValueError(f"--hub: {args.hub}")
    if args.inches is not None and not 5 <= args.inches <= 100:
        raise ValueError(f"--inches: {args.inches}")
    width, height = args.size or (0, 0)
    return Options(
        url=args.hub,
        token=token,
        panel=panel(width, height, args.inches) if args.size is not None else None,
        inches=args.inches,
        theme=theme,
        language=args.lang,
        large=args.large,
        windowed=args.size is not None and not args.fullscreen,
        tls=ssl.create_default_context(cafile=str(args.ca_file)) if args.ca_file is not None else True,
    )


async def _kiosk(options: Options) -> None:
    from kioskd.commands.run import stop_signal
    from ui.kiosk.app import App, run

    def ready(app: App) -> None:
        print("kiosk ready", flush=True)

    stop = stop_signal()
    await run(options, stop, ready)
