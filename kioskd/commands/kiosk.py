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

TOKEN, PEOPLE = "kiosk.token", "kiosk-people.toml"
_SIZE = re.compile(r"([1-9]\d{2,3})[x×]([1-9]\d{2,3})")


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    kiosk = subparsers.add_parser("kiosk", help="触摸取号屏 · run the touch kiosk on this PC's screen")
    kiosk.add_argument("--hub", required=True, metavar="URL", help="主机地址 · the hub, http://10.0.0.2:8080")
    kiosk.add_argument(
        "--token-file",
        default=handed(TOKEN),
        type=Path,
        metavar="FILE",
        help="取号屏令牌所在的文件 · file that holds a kiosk token (%(default)s)",
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
    kiosk.add_argument(
        "--contrast", action="store_true", help="首页用高对比度 · high contrast from the start"
    )
    kiosk.add_argument("--low", action="store_true", help="首页用低位操作 · low reach from the start")
    kiosk.add_argument("--theme", type=Path, metavar="FILE", help="外观 TOML 文件 · look, a TOML file")
    kiosk.add_argument(
        "--people",
        default=_if_there(handed(PEOPLE)),
        type=Path,
        metavar="FILE",
        help="工作人员的密码和工作卡 · PINs and cards of staff, a TOML file (see kiosk-secret)",
    )
    kiosk.add_argument(
        "--voice", type=Path, metavar="DIR", help="语音引导的录音 · recordings of the spoken guide"
    )
    kiosk.add_argument(
        "--scanner",
        type=_scanner,
        metavar="PORT[@BAUD]",
        help="串口扫码器；键盘口的不用写 · a scanner on a serial port; one that types needs nothing",
    )
    kiosk.set_defaults(run=_run)
    made = subparsers.add_parser(
        "kiosk-secret", help="生成密码或工作卡的密文 · what a people file keeps of a PIN or a card"
    )
    made.set_defaults(run=_secret)


def handed(name: str) -> Path:
    """Return where a secret of this PC is: among what the service manager hands in, else in the settings."""
    folder = Path(os.environ.get("CREDENTIALS_DIRECTORY", "/nonexistent"))
    return folder / name if (folder / name).exists() else Path("/etc/kioskd") / name


def _if_there(file: Path) -> Path | None:
    return file if os.access(file, os.R_OK) and file.stat().st_size else None


def _secret(args: argparse.Namespace) -> int:
    """Read a PIN or a card's text without showing it, and print what a file may keep of it."""
    import getpass

    from ui.kiosk.people import secret

    text = (getpass.getpass("PIN: ") if sys.stdin.isatty() else sys.stdin.readline()).strip()
    if not 4 <= len(text) <= 64:
        print("应为 4 至 64 个字符 · 4 to 64 signs", file=sys.stderr)
        return 2
    print(secret(text))
    return 0


def _scanner(text: str) -> tuple[str, int]:
    port, _, baudrate = text.partition("@")
    if not port.startswith("/dev/") or (baudrate and not baudrate.isdigit()):
        raise argparse.ArgumentTypeError(f"应为 /dev/ttyUSB0@9600 这样 · like /dev/ttyUSB0@9600: {text!r}")
    return port, int(baudrate or 9600)


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
    from ui.kiosk.model.kiosk import Ways
    from ui.kiosk.people import read_people
    from ui.kiosk.theme import Theme, panel

    assert isinstance(theme, Theme)
    token = args.token_file.read_text("ascii").strip()
    if not token:
        raise ValueError(f"{args.token_file} is empty")
    if not re.fullmatch(r"https?://[^\s/]+/?", args.hub):
        raise ValueError(f"--hub: {args.hub}")
    if args.inches is not None and not 5 <= args.inches <= 100:
        raise ValueError(f"--inches: {args.inches}")
    if args.voice is not None and not args.voice.is_dir():
        raise ValueError(f"--voice: {args.voice}")
    width, height = args.size or (0, 0)
    return Options(
        url=args.hub,
        token=token,
        panel=panel(width, height, args.inches) if args.size is not None else None,
        inches=args.inches,
        theme=theme,
        ways=Ways(language=args.lang, large=args.large, contrast=args.contrast, low=args.low),
        windowed=args.size is not None and not args.fullscreen,
        tls=ssl.create_default_context(cafile=str(args.ca_file)) if args.ca_file is not None else True,
        people=read_people(args.people),
        voice=args.voice,
        scanner=args.scanner,
    )


async def _kiosk(options: Options) -> None:
    from kioskd.commands.run import stop_signal
    from kioskd.service import feed_watchdog, notify
    from ui.kiosk.app import App, run

    def ready(app: App) -> None:
        print("kiosk ready", flush=True)
        notify("READY=1")

    stop = stop_signal()
    # One loop draws, listens and feeds: as long as it is fed, the screen is alive.
    feeding = asyncio.create_task(feed_watchdog(tuple))
    try:
        await run(options, stop, ready)
    finally:
        feeding.cancel()
