"""``kioskd demo``: a whole hall on one PC, every device simulated on a real line."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from kioskd.commands.arguments import add_data, port
from kioskd.commands.demo_texts import TEXTS

if TYPE_CHECKING:
    from kioskd.demo.run import DemoOptions

    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

WINDOWS = 6
"""Windows of the demo hall, each with a sign, a keypad and a pad."""


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    demo = subparsers.add_parser(
        "demo",
        help="演示大厅 · run a whole simulated hall",
        description="演示大厅：模拟设备，真实协议 · simulated devices that speak real protocols",
    )
    demo.add_argument("--port", type=port, help="HTTP 端口 · port, 0 for any free one (8080)")
    add_data(demo, default_data())
    demo.add_argument("--headless", action="store_true", help="不要页面 · no page")
    demo.add_argument(
        "--speed",
        type=float,
        default=1.0,
        help="时间倍数 · hall time runs so many times as fast",
    )
    demo.add_argument("--seed", type=int, default=1, help="随机种子 · seed of the simulated citizens")
    demo.add_argument(
        "--people",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="是否模拟群众（加快时间时默认模拟）· simulated citizens (default: only with --speed)",
    )
    demo.add_argument(
        "--city",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="是否带市级中心和第二个大厅（有页面时默认带）· with a central server and a second hall "
        "(default: where there is a page)",
    )
    demo.add_argument("--hall", type=Path, help="别的大厅设置 · another hall.toml to simulate")
    demo.add_argument("--lang", choices=("zh", "en"), default="zh", help="语言 · language of messages")
    demo.add_argument("--debug", action="store_true", help="详细日志 · log everything")
    real = demo.add_argument_group("真实设备 · real devices", "代替模拟器 · in place of simulators")
    real.add_argument(
        "--printer", metavar="ADDRESS", help="取号机打印机 · ticket printer, tcp://10.0.0.5:9100"
    )
    real.add_argument("--board", metavar="ADDRESS", help="大厅排号屏 · hall board")
    for kind, name in (("sign", "窗口屏"), ("keypad", "叫号器"), ("pad", "评价器")):
        for window in range(1, WINDOWS + 1):
            text = f"{name} · {kind}s 1–{WINDOWS}" if window == 1 else argparse.SUPPRESS
            real.add_argument(f"--{kind}-{window}", metavar="ADDRESS", help=text)
    demo.set_defaults(run=_run)


def default_data() -> Path:
    """Return the demo's data folder when nobody names one: the user's own."""
    state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(state) / "kioskd" / "demo"


def _run(args: argparse.Namespace) -> int:
    from kioskd import logs
    from kioskd.demo.run import FASTEST, HALL_FILE, DemoOptions

    texts = TEXTS[args.lang]
    if not 0 < args.speed <= FASTEST:
        print(f"kioskd demo: {texts['speed'].format(fastest=FASTEST)}", file=sys.stderr)
        return 2
    # The way to the city is cut for show: by its page, and while one end is there without the other.
    logs.set_up(debug=args.debug, quiet=True, unsaid=frozenset({"sync.stopped"}))
    data = args.data.expanduser().absolute()
    options = DemoOptions(
        data=data,
        hall=args.hall or HALL_FILE,
        port=args.port,
        headless=args.headless,
        speed=args.speed,
        seed=args.seed,
        instead=_instead(args),
        people=args.people,
        city=args.city,
    )
    try:
        asyncio.run(_demo(options, texts))
    except Exception as error:
        said = _explain(_only(error), options, args.lang)
        if said is None:
            raise
        print(f"kioskd demo: {said}", file=sys.stderr)
        return 2
    print(texts["end"].format(data=data), file=sys.stderr)
    return 0


def _only(error: BaseException) -> BaseException:
    """Return the error inside groups that hold no other."""
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return error


def _explain(error: BaseException, options: DemoOptions, language: str) -> str | None:
    """Say what stands in the way and what to do about it; None for what nobody foresaw."""
    from drivers.errors import ConfigurationError
    from drivers.facts import WHERE
    from kioskd.app import SettingsRefusedError
    from kioskd.commands.devices_choice import details
    from kioskd.commands.start_texts import explain
    from kioskd.journal.errors import DataFolderBusy, JournalError
    from kioskd.os_errors import explain as os_explain
    from kioskd.os_errors import why
    from kioskd.settings import SettingsError, line
    from kioskd.station.writer import StoreError
    from kioskd.web.server import ListenError

    texts, data = TEXTS[language], options.data
    match error:
        case SettingsError():
            return "\n".join([texts["settings_bad"], *(line(one, language) for one in error.problems)])
        case ConfigurationError(code="demo.real_in_haste"):
            return texts["real_in_haste"].format(devices=error)
        case ConfigurationError(code="demo.unknown_device"):
            return texts["unknown"].format(detail=error)
        case ConfigurationError(code="demo.no_simulator"):
            return texts["no_simulator"].format(driver=error)
        case ConfigurationError():
            where = next((one.values["where"] for one in error.facts if one.code == WHERE), "?")
            return texts["address"].format(where=where, detail=details(error.facts, language))
        case DataFolderBusy():
            return texts["busy"].format(pid=error.pid or "?", data=data)
        case ListenError():
            return texts["port"].format(port=error.port, detail=why(error, language))
        case JournalError() | StoreError() | SettingsRefusedError():
            return explain(error, data, language)
        case OSError():
            return texts["folder"].format(detail=os_explain(error, language))
    return None


async def _demo(options: DemoOptions, texts: dict[str, str]) -> None:
    from kioskd import logs
    from kioskd.commands.run import stop_signal
    from kioskd.demo.keys import FILE_NAME
    from kioskd.demo.run import run_demo

    logs.hear_loop()
    stop = stop_signal()
    print(texts["data"].format(data=options.data), file=sys.stderr)

    def ready(url: str) -> None:
        key = "headless" if options.headless else "open"
        print(texts[key].format(url=url, tokens=options.data / FILE_NAME), file=sys.stderr, flush=True)
        print(f"hall ready: {url}", flush=True)

    await run_demo(options, stop, lambda word: print(texts[word], file=sys.stderr, flush=True), ready)


def _instead(args: argparse.Namespace) -> dict[str, str]:
    """Addresses of real devices by device id."""
    ids = ["printer", "board"]
    ids += [f"{kind}-{window}" for kind in ("sign", "keypad", "pad") for window in range(1, WINDOWS + 1)]
    given = {name: getattr(args, name.replace("-", "_")) for name in ids}
    return {name: address for name, address in given.items() if address is not None}
