"""``kioskd run``: the hub or a station of a hall, until it is told to stop."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from kioskd.commands.arguments import port
from kioskd.settings import AddressFile, HallFileEditor, HallSettings, check, line

if TYPE_CHECKING:
    from kioskd.station.config import StationSettings
    from kioskd.web.releases import Offered

    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

E = TypeVar("E", bound=BaseException)

NEEDS_PERSON = 78
"""Exit status when starting again cannot help (EX_CONFIG of sysexits.h): the service manager leaves it."""


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    run = subparsers.add_parser("run", help="运行大厅主机或工作站 · run a hall's hub or a station")
    run.add_argument("file", type=Path, help="hall.toml 或 station.toml · settings of this PC")
    run.add_argument("--data", type=Path, default=default_data(), help="数据目录 · data folder (%(default)s)")
    run.add_argument("--port", type=port, help="HTTP 端口 · port instead of the settings'")
    run.add_argument("--code", help="配对码 · pairing code, once, on a new station")
    run.add_argument("--pair", action="store_true", help="配对后就结束 · pair, and do not run yet")
    run.add_argument("--ca", type=Path, help="大厅根证书，配对时记下 · the hall's CA, kept when pairing")
    run.add_argument(
        "--in-memory",
        action="store_true",
        help="允许数据目录在内存里，仅供试用 · for trials: data may be in memory",
    )
    run.add_argument("--debug", action="store_true", help="详细日志 · log everything")
    run.set_defaults(run=_run)


def default_data() -> Path:
    """Return where data goes when nobody says so: the service's folder, else the user's own."""
    state = os.environ.get("STATE_DIRECTORY")
    if state:
        return Path(state.split(":")[0])
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "kioskd"


def _run(args: argparse.Namespace) -> int:
    from kioskd import logs
    from kioskd.app import SettingsRefusedError
    from kioskd.commands.start_texts import LANGUAGES, explain
    from kioskd.journal.errors import JournalError
    from kioskd.journal.lasting import NotLastingError
    from kioskd.journal.refused import RefusedError
    from kioskd.station.writer import StoreError

    checked = check(args.file)
    if checked.settings is None:
        for problem in checked.problems:
            print(line(problem, "zh"), file=sys.stderr)
            print(line(problem, "en"), file=sys.stderr)
        return 1
    logs.set_up(debug=args.debug)
    status = 1
    work = _hub if isinstance(checked.settings, HallSettings) else _station
    try:
        return asyncio.run(work(checked.settings, args))  # type: ignore[arg-type]
    except* (JournalError, StoreError, SettingsRefusedError, OSError) as errors:
        for error in _leaves(errors):
            for language in LANGUAGES:
                print(explain(error, args.data, language), file=sys.stderr)
            if isinstance(error, RefusedError | NotLastingError):
                status = NEEDS_PERSON
    return status


def _leaves(errors: BaseExceptionGroup[E]) -> Iterator[E]:
    """Yield the errors inside groups of groups."""
    for error in errors.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _leaves(error)
        else:
            yield error


async def _hub(settings: HallSettings, args: argparse.Namespace) -> int:
    from kioskd.access.accounts import FIRST
    from kioskd.app import run_hub
    from kioskd.backup.recovery import make_first
    from kioskd.commands.backup import print_code
    from kioskd.journal.lasting import check_lasting
    from kioskd.service import feed_watchdog, notify, settle_memory

    if not args.in_memory:
        await asyncio.to_thread(check_lasting, args.data)
    stop = stop_signal()
    editor = HallFileEditor(args.file, args.data / "settings", settings)
    async with run_hub(
        settings,
        args.data,
        port=args.port,
        book=AddressFile(args.file),
        file=args.file,
        hall_file=editor,
        offered=_offered(),
    ) as hub:
        settle_memory()
        print(f"hall ready: {hub.url}", flush=True)
        notify(f"READY=1\nSTATUS=ready at {hub.url}")
        first = await asyncio.to_thread(hub.accounts.first_admin)
        if first is not None:
            print(
                f"第一位管理员 · the first administrator: {FIRST}\n"
                f"一次性密码，登录后须更换 · one-time password, to be changed at sign-in: {first}",
                flush=True,
            )
        code = await asyncio.to_thread(make_first, args.data, time.time_ns() // 1_000_000)
        if code is not None:
            print_code(code)
        async with asyncio.TaskGroup() as group:
            watchdog = group.create_task(feed_watchdog(hub.stalled))
            await stop.wait()
            watchdog.cancel()
        notify("STOPPING=1")
    return 0


def _offered() -> Offered | None:
    """Return what stations may fetch of a hub that was installed; of a development tree nothing."""
    from kioskd.install.layout import Layout
    from kioskd.install.place import own_release
    from kioskd.web.releases import Offered

    release = own_release()
    if release is None:
        return None
    return Offered(Layout().offered, (release / "VERSION").read_text("utf-8").strip())


async def _station(settings: StationSettings, args: argparse.Namespace) -> int:
    from kioskd.app import run_station
    from kioskd.commands.start_texts import LANGUAGES, explain
    from kioskd.service import feed_watchdog, notify
    from kioskd.station.pair import PairError, pair

    assert settings.hub is not None
    args.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    token_file = args.data / settings.hub.token_file
    ca_file = args.data / settings.hub.ca_file if settings.hub.ca_file else None
    if args.ca is not None and ca_file is not None:
        ca_file.write_bytes(args.ca.read_bytes())
    if args.code:
        try:
            await pair(settings.hub.url, args.code, settings.id, token_file, ca_file)
        except PairError as error:
            for language in LANGUAGES:
                print(explain(error, args.data, language), file=sys.stderr)
            return 1
        if args.pair:
            return 0
    elif not token_file.exists():
        # Its devices are looked after all the same, and it joins as soon as there is a token.
        print(
            f"还没有配对：在主机上运行 kioskd pair {settings.id}，再在这里加 --code 配对码重新启动。\n"
            f"Not paired yet: run `kioskd pair {settings.id}` on the hub, then start this again with --code.",
            file=sys.stderr,
        )
    stop = stop_signal()
    async with run_station(settings, args.data, book=AddressFile(args.file)) as station:
        print(f"station ready: {settings.id}", flush=True)
        notify("READY=1")
        async with asyncio.TaskGroup() as group:
            watchdog = group.create_task(feed_watchdog(station.stalled))
            await stop.wait()
            watchdog.cancel()
        notify("STOPPING=1")
    return 0


def stop_signal() -> asyncio.Event:
    """Return an event that is set when the process is asked to end."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    return stop
