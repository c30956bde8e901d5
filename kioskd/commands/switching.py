"""What ``kioskd install`` and its companions share: this PC's service manager, and what is said of it all."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from kioskd.commands.releases_texts import say

if TYPE_CHECKING:
    from kioskd.install.layout import Layout
    from kioskd.install.services import Systemd
    from kioskd.install.switch import Switched

PORT = 8080


def add_root(parser: argparse.ArgumentParser) -> None:
    """Let tests, and who prepares an image, name another root."""
    parser.add_argument("--root", type=Path, default=Path("/"), help=argparse.SUPPRESS)


def systemd(layout: Layout) -> Systemd:
    """Return the service manager, which knows where this PC's hub answers."""
    from kioskd.install.services import Systemd

    return Systemd(layout, f"http://127.0.0.1:{_port(layout)}/")


def _port(layout: Layout) -> int:
    import tomllib

    try:
        settings = tomllib.loads((layout.settings / "hall.toml").read_text("utf-8"))
        return int(settings.get("web", {}).get("port", PORT))
    except (OSError, ValueError):
        return PORT


def tell(step: Switched) -> int:
    """Say how a change of release ended; return the exit status."""
    if step.outcome == "returned":
        print(say("returned", before=step.before, after=step.after, why=step.why), file=sys.stderr)
        return 3
    print(say("switched", before=step.before, after=step.after, copy=step.copy or "-"))
    return 0


def tried(work: Callable[[], int]) -> int:
    """Do it and return its exit status; say what was refused, and return 1."""
    from kioskd.install.place import ReleaseError
    from kioskd.install.services import SystemdError
    from kioskd.install.switch import SwitchError

    try:
        return work()
    except SwitchError as error:
        print(say(error.code, detail=error.detail), file=sys.stderr)
    except ReleaseError as error:
        print(say(error.code, detail=error.what), file=sys.stderr)
    except (SystemdError, OSError) as error:
        print(say("system", detail=error), file=sys.stderr)
    return 1
