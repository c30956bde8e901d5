"""The ``kioskd`` command line."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence

COMMANDS = (
    "run",
    "demo",
    "kiosk",
    "board",
    "check",
    "devices",
    "diagnose",
    "voice",
    "new_driver",
    "journal",
    "backup",
    "standby",
    "figures",
    "access",
    "users",
    "ca",
    "central",
    "join",
    "install",
    "releases",
    "city",
)
"""Modules of `kioskd.commands`, in the order of the help. Each has ``register(subparsers)`` and its
commands set ``run(args) -> exit status``. A module that is named like a command has that command.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status: 0 done, 1 it says what is wrong, 2 wrong use, 130 for who
    broke it off.
    """
    try:
        try:
            return _run(argv)
        finally:
            if sys.stdout is not None:
                sys.stdout.flush()
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever read the output has seen enough; keep Python from complaining at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        if error.filename is None:
            raise
        from kioskd.os_errors import explain

        print(f"{explain(error, 'zh')} · {explain(error, 'en')}", file=sys.stderr)
        return 1


def _run(argv: Sequence[str] | None) -> int:
    words = sys.argv[1:] if argv is None else argv
    parser = argparse.ArgumentParser(
        prog="kioskd", description="办事大厅排队叫号服务 · the daemon of a service hall"
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="版本 · which release this is")
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name in _needed(words):
        importlib.import_module(f"kioskd.commands.{name}").register(subparsers)
    args = parser.parse_args(words)
    status: int = args.run(args)
    return status


class _Version(argparse.Action):
    """Says the release and ends; the package is asked only when somebody wants to know."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import version

        print(f"kioskd {version('kioskd')}")
        parser.exit()


def _needed(words: Sequence[str]) -> Sequence[str]:
    """Return the modules to load: a command with a module of its own needs no other, and starts sooner."""
    own = words[0].replace("-", "_") if words else ""
    return (own,) if own in COMMANDS else COMMANDS


if __name__ == "__main__":
    sys.exit(main())
