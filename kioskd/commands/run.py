"""``kioskd run``: the hub or a station of a hall, until it is told to stop."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import errno
import os
import signal
import sys
import termios
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from kioskd.commands.arguments import add_data, port
from kioskd.commands.arguments import default_data as default_data  # the city's commands take it from here
from kioskd.settings import AddressFile, HallFileEditor, HallSettings, check, line, load

if TYPE_CHECKING:
    from kioskd.app import RunningHub
    from kioskd.station.config import StationSettings
    from kioskd.web.releases import Offered

    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

HALL = "hall.toml"
E = TypeVar("E", bound=BaseException)

NEEDS_PERSON = 78
"""Exit status when starting again cannot help (EX_CONFIG of sysexits.h): the service manager leaves it."""


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    run = subparsers.add_parser("run", help="运行大厅主机或工作站 · run a hall's hub or a station")
    run.add_argument(
        "file",
        type=Path,
        help="hall.toml 或 station.toml；还没有的在网页上设置 · settings; where there are none a page asks",
    )
    add_data(run)
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


def _run(args: argparse.Namespace) -> int:
    from kioskd import logs
    from kioskd.app import SettingsRefusedError
    from kioskd.commands.start_texts import LANGUAGES, explain
    from kioskd.journal.errors import JournalError
    from kioskd.journal.lasting import NotLastingError
    from kioskd.journal.refused import RefusedError
    from kioskd.station.writer import StoreError

    with contextlib.suppress(OSError):  # what cannot be looked at is told of as what cannot be read
        if args.file.is_dir():
            args.file = args.file / HALL
    if no_folder(args.data):
        return 1
    settings: HallSettings | StationSettings | None = None
    if not _nobody_yet(args):
        checked = check(args.file)
        settings = checked.settings
        if settings is None:
            for problem in checked.problems:
                print(line(problem, "zh"), file=sys.stderr)
                print(line(problem, "en"), file=sys.stderr)
            return 1
    logs.set_up(debug=args.debug)
    status = 1
    try:
        if settings is None or isinstance(settings, HallSettings):
            return asyncio.run(_hub(settings, args))
        return asyncio.run(_station(settings, args))
    except* (JournalError, StoreError, SettingsRefusedError, OSError) as errors:
        for error in leaves(errors):
            for language in LANGUAGES:
                print(explain(error, args.data, language), file=sys.stderr)
            if isinstance(error, RefusedError | NotLastingError):
                status = NEEDS_PERSON
    return status


def no_folder(data: Path) -> bool:
    """Whether the data folder is something else, or cannot be looked into; says so. One that is not there yet
    will be made.
    """
    from kioskd.commands.start_texts import LANGUAGES, explain

    try:
        os.scandir(data).close()
    except FileNotFoundError:
        return False
    except OSError as error:
        for language in LANGUAGES:
            print(explain(error, data, language), file=sys.stderr)
        return True
    return False


def leaves(errors: BaseExceptionGroup[E]) -> Iterator[E]:
    """Yield the errors inside groups of groups."""
    for error in errors.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from leaves(error)
        else:
            yield error


def _nobody_yet(args: argparse.Namespace) -> bool:
    """Whether this is a hub whose hall is still to be set up on its page.

    A hall that has a journal and lost its settings is not: it needs them back, and no new administrator.
    """
    from kioskd.commands.start_texts import LANGUAGES, explain
    from kioskd.journal.database import DATABASE_NAME
    from kioskd.setup.blank import FOLDER
    from kioskd.setup.place import finish
    from kioskd.setup.wizard import STAGED

    if args.file.name != HALL:
        return False
    try:
        finish(args.data / FOLDER / STAGED)  # what a power cut left between two files
    except OSError as error:
        for language in LANGUAGES:
            print(explain(error, args.data, language), file=sys.stderr)
    try:
        # A link that leads nowhere is settings that are away, too.
        there = args.file.is_symlink() or args.file.exists() or (args.data / DATABASE_NAME).exists()
    except OSError:
        return False
    return not there


async def _hub(settings: HallSettings | None, args: argparse.Namespace) -> int:
    """Run the hub, and again with new settings each time somebody has set the hall up on the page."""
    from kioskd import logs
    from kioskd.journal.lasting import check_lasting
    from kioskd.setup.blank import adopt

    if not args.in_memory:
        await asyncio.to_thread(check_lasting, args.data)
    logs.hear_loop()
    stop = stop_signal()
    if settings is None:
        if not await _set_up(args, stop):
            return 0
        settings = await asyncio.to_thread(load, args.file)
    while True:
        await asyncio.to_thread(adopt, args.data)
        if not await work(settings, args, stop, versions=args.data / "settings"):
            return 0
        settings = await asyncio.to_thread(load, args.file)


async def _set_up(args: argparse.Namespace, stop: asyncio.Event) -> bool:
    """Run a hub without a hall until there is one, or it is told to stop; return whether there is one."""
    from kioskd.app import run_hub
    from kioskd.service import notify
    from kioskd.setup.blank import blank_data, blank_settings
    from kioskd.setup.wizard import Wizard

    folder = await asyncio.to_thread(blank_data, args.data)
    wizard = Wizard(args.file, args.data, begin=True)
    async with run_hub(blank_settings(), folder, port=args.port, setup=wizard) as hub:
        print(
            f"hall to set up: {hub.url}setup\n"
            f"大厅还没有设置，请用浏览器打开上面的地址 · nobody has set this hall up: open this address",
            flush=True,
        )
        notify(f"READY=1\nSTATUS=to be set up at {hub.url}setup")
        await _tell_first(hub)
        if args.port is not None:
            args.port = hub.port  # the page that waits for the hall looks where this one was
        return await _until(stop, wizard.done, hub)


async def work(
    settings: HallSettings,
    args: argparse.Namespace,
    stop: asyncio.Event,
    *,
    versions: Path,
    ready: Callable[[], None] = lambda: None,
) -> bool:
    """Run the hub until it is told to stop, or to start again; return whether to start again.

    ``args`` has ``file``, ``data`` and ``port``; ``versions`` is where earlier settings are kept. ``ready``
    is called once the hub is.
    """
    from kioskd.app import run_hub
    from kioskd.backup.recovery import make_first
    from kioskd.commands.backup import print_code
    from kioskd.service import notify, settle_memory
    from kioskd.setup.wizard import Wizard

    wizard = Wizard(args.file, args.data, begin=False)
    async with run_hub(
        settings,
        args.data,
        port=args.port,
        book=AddressFile(args.file),
        file=args.file,
        hall_file=HallFileEditor(args.file, versions, settings),
        setup=wizard,
        offered=_offered(),
    ) as hub:
        settle_memory()
        say_ready(f"hall ready: {hub.url}")
        notify(f"READY=1\nSTATUS=ready at {hub.url}")
        ready()
        await _tell_first(hub)
        code = await asyncio.to_thread(make_first, args.data, time.time_ns() // 1_000_000)
        if code is not None:
            print_code(code)
        if args.port is not None:
            args.port = hub.port
        return await _until(stop, wizard.done, hub)


async def _tell_first(hub: RunningHub) -> None:
    from kioskd.access.accounts import FIRST

    first = await asyncio.to_thread(hub.accounts.first_admin)
    if first is not None:
        print(
            f"第一位管理员 · the first administrator: {FIRST}\n"
            f"一次性密码，登录后须更换 · one-time password, to be changed at sign-in: {first}",
            flush=True,
        )


async def _until(stop: asyncio.Event, again: asyncio.Event, hub: RunningHub) -> bool:
    """Wait for one of the two, and return whether it is ``again``."""
    from kioskd.service import feed_watchdog, notify

    async with asyncio.TaskGroup() as group:
        watchdog = group.create_task(feed_watchdog(hub.stalled))
        either = [group.create_task(event.wait()) for event in (stop, again)]
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        for task in (watchdog, *either):
            task.cancel()
    if stop.is_set():
        notify("STOPPING=1")
        return False
    return True


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
    from kioskd import logs
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
    logs.hear_loop()
    stop = stop_signal()
    async with run_station(settings, args.data, book=AddressFile(args.file)) as station:
        say_ready(f"station ready: {settings.id}")
        notify("READY=1")
        async with asyncio.TaskGroup() as group:
            watchdog = group.create_task(feed_watchdog(station.stalled))
            await stop.wait()
            watchdog.cancel()
        notify("STOPPING=1")
    return 0


def say_ready(text: str) -> None:
    """Print the line that programs wait for. Where nobody reads it any more, the work goes on: that a
    terminal is gone is told by a signal.
    """
    with contextlib.suppress(OSError):
        print(text, flush=True)


def stop_signal() -> asyncio.Event:
    """Return an event that is set when the process is asked to end, or its terminal is gone."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup's children outlive their terminal

        def hung_up() -> None:
            _leave_terminal()
            stop.set()

        loop.add_signal_handler(signal.SIGHUP, hung_up)
    return stop


def _leave_terminal() -> None:
    """Write nowhere what would go to a terminal that is gone: each line would fail, and the stop with it."""
    for number in (1, 2):
        try:
            termios.tcgetattr(number)
        except termios.error as error:
            if error.args[0] == errno.EIO:
                nowhere = os.open(os.devnull, os.O_WRONLY)
                os.dup2(nowhere, number)
                os.close(nowhere)
