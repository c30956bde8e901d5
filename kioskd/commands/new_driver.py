"""``kioskd new-driver``: the files a new driver begins with."""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import drivers
from kioskd.commands.skeleton import files
from kioskd.commands.skeleton_kinds import KINDS
from kioskd.os_errors import explain

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


def register(subparsers: Subparsers) -> None:
    """Add the command; it sets ``run(args) -> exit status`` (0 made, 2 nothing was written)."""
    parser = subparsers.add_parser(
        "new-driver", help="新建驱动的骨架 · begin a new driver (docs/writing-a-driver.md)"
    )
    parser.add_argument("device_class", metavar="CLASS", choices=KINDS, help=" | ".join(KINDS))
    parser.add_argument("name", metavar="NAME", type=_name, help="协议名，如 acme_led · such as acme_led")
    parser.add_argument(
        "--into",
        type=Path,
        default=Path(drivers.__file__).parents[1],
        help="源代码目录 · source tree (%(default)s)",
    )
    parser.set_defaults(run=_run)


def _name(text: str) -> str:
    if not _NAME.fullmatch(text) or len(text) > 40:
        raise argparse.ArgumentTypeError(
            f"名称用小写字母、数字和下划线，如 acme_led · lower-case letters, digits, _: {text!r}"
        )
    return text


def _run(args: argparse.Namespace) -> int:
    root: Path = args.into
    if not (root / "drivers" / "registry.py").is_file() or not (root / "tests" / "drivers").is_dir():
        print(f"这里不是 kioskd 的源代码目录 · not a source tree of kioskd: {root}", file=sys.stderr)
        return 2
    made = files(args.device_class, args.name)
    there = [path for path in made if (root / path).exists()]
    if there:
        print(f"已存在，什么也没写 · exists, nothing was written: {', '.join(there)}", file=sys.stderr)
        return 2
    try:
        for path, text in made.items():
            file = root / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, "utf-8")
            print(path)
    except OSError as error:
        zh, en = explain(error, "zh"), explain(error, "en")
        print(f"无法写入：{zh} · cannot write: {en}", file=sys.stderr)
        return 2
    print(_steps(args.device_class, args.name))
    return 0


def _steps(device_class: str, name: str) -> str:
    driver = f"{device_class}.{name}"
    test = f"tests/drivers/{device_class}/test_{name}.py"
    return f"""
接下来 · next (docs/writing-a-driver.md):
1. pytest {test}
   两项失败，各说下一步做什么 · two tests fail and say what comes next
2. 把说明书里的帧抄进 GOLDEN，改 codec.py · copy the manual's frames into GOLDEN, change codec.py
3. 登记 · register it, in drivers/registry.py:
    "{driver}": Driver(DeviceClass.{device_class.upper()}, "drivers.{driver}.driver", ("tcp", "serial")),
4. 模拟大厅 · for the simulated hall, in kioskd/demo/hands.py (HANDS)
5. 录制样本 · a recording, in tests/drivers/families.py; docs/devices.md"""
