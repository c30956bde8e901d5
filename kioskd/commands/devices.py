"""``kioskd devices``: what is plugged into this PC, and tools for one device of its settings."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from drivers.discovery import Change, Found, changes, fitting, look, suggest
from kioskd.commands import devices_hub, devices_record, devices_test
from kioskd.commands.devices_texts import LANGUAGES, ZH, say

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

LOOK_S = 1.0
"""Between two looks of ``--watch``: about as long as the kernel takes to make a device ready."""


def register(subparsers: Subparsers) -> None:
    """Add the command; it sets ``run(args) -> exit status``."""
    parser = subparsers.add_parser("devices", help="查看和测试设备 · what is plugged in, and tests")
    parser.add_argument("--lang", choices=LANGUAGES, default=ZH, help="语言 · language of the answer")
    parser.add_argument("--json", action="store_true", help="每行一个 JSON 对象 · one JSON object a line")
    parser.add_argument("--watch", action="store_true", help="继续看插拔 · go on and tell what is plugged")
    parser.add_argument("--root", type=Path, default=Path("/"), help=argparse.SUPPRESS)
    parser.set_defaults(run=_run)
    actions = parser.add_subparsers(dest="action", metavar="ACTION")
    for add in (
        devices_record.register,
        devices_record.register_replay,
        devices_test.register,
        devices_hub.register,
        devices_hub.register_rebind,
    ):
        # The same option after the action's name; left out there, what stands before it counts.
        add(actions).add_argument(
            "--lang", choices=LANGUAGES, default=argparse.SUPPRESS, help="语言 · language of the answer"
        )


def _run(args: argparse.Namespace) -> int:
    found = look(args.root)
    for line in _as_json(found) if args.json else _as_text(found, args.lang):
        print(line)
    if args.watch:
        if not args.json:
            print(say(args.lang, "watching"), flush=True)
        try:
            follow(args.root, found, lambda change: _tell(change, args.json, args.lang))
        except KeyboardInterrupt:
            return 0
    return 0


def follow(
    root: Path,
    found: tuple[Found, ...],
    tell: Callable[[Change], None],
    pause: Callable[[float], None] = time.sleep,
) -> None:
    """Tell every change after ``found``, until interrupted."""
    while True:
        pause(LOOK_S)
        now = look(root)
        for change in changes(found, now):
            tell(change)
        found = now


def _tell(change: Change, as_json: bool, language: str) -> None:
    if as_json:
        change_json = {"plugged": change.plugged, **_fields(change.device)}
        print(msgspec.json.encode(change_json).decode(), flush=True)
        return
    print(f"{say(language, 'plugged' if change.plugged else 'unplugged')}  {_line(change.device, language)}")
    if change.plugged:
        print(f"\n{suggest(change.device)}")
    sys.stdout.flush()


def _as_json(found: tuple[Found, ...]) -> Iterator[str]:
    for each in found:
        yield msgspec.json.encode(_fields(each)).decode()


def _fields(found: Found) -> dict[str, object]:
    fields: dict[str, object] = {
        name: getattr(found, name) for name in ("kind", "name", "address", "node", "port", "usb", "role")
    }
    return {**fields, "stable": found.stable, "drivers": fitting(found), "toml": suggest(found)}


def _as_text(found: tuple[Found, ...], language: str) -> Iterator[str]:
    if not found:
        yield say(language, "nothing")
        return
    for each in found:
        yield _line(each, language)
    yield ""
    yield say(language, "found", count=len(found))
    for each in found:
        yield ""
        yield suggest(each).rstrip("\n")


def _line(found: Found, language: str) -> str:
    kind = say(language, f"role.{found.role}" if found.role else f"kind.{found.kind.value}")
    socket = say(language, "socket", port=found.port) if found.port else ""
    return "  ".join(part for part in (kind, found.name, found.node, socket, found.usb) if part)
