"""``kioskd central``: the central queue server of a city, and which halls it knows."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import secrets
import ssl
import sys
from collections.abc import AsyncIterator, Coroutine
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from kioskd.commands import central_settings, central_upkeep, central_users
from kioskd.commands.arguments import port
from kioskd.commands.run import default_data, stop_signal

if TYPE_CHECKING:
    from kioskd.central.database import Database
    from kioskd.central.office.users import UserAsked, UserDone
    from kioskd.central.upkeep import UpkeepAsked, UpkeepDone

    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

T = TypeVar("T")

DATABASE_FILE = "central.db"
HALL = "大厅编号 · the hall's id, such as hall-42"


def register(subparsers: Subparsers) -> None:
    """Add the command and its actions."""
    central = subparsers.add_parser("central", help="市级中心 · the central queue server of a city")
    _place(central, default_data() / "central")
    central.add_argument("--host", default="127.0.0.1", help="监听地址 · address to listen on (%(default)s)")
    central.add_argument("--port", type=port, default=8600, help="端口 · port (%(default)s)")
    central.add_argument(
        "--export", type=Path, help="上报好差评的设置 (TOML) · where ratings go; see docs/city.en.md"
    )
    central.add_argument(
        "--certificate", type=Path, help="证书链 (PEM)，启用 HTTPS · chain of certificates, for HTTPS"
    )
    central.add_argument("--key", type=Path, help="证书的私钥 (PEM) · its private key")
    central.set_defaults(run=_run)
    actions = central.add_subparsers(dest="action", metavar="ACTION")
    enrol = actions.add_parser("enrol", help="让大厅加入 · print a one-time code for a hall to join with")
    _place(enrol, argparse.SUPPRESS)
    enrol.add_argument("hall", help=HALL)
    enrol.add_argument("--name", default="", help="大厅名称，第一次必填 · its name, needed the first time")
    enrol.add_argument("--url", default="", help="写进二维码的中心地址 · address for the QR code")
    enrol.set_defaults(run=_enrol)
    revoke = actions.add_parser("revoke", help="吊销大厅的令牌 · end every token of a hall")
    _place(revoke, argparse.SUPPRESS)
    revoke.add_argument("hall", help=HALL)
    revoke.set_defaults(run=_revoke)

    central_users.register(actions, partial(_place, data=argparse.SUPPRESS), _users)
    central_upkeep.register(actions, partial(_place, data=argparse.SUPPRESS), _upkeep)

    plan = actions.add_parser("booking", help="设置大厅的预约时段 · say which times a hall gives")
    _place(plan, argparse.SUPPRESS)
    plan.add_argument("hall", help=HALL)
    plan.add_argument("file", type=Path, help="预约方案 (TOML) · the plan; see docs/city.en.md")
    plan.set_defaults(run=_plan)
    central_settings.register(actions, _place)


def _place(parser: argparse.ArgumentParser, data: Path | str) -> None:
    shown = str(default_data() / "central").replace("%", "%%")  # an action's own default is its command's
    parser.add_argument("--data", type=Path, default=data, help=f"数据目录 · data folder ({shown})")
    parser.add_argument(
        "--database",
        default="" if isinstance(data, Path) else argparse.SUPPRESS,
        help="postgresql://… 代替内置数据库 · instead of the embedded database",
    )


def _run(args: argparse.Namespace) -> int:
    from kioskd import logs
    from kioskd.central.migrate import DatabaseTooNewError
    from kioskd.central.persons import OtherKeyError
    from kioskd.journal.errors import DataFolderBusy

    logs.set_up()
    try:
        return asyncio.run(_serve(args))
    except DataFolderBusy as error:
        print(f"另一个中心正在使用该目录 · another central server uses this folder: {error}", file=sys.stderr)
    except DatabaseTooNewError as error:
        print(f"数据库来自更新的版本 · the database is of a newer version: {error}", file=sys.stderr)
    except OtherKeyError as error:
        print(
            f"密钥文件不在或不是这个数据库的，请从备份恢复，或从另一个进程的目录复制"
            f" · the key file is not there or not this database's own: {error}",
            file=sys.stderr,
        )
    except OSError as error:
        print(f"不能启动 · cannot start: {error}", file=sys.stderr)
    return 1


async def _serve(args: argparse.Namespace) -> int:
    from kioskd import logs
    from kioskd.central import control
    from kioskd.central.export import settings
    from kioskd.central.parts import running
    from kioskd.central.pulse import Pulse
    from kioskd.service import feed_watchdog, notify

    logs.hear_loop()
    stop = stop_signal()
    token = secrets.token_urlsafe(32)
    try:
        export = None if args.export is None else await asyncio.to_thread(settings.load, args.export)
    except ValueError as error:
        print(f"上报设置有误 · {args.export}: {error}", file=sys.stderr)
        return 1
    tls = await asyncio.to_thread(_tls, args)
    async with (
        _opened(args) as database,
        running(
            database, args.data, args.host, args.port, control_token=token, export=export, tls=tls
        ) as bound,
    ):
        if not args.database:
            await asyncio.to_thread(control.leave, args.data, bound, token, tls=tls is not None)
        scheme = "http" if tls is None else "https"
        print(f"central ready: {scheme}://{args.host}:{bound}/", flush=True)
        notify("READY=1")
        pulse = Pulse(database)
        async with asyncio.TaskGroup() as group:
            # A server of databases elsewhere is not restarted because they do not answer.
            feeding = group.create_task(feed_watchdog(pulse.stalled))
            asking = None if args.database else group.create_task(pulse.beat())
            await stop.wait()
            for task in filter(None, (feeding, asking)):
                task.cancel()
        notify("STOPPING=1")
    return 0


def _tls(args: argparse.Namespace) -> ssl.SSLContext | None:
    """Return what HTTPS is served with; raises OSError for files that cannot be used."""
    if args.certificate is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(args.certificate, args.key)
    return context


@contextlib.asynccontextmanager
async def _opened(args: argparse.Namespace) -> AsyncIterator[Database]:
    """Give the database; the embedded one is nobody else's meanwhile. Raises `DataFolderBusy`."""
    from kioskd.central.postgres import Postgres
    from kioskd.central.sqlite import Sqlite
    from kioskd.journal.lock import FolderLock

    async with contextlib.AsyncExitStack() as stack:
        database: Database
        if args.database:
            database = await Postgres.open(args.database)
        else:
            args.data.mkdir(mode=0o700, parents=True, exist_ok=True)
            stack.callback(FolderLock(args.data).release)
            database = await Sqlite.open(args.data / DATABASE_FILE)
        stack.push_async_callback(database.close)
        yield database


def _enrol(args: argparse.Namespace) -> int:
    import msgspec

    from kioskd.central.control import EnrolAsked, Enrolled, enrol

    asked = EnrolAsked(args.hall, args.name)

    async def ask() -> Enrolled | None:
        body = await _of_running(args, "/control/v1/enrol", msgspec.json.encode(asked))
        if body is not None:
            return msgspec.json.decode(body, type=Enrolled) if body else None
        async with _opened(args) as database:
            return await enrol(database, asked)

    enrolled = _asked(ask())
    if enrolled is None:
        print(f"没有这个大厅，请加 --name 名称 · no hall {args.hall} yet: give --name", file=sys.stderr)
        return 1
    print(enrolled.code)
    hours = enrolled.lives_ms // 3_600_000
    print(f"{hours} 小时内在大厅运行一次 · within {hours} hours run once at the hall:", file=sys.stderr)
    print(f"    kioskd join {args.url or 'URL'} {enrolled.code}", file=sys.stderr)
    if args.url:
        _show_qr(f"{args.url}#join={enrolled.code}")
    return 0


def _revoke(args: argparse.Namespace) -> int:
    from kioskd.central import halls

    async def ask() -> bool | None:
        if await _of_running(args, f"/control/v1/halls/{args.hall}/revoke", b"") is None:
            async with _opened(args) as database:
                await database.write(partial(halls.revoke, args.hall))
        return True

    return 0 if _asked(ask()) else 1


def _plan(args: argparse.Namespace) -> int:
    import tomllib

    import msgspec

    from kioskd.central import booking
    from kioskd.central.server import wall_ms
    from kioskd.central.slots import BookingPlan

    try:
        plan = msgspec.convert(tomllib.loads(args.file.read_text("utf-8")), BookingPlan)
    except (OSError, ValueError, msgspec.ValidationError) as error:
        print(f"方案读不了 · the plan cannot be used: {args.file}: {error}", file=sys.stderr)
        return 1

    async def ask() -> bool | None:
        path = f"/control/v1/halls/{args.hall}/plan"
        body = await _of_running(args, path, msgspec.json.encode(plan))
        if body is None:
            async with _opened(args) as database:
                await database.write(partial(booking.set_plan, args.hall, plan, wall_ms()))
        return body != b""

    if _asked(ask()):
        return 0
    print(f"没有这个大厅 · no hall {args.hall}", file=sys.stderr)
    return 1


def _users(args: argparse.Namespace, asked: UserAsked) -> UserDone | None:
    import msgspec

    from kioskd.central.office.users import PATH, UserDone, do

    async def ask() -> UserDone:
        body = await _of_running(args, PATH, msgspec.json.encode(asked))
        if body:
            return msgspec.json.decode(body, type=UserDone)
        async with _opened(args) as database:
            return await do(database, asked)

    return _asked(ask())


def _upkeep(args: argparse.Namespace, asked: UpkeepAsked) -> UpkeepDone | None:
    import msgspec

    from kioskd.central.upkeep import PATH, UpkeepDone, do

    async def ask() -> UpkeepDone:
        body = await _of_running(args, PATH, msgspec.json.encode(asked))
        if body:
            return msgspec.json.decode(body, type=UpkeepDone)
        async with _opened(args) as database:
            return await do(database, args.data, asked)

    return _asked(ask())


def _asked(asking: Coroutine[None, None, T | None]) -> T | None:
    from kioskd.central.halls import NoSuchHallError
    from kioskd.journal.errors import DataFolderBusy

    try:
        return asyncio.run(asking)
    except NoSuchHallError:
        return None
    except DataFolderBusy as error:
        print(f"该目录正被使用 · the folder is in use: {error}", file=sys.stderr)
        return None


async def _of_running(args: argparse.Namespace, path: str, body: bytes) -> bytes | None:
    """Ask the server that uses this folder; None where none runs, nothing where it knows no such hall."""
    import aiohttp

    from kioskd.central import control

    running = None if args.database else control.find(args.data)
    if running is None:
        return None
    headers = {"Authorization": f"Bearer {running.token}"}
    try:
        async with (
            aiohttp.ClientSession(running.url, headers=headers) as session,
            # It never leaves this machine, and the certificate is for another name.
            session.post(path, data=body, ssl=not running.tls) as answer,
        ):
            if answer.status in (200, 404):
                return await answer.read() if answer.status == 200 else b""
    except aiohttp.ClientError:
        pass  # its file outlived it
    return None


def _show_qr(text: str) -> None:
    import qrcode

    code = qrcode.QRCode(border=2)
    code.add_data(text)
    code.print_ascii(out=sys.stderr)
