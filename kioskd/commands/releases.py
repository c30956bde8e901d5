"""``kioskd rollback``, ``releases``, ``follow-hub`` and ``uninstall``: which release runs on this PC.

Exit status: 0 done, 1 not done and everything as before, 2 wrong use, 3 the other release did not come up
and the one before runs again.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from kioskd.commands.releases_texts import say
from kioskd.commands.switching import add_root, systemd, tell, tried

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]


def register(subparsers: Subparsers) -> None:
    """Add the commands."""
    back = subparsers.add_parser("rollback", help="退回上一个版本，数据不丢 · back to the release before")
    back.add_argument("--to", metavar="VERSION", help="退到这个版本 · to this one")
    add_root(back)
    back.set_defaults(run=_rollback)

    listing = subparsers.add_parser(
        "releases", help="本机有哪些版本 · which releases are here, and what ran when"
    )
    actions = listing.add_subparsers(dest="action")
    reads = actions.add_parser("reads", help="本版本能否读懂一份日志 · can this release read a journal")
    reads.add_argument("file", type=Path, help="日志文件 · the journal's file")
    reads.set_defaults(run=_reads)
    offering = actions.add_parser("offer", help="让工作站从本机取安装文件 · let stations fetch a file here")
    offering.add_argument("file", type=Path, help="kioskd-….run")
    add_root(offering)
    offering.set_defaults(run=_offer)
    add_root(listing)
    listing.set_defaults(run=_list)

    follow = subparsers.add_parser(
        "follow-hub", help="工作站换到主机的版本 · bring this station to the release its hub runs"
    )
    follow.add_argument("--now", action="store_true", help="办公时间也换 · also while the hall is open")
    add_root(follow)
    follow.set_defaults(run=_follow)

    away = subparsers.add_parser(
        "uninstall", help="卸载程序，数据和设置留下 · take the program away, never the data"
    )
    away.add_argument("--yes", action="store_true", help="不再询问 · ask nothing")
    add_root(away)
    away.set_defaults(run=_uninstall)


def _rollback(args: argparse.Namespace) -> int:
    from kioskd.install.layout import Layout
    from kioskd.install.switch import roll_back

    layout = Layout(args.root)
    return tried(lambda: tell(roll_back(layout, systemd(layout), args.to)))


def _offer(args: argparse.Namespace) -> int:
    from kioskd.install.layout import Layout
    from kioskd.install.place import offer

    def work() -> int:
        print(say("offered", file=offer(Layout(args.root), args.file)))
        return 0

    return tried(work)


def _follow(args: argparse.Namespace) -> int:
    from kioskd.install.follow import LeftError, Station, follow
    from kioskd.install.layout import Layout
    from kioskd.settings import HallSettings, check

    layout = Layout(args.root)
    settings = check(layout.settings / "station.toml").settings
    if settings is None or isinstance(settings, HallSettings) or settings.hub is None:
        print(say("no_station"), file=sys.stderr)
        return 2
    hub = settings.hub
    ca = layout.data / hub.ca_file if hub.ca_file and hub.url.startswith("https:") else None
    station = Station(hub.url, layout.data / hub.token_file, ca)

    def work() -> int:
        try:
            return tell(follow(layout, station, systemd(layout), now=args.now))
        except LeftError as error:
            print(say("left_" + error.code, detail=error.detail))
            # Nothing to do, or nothing that can be done now, is no failure of the timer's service.
            return 0 if error.code in ("same", "later", "failed_before", "no_release", "unreached") else 1

    return tried(work)


def _list(args: argparse.Namespace) -> int:
    from kioskd.install.layout import Layout
    from kioskd.install.switch import record

    layout = Layout(args.root)
    now = layout.version()
    for version in layout.versions():
        print(("* " if version == now else "  ") + version)
    for step in record(layout):
        at = time.strftime("%Y-%m-%d %H:%M", time.localtime(step.at / 1000))
        print(
            say("step", at=at, before=step.before, after=step.after, outcome=say("outcome_" + step.outcome))
        )
        if step.why:
            print("    " + step.why)
    if now is None:
        print(say("none_here"))
    return 0


def _reads(args: argparse.Namespace) -> int:
    import apsw

    from kioskd.backup.prove import replay
    from kioskd.journal.errors import JournalError
    from kioskd.journal.schema import open_to_read

    try:
        connection = open_to_read(args.file)
        try:
            _, _, head = replay(connection)
        finally:
            connection.close()
    except (JournalError, apsw.Error, ValueError, KeyError, OSError) as error:
        print(say("unreadable", why=f"{type(error).__name__}: {error}"), file=sys.stderr)
        return 1
    print(say("readable", head=head))
    return 0


def _uninstall(args: argparse.Namespace) -> int:
    from kioskd.install.layout import Layout
    from kioskd.install.place import remove
    from kioskd.install.services import managed

    layout = Layout(args.root)
    if layout.version() is None:
        print(say("none_here"), file=sys.stderr)
        return 1
    if not args.yes and (
        not sys.stdin.isatty() or input(say("really")).strip().lower() not in ("y", "yes", "是")
    ):
        print(say("nothing_done"), file=sys.stderr)
        return 1

    def work() -> int:
        system = systemd(layout) if managed(layout) else None
        if system is not None:
            system.retire()
        kept = remove(layout)
        if system is not None:
            system.prepare()
        print(say("removed", kept="、".join(str(place) for place in kept) or "-"))
        return 0

    return tried(work)
