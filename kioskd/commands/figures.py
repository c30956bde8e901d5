"""``kioskd figures``: the daily figures beside a journal."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from kioskd.commands.arguments import add_data

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]


def register(subparsers: Subparsers) -> None:
    """Add the command; its action sets ``run(args) -> exit status``."""
    figures = subparsers.add_parser("figures", help="统计 · the daily figures beside the journal")
    actions = figures.add_subparsers(dest="action", required=True)
    rebuild = actions.add_parser(
        "rebuild",
        help="按日志重新统计（大厅可照常运行） · count all days anew from the journal; the hall may run",
    )
    add_data(rebuild)
    rebuild.set_defaults(run=_rebuild)


def _rebuild(args: argparse.Namespace) -> int:
    import apsw

    from kioskd.figures.offline import JournalFile
    from kioskd.figures.rollups import Rollups
    from kioskd.figures.store import FILE_NAME, Store
    from kioskd.journal.database import DATABASE_NAME
    from kioskd.journal.errors import JournalError

    try:
        with JournalFile(args.data / DATABASE_NAME) as source:
            store = Store(args.data / FILE_NAME)
            try:
                days = Rollups(source, store).rebuild()
            finally:
                store.close()
    except (JournalError, apsw.Error, OSError) as error:
        print(f"没有重新统计 · not counted: {error}", file=sys.stderr)
        return 1
    print(f"已统计 {days} 天 · {days} day(s) counted")
    return 0
