"""``kioskd backup`` and ``kioskd restore``: sealed backups, their recovery code, and the way back.

Exit status: 0 all well, 1 something is wrong or was not done, 2 wrong usage.
"""

from __future__ import annotations

import argparse
import getpass
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from kioskd.commands.arguments import add_data
from kioskd.commands.backup_texts import reason, say

if TYPE_CHECKING:
    from kioskd.settings import HallSettings

    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]


def register(subparsers: Subparsers) -> None:
    """Add the commands; each sets ``run(args) -> exit status``."""
    backup = subparsers.add_parser("backup", help="备份 · sealed backups, and the recovery code")
    actions = backup.add_subparsers(dest="action", required=True)

    now = _action(actions, "now", "立即备份并验证（大厅可照常运行） · make one now and prove it", _now)
    now.add_argument("file", type=Path, help="hall.toml")

    listing = _action(actions, "list", "列出备份和上次成功的时间 · what there is, and how old", _list)
    listing.add_argument("file", type=Path, help="hall.toml")

    ready = actions.add_parser("prepare", help="把一个目录设为备份目录 · make a folder a place for backups")
    ready.add_argument("folder", type=Path, help="目录 · the folder, mounted")
    ready.set_defaults(run=_prepare)

    code = _action(actions, "code", "更换恢复码（旧备份仍用旧码） · a new recovery code", _code)
    code.add_argument(
        "--check", action="store_true", help="核对手里的恢复码 · check the one on paper instead"
    )
    code.add_argument("--code-file", type=Path, help="从文件读取 · read it from a file")

    keys = _action(
        actions, "keys", "用恢复码找回丢失的密钥 · bring back a lost key file (hall stopped)", _keys
    )
    keys.add_argument("--code-file", type=Path, help="从文件读取恢复码 · read the code from a file")

    back = subparsers.add_parser("restore", help="从备份恢复整个大厅 · a whole hall from a backup")
    back.add_argument(
        "backup", type=Path, help="备份文件，或放备份的目录（取最新的） · a backup, or a folder of them"
    )
    add_data(back)
    back.add_argument("--settings", type=Path, required=True, help="设置放到哪个目录 · where settings go")
    back.add_argument(
        "--issued",
        action="append",
        default=[],
        metavar="A=123",
        help="今天已发到的号，可多次给出 · a number known to be given today, may be repeated",
    )
    back.add_argument(
        "--above-epoch", type=int, default=0, metavar="N", help="新纪元须大于 N · an epoch above N"
    )
    back.add_argument("--code-file", type=Path, help="从文件读取恢复码 · read the code from a file")
    back.set_defaults(run=_guarded(_restore))


def _action(
    actions: Subparsers, name: str, text: str, work: Callable[[argparse.Namespace], int]
) -> argparse.ArgumentParser:
    parser = actions.add_parser(name, help=text)
    add_data(parser)
    parser.set_defaults(run=_guarded(work))
    return parser


def _guarded(work: Callable[[argparse.Namespace], int]) -> Callable[[argparse.Namespace], int]:
    def run(args: argparse.Namespace) -> int:
        from kioskd.backup.box import BoxError
        from kioskd.backup.code import CodeError
        from kioskd.backup.errors import PlaceError
        from kioskd.backup.recovery import NoRecoveryError
        from kioskd.backup.restore import RestoreError
        from kioskd.journal.errors import DataFolderBusy

        try:
            return work(args)
        except CodeError as error:
            where = "、".join(str(group) for group in error.groups)
            print(say("code_slip" if error.groups else "code_length", groups=where), file=sys.stderr)
        except DataFolderBusy as error:
            print(say("hall_running", pid=error.pid or "?"), file=sys.stderr)
        except (BoxError, RestoreError, PlaceError) as error:
            print(f"{reason(error.code)}\n{error.code}: {error}", file=sys.stderr)
        except NoRecoveryError as error:
            print(f"{reason('no_recovery')}\n{error}", file=sys.stderr)
        except OSError as error:
            print(say("os", why=error), file=sys.stderr)
        return 1

    return run


def _load(file: Path) -> HallSettings | None:
    from kioskd.settings import HallSettings, check, line

    checked = check(file)
    if isinstance(checked.settings, HallSettings):
        return checked.settings
    for problem in checked.problems:
        print(line(problem, "zh"), line(problem, "en"), sep="\n", file=sys.stderr)
    return None


def _now(args: argparse.Namespace) -> int:
    from importlib.metadata import version

    from kioskd.backup.keeper import note
    from kioskd.backup.make import Job, make
    from kioskd.journal.keys import KEY_NAME
    from kioskd.settings.gather import gather

    settings = _load(args.file)
    if settings is None:
        return 1
    if not settings.backup.places:
        print(say("no_places"), file=sys.stderr)
        return 1
    key = settings.journal.key_file
    job = Job(
        hall=settings.rules.hall,
        data=args.data,
        key_file=Path(key) if key else args.data / KEY_NAME,
        settings=gather(args.file),
        version=version("kioskd"),
    )
    outcomes = make(job, settings.backup)
    note(args.data, outcomes)
    for one in outcomes:
        if one.code:
            print(say("failed", place=one.place, why=reason(one.code), detail=one.detail), file=sys.stderr)
        else:
            print(say("made", place=one.place, name=one.name, size=_mib(one.size), head=one.head))
    return 1 if any(one.code for one in outcomes) else 0


def _list(args: argparse.Namespace) -> int:
    from kioskd.backup.errors import PlaceError
    from kioskd.backup.keeper import standing_of
    from kioskd.backup.make import mine
    from kioskd.backup.places import store_of

    settings = _load(args.file)
    if settings is None:
        return 1
    if not settings.backup.places:
        print(say("no_places"), file=sys.stderr)
        return 1
    known = standing_of(args.data)
    status = 0
    for place in settings.backup.places:
        one = known.get(place.id)
        last = say("never") if one is None or one.good is None else _time(one.good)
        print(say("place", place=place.id, last=last))
        if one is not None and one.code:
            print("  " + reason(one.code))
        try:
            for name in mine(store_of(place, args.data).names(), settings.rules.hall):
                print(f"  {name}")
        except PlaceError as error:
            status = 1
            print(f"  {reason(error.code)} ({error})")
    return status


def _prepare(args: argparse.Namespace) -> int:
    from kioskd.backup.places import prepare

    try:
        prepare(args.folder)
    except OSError as error:
        print(say("os", why=error), file=sys.stderr)
        return 1
    print(say("prepared", folder=args.folder.resolve()))
    return 0


def _code(args: argparse.Namespace) -> int:
    from kioskd.backup import recovery

    if args.check:
        good = recovery.fits(args.data, _secret(args.code_file))
        print(say("code_fits" if good else "code_other"), file=sys.stdout if good else sys.stderr)
        return 0 if good else 1
    if not args.data.is_dir():
        raise FileNotFoundError(2, "no such data folder", str(args.data))
    print_code(recovery.make(args.data, time.time_ns() // 1_000_000))
    return 0


def print_code(code: str) -> None:
    """Print a recovery code the only time it is seen."""
    print(say("code", code=code), flush=True)


def _keys(args: argparse.Namespace) -> int:
    from kioskd.backup import recovery
    from kioskd.journal.files import write_new
    from kioskd.journal.keys import KEY_NAME
    from kioskd.journal.lock import FolderLock

    content = recovery.unseal_key(args.data, _secret(args.code_file))
    lock = FolderLock(args.data)
    try:
        target = args.data / KEY_NAME
        if target.exists():
            if target.read_bytes() == content:
                print(say("key_same"))
                return 0
            aside = target.with_name(f"{KEY_NAME}.before-{time.time_ns() // 1_000_000_000}")
            target.rename(aside)
            print(say("key_aside", path=aside))
        write_new(target, content, 0o600)
    finally:
        lock.release()
    print(say("key_back", path=target))
    return 0


def _restore(args: argparse.Namespace) -> int:
    from kioskd.backup.box import Opener
    from kioskd.backup.restore import restore
    from kioskd.hub.clock import boot_id

    issued = {}
    for text in args.issued:
        prefix, _, number = text.partition("=")
        if not prefix or not number.isascii() or not number.isdigit():
            print(say("bad_issued", text=text), file=sys.stderr)
            return 2
        issued[prefix.upper()] = int(number)
    file = args.backup
    if file.is_dir():
        found = sorted(file.glob("kioskd-*.kbk"))
        if not found:
            print(say("none_there", folder=file), file=sys.stderr)
            return 1
        file = found[-1]
        print(say("newest", name=file.name))
    wall = time.time_ns() // 1_000_000
    began = time.monotonic()
    done = restore(
        file,
        args.data,
        args.settings,
        Opener(_secret(args.code_file)),
        wall=wall,
        boot=boot_id(),
        issued=issued,
        above_epoch=args.above_epoch,
    )
    label = done.manifest.label
    print(say("restored", hall=label.hall, made=_time(label.made), parent=done.parent, head=done.head))
    if done.floors.last:
        numbers = " ".join(f"{prefix}{number}" for prefix, number in sorted(done.floors.last.items()))
        print(say("floors", numbers=numbers))
    if done.set_aside is not None:
        print(say("set_aside", path=done.set_aside))
    print(
        say(
            "restored_next", settings=done.settings, data=args.data, seconds=f"{time.monotonic() - began:.1f}"
        )
    )
    return 0


def _secret(file: Path | None) -> bytes:
    from kioskd.backup import code

    if file is not None:
        return code.read(file.read_text("utf-8"))
    if sys.stdin.isatty():
        return code.read(getpass.getpass(say("type_code")))
    return code.read(sys.stdin.readline())


def _mib(size: int) -> str:
    return f"{size / 1048576:.1f} MiB"


def _time(wall: int) -> str:
    return f"{datetime.fromtimestamp(wall / 1000, UTC).astimezone():%Y-%m-%d %H:%M}"
