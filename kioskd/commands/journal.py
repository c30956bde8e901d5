"""``kioskd journal``: verify, export, back up and restore the journal of a data folder.

Exit status: 0 all well, 1 something is wrong or was not done, 2 wrong usage.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import apsw

from kioskd.commands.arguments import add_data
from kioskd.commands.journal_texts import LANGUAGES, ZH, say, say_error
from kioskd.journal.backup import back_up, restore
from kioskd.journal.database import DATABASE_NAME
from kioskd.journal.errors import DataFolderBusy, JournalError, NotAJournal
from kioskd.journal.export import human_line, json_line, last_position, read_all
from kioskd.journal.guard import GUARD_NAME, read_guard
from kioskd.journal.keys import KEY_NAME, load_keys
from kioskd.journal.records import BEFORE_ALL, Position
from kioskd.journal.verify import Report, verify
from kioskd.os_errors import explain

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def register(subparsers: Subparsers) -> None:
    """Add ``journal`` with its four actions; each sets ``run(args) -> exit status``."""
    journal = subparsers.add_parser("journal", help="日志 · verify, export, back up and restore the journal")
    actions = journal.add_subparsers(dest="action", required=True)

    check = _action(actions, "verify", "核对日志是否被改动 · check that nothing was changed", _verify)
    check.add_argument("--file", type=Path, help="改为核对一个备份文件 · check a backup file instead")
    check.add_argument("--key", type=Path, help="密钥文件 · the key file, when not in the data folder")
    check.add_argument(
        "--public-key",
        action="append",
        default=[],
        metavar="HEX",
        help="可信的签名公钥，可多次给出 · a public key to trust, may be repeated",
    )

    export = _action(actions, "export", "导出记录（每行一个 JSON） · write events as JSON lines", _export)
    export.add_argument("--file", type=Path, help="改为导出一个备份文件 · export a backup file instead")
    export.add_argument("--output", type=Path, help="写入文件而不是标准输出 · write to a file")
    export.add_argument(
        "--after", default="", metavar="POSITION", help="从此位置之后 · only past this position"
    )
    export.add_argument("--until", default="", metavar="POSITION", help="到此位置为止 · up to this position")
    export.add_argument(
        "--kind", action="append", default=[], help="只要这种记录，可多次给出 · only this kind"
    )
    export.add_argument("--human", action="store_true", help="便于人阅读的格式 · lines for people")

    backup = _action(actions, "backup", "备份（大厅可照常运行） · back up, the hall may run", _backup)
    backup.add_argument("target", type=Path, help="文件或目录 · a file, or a folder to name a file in")

    back = _action(actions, "restore", "从备份恢复（先停大厅） · restore, with the hall stopped", _restore)
    _action(
        actions,
        "continue",
        "本机被停用后（磁盘被还原、已有新主机）仍由本机接着发号 · go on after this hub was refused",
        _continue,
    )

    back.add_argument("backup", type=Path, help="备份文件 · the backup file")
    back.add_argument(
        "--above-epoch",
        type=int,
        default=0,
        metavar="N",
        help="新纪元须大于 N（中心曾见过 N 时） · open an epoch above N, when central has seen N",
    )


def _action(
    actions: Subparsers, name: str, text: str, run: Callable[[argparse.Namespace], int]
) -> argparse.ArgumentParser:
    parser = actions.add_parser(name, help=text, description=text)
    add_data(parser)
    parser.add_argument("--lang", choices=LANGUAGES, default=ZH, help="语言 · language")

    def guarded(args: argparse.Namespace) -> int:
        try:
            return run(args)
        except DataFolderBusy as error:
            text = say(args.lang, "hall_running", folder=error.folder, pid=error.pid or "?")
        except NotAJournal as error:
            text = say(args.lang, error.code, path=error.path)
        except JournalError as error:
            text = say_error(args.lang, error.code, detail=error)
        except FileExistsError as error:
            text = say(args.lang, "exists", path=error.filename or error.args[0])
        except BrokenPipeError:
            raise
        except OSError as error:
            text = say(args.lang, "unreadable", detail=explain(error, args.lang))
        except apsw.Error as error:
            text = say_error(args.lang, "disk_full" if isinstance(error, apsw.FullError) else "disk_error")
        print(text, file=sys.stderr)
        return 1

    parser.set_defaults(run=guarded)
    return parser


def _verify(args: argparse.Namespace) -> int:
    public_keys = []
    for text in args.public_key:
        with contextlib.suppress(ValueError):
            public_keys.append(bytes.fromhex(text))
        if not public_keys or len(public_keys[-1]) != 32 or public_keys[-1].hex() != text.lower():
            print(say(args.lang, "bad_public_key", key=text), file=sys.stderr)
            return 2
    key_file = args.key or args.data / KEY_NAME
    keys = load_keys(key_file)
    guard = None if args.file else read_guard(args.data / GUARD_NAME)
    report = verify(
        _database(args), keys=keys, public_keys=public_keys, guard=guard, progress=_progress(args.lang)
    )
    _print_report(report, args.lang)
    if keys is None:
        print(say(args.lang, "no_key", path=key_file))
    else:
        print(say(args.lang, "public_key", key=keys.public_key().hex()))
    return 1 if report.found else 0


def _print_report(report: Report, language: str) -> None:
    print(
        say(
            language,
            "summary",
            events=report.events,
            epochs=report.epochs,
            checkpoints=report.checkpoints,
            head=report.head,
        )
    )
    if not report.found:
        print(say(language, "sound"))
    else:
        print(say(language, "unsound"))
        for finding in report.findings:
            print("  - " + say(language, finding.code, what=finding.what))
        for code, count in report.found.items():
            shown = sum(finding.code == code for finding in report.findings)
            if count > shown:
                print("  " + say(language, "more", count=count - shown))
    if report.first_bad is not None:
        print(say(language, "first_bad", position=report.first_bad))
    mark = report.proven
    if mark is None:
        print(say(language, "proven_none"))
    else:
        print(say(language, "proven", position=mark.position, number=mark.number, time=_local(mark.wall)))
        if report.after_proof:
            print(say(language, "after_proof", count=report.after_proof))


def _export(args: argparse.Namespace) -> int:
    try:
        after = Position.parse(args.after) if args.after else BEFORE_ALL
        until = Position.parse(args.until) if args.until else None
    except ValueError:
        print(say(args.lang, "bad_position", text=f"{args.after} {args.until}".strip()), file=sys.stderr)
        return 2
    if until is not None and until < after:
        print(say(args.lang, "inverted", after=after, until=until), file=sys.stderr)
        return 2
    if strange := _strange(args.kind):
        kind, like = strange
        print(say(args.lang, "kind_like" if like else "kind", kind=kind, like=like), file=sys.stderr)
        return 2
    database = _database(args)
    head = last_position(database)
    if head < after:
        print(say(args.lang, "past_end", position=after, head=head), file=sys.stderr)
        return 1
    if until is not None and head < until:
        print(say(args.lang, "until_end", position=until, head=head), file=sys.stderr)
    with contextlib.ExitStack() as stack:
        output = sys.stdout.buffer
        if args.output is not None:
            output = stack.enter_context(args.output.open("xb"))
        for event in read_all(database, after, until, frozenset(args.kind)):
            output.write(human_line(event).encode() if args.human else json_line(event))
            output.write(b"\n")
        output.flush()
    return 0


def _strange(kinds: list[str]) -> tuple[str, str] | None:
    """Return the first kind that no event has, with the one most like it; None where there is none."""
    if not kinds:
        return None
    from kioskd.hall.codec import JOURNAL_KINDS, KINDS
    from kioskd.settings.problems import nearest

    known = {*KINDS, *JOURNAL_KINDS}
    return next(((kind, nearest(kind, known) or "") for kind in kinds if kind not in known), None)


def _backup(args: argparse.Namespace) -> int:
    target: Path = args.target
    if target.is_dir():
        target /= f"journal-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.db"
    done = back_up(args.data / DATABASE_NAME, target)
    print(say(args.lang, "backed_up", path=done.path, size=done.size, head=done.head))
    return 0


def _restore(args: argparse.Namespace) -> int:
    done = restore(
        args.data, args.backup, wall=time.time_ns() // 1_000_000, boot=_boot(), above_epoch=args.above_epoch
    )
    print(say(args.lang, "restored", parent=done.parent, head=done.head))
    if done.lost is not None:
        print(say(args.lang, "lost", lost=done.lost))
    if done.set_aside is not None:
        print(say(args.lang, "set_aside", path=done.set_aside))
    if not (args.data / KEY_NAME).exists():
        print(say(args.lang, "key_needed", path=args.data / KEY_NAME))
    return 0


def _continue(args: argparse.Namespace) -> int:
    from kioskd.backup.restore import floors_after
    from kioskd.journal.backup import carry_on
    from kioskd.journal.refused import refusal_of
    from kioskd.standby.promote import state_of

    refusal = refusal_of(args.data)
    if refusal is None:
        print(say(args.lang, "not_refused"))
        return 0
    state = state_of(args.data)
    lost = max(1, refusal.seq - state.position[1]) if refusal.epoch == state.position[0] else 500
    wall = time.time_ns() // 1_000_000
    floors = floors_after(state, state.numbers, wall, refusal.numbers.last, more=min(lost, 500))
    opening = carry_on(args.data, wall=wall, boot=_boot(), above_epoch=refusal.epoch, numbers=floors)
    print(say(args.lang, "continued", head=opening.position))
    return 0


def _database(args: argparse.Namespace) -> Path:
    path: Path = args.file or args.data / DATABASE_NAME
    return path


def _progress(language: str) -> Callable[[int], None]:
    shown = 0

    def show(count: int) -> None:
        nonlocal shown
        if sys.stderr.isatty() and count - shown >= 50_000:
            shown = count
            print(say(language, "checking", count=count), end="\r", file=sys.stderr, flush=True)

    return show


def _local(wall: int) -> str:
    try:
        return f"{datetime.fromtimestamp(wall / 1000, UTC).astimezone():%Y-%m-%d %H:%M:%S}"
    except (OverflowError, OSError, ValueError):
        return str(wall)


def _boot() -> str:
    try:
        return _BOOT_ID.read_text(encoding="ascii").strip() or "unknown"
    except OSError:
        return "unknown"
