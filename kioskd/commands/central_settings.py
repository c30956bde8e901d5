"""``kioskd central settings``: settings for all halls, some halls first and then all, and back again."""

from __future__ import annotations

import argparse
import asyncio
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kioskd.central.control import ReleaseAnswer

    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

_REFUSED = {
    "no_release": "没有这个版本 · there is no such version",
    "untried": "请先发给几个大厅试行 · let some halls have it first: name them",
    "pending": "这些大厅还没有答复 · these halls have not answered yet: {halls}",
    "refused": "这些大厅拒绝了 · these halls have refused it: {halls}",
    "nothing_before": "没有可退回的版本 · there is nothing to go back to: {halls}",
    "unknown_hall": "没有这个大厅 · no such hall: {halls}",
}
_STATES = {
    "asked": "等待答复 · asked",
    "taken": "已采用 · taken",
    "refused": "拒绝 · refused",
}


def register(subparsers: Subparsers, place: Callable[[argparse.ArgumentParser, Any], None]) -> None:
    """Add the actions. ``place`` adds where the server's data is."""
    settings = subparsers.add_parser("settings", help="统一设置 · settings for all halls")
    actions = settings.add_subparsers(dest="what", required=True, metavar="ACTION")
    add = actions.add_parser("add", help="登记一个版本 · keep a version: a folder of TOML files")
    add.add_argument("folder", type=Path, help="services.toml, common.toml, calendar-2027.toml …")
    add.add_argument("--name", default="", help="名称 · what people call it")
    send = actions.add_parser("send", help="下发：先几个大厅，再全部 · to some halls first, then to all")
    send.add_argument("version", type=int, help="登记时显示的版本号 · the version that add printed")
    send.add_argument("halls", nargs="*", help="大厅；不写就是全部 · halls; none named: all")
    back = actions.add_parser("back", help="退回上一个版本 · back to the version before")
    back.add_argument("halls", nargs="*", help="大厅；不写就是全部 · halls; none named: all")
    show = actions.add_parser("show", help="各大厅的版本 · which hall has what")
    for parser in (add, send, back, show):
        place(parser, argparse.SUPPRESS)
        parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    import msgspec

    from kioskd.central.control import ReleaseAnswer, ReleaseAsked, release
    from kioskd.commands.central import _of_running, _opened
    from kioskd.journal.errors import DataFolderBusy

    try:
        files = _files(args.folder) if args.what == "add" else {}
    except (OSError, ValueError) as error:
        print(f"不能登记 · cannot be kept: {error}", file=sys.stderr)
        return 1
    asked = ReleaseAsked(
        args.what,
        name=getattr(args, "name", ""),
        files=files,
        version=getattr(args, "version", 0),
        halls=tuple(getattr(args, "halls", ())),
    )

    async def ask() -> ReleaseAnswer:
        body = await _of_running(args, "/control/v1/releases", msgspec.json.encode(asked))
        if body:
            return msgspec.json.decode(body, type=ReleaseAnswer)
        async with _opened(args) as database:
            return await release(database, asked)

    try:
        return _say(args.what, asyncio.run(ask()))
    except DataFolderBusy as error:
        print(f"该目录正被使用 · the folder is in use: {error}", file=sys.stderr)
        return 1


def _files(folder: Path) -> dict[str, str]:
    """Read the files of a release. Raises OSError, and ValueError for a name that no hall takes."""
    from kioskd.settings.overlay import NAME

    files = {file.name: file.read_text("utf-8-sig") for file in sorted(folder.iterdir()) if file.is_file()}
    strange = [name for name in files if re.fullmatch(NAME, name) is None]
    if strange or not files:
        raise ValueError(f"{folder}: {', '.join(strange) or 'empty'}")
    return files


def _say(what: str, told: ReleaseAnswer) -> int:
    if told.refused:
        print(_REFUSED[told.refused].format(halls=" ".join(told.halls)), file=sys.stderr)
        return 1
    if what == "add":
        print(told.version)
    elif what == "show":
        for hall in told.standing:
            reason = f" ({hall.reason})" if hall.reason else ""
            print(f"{hall.hall}\t{hall.version}\t{_STATES[hall.state]}{reason}")
    else:
        print(" ".join(told.halls))
    return 0
