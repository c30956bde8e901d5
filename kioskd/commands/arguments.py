"""Arguments that several commands take."""

from __future__ import annotations

import argparse
import os
from pathlib import Path


def port(text: str) -> int:
    """Read a TCP port, 0 to 65535."""
    if not text.isascii() or not text.isdigit() or int(text) > 65535:
        raise argparse.ArgumentTypeError(
            f"端口是 0 到 65535 的整数 · a port is a number up to 65535: {text!r}"
        )
    return int(text)


def add_data(parser: argparse.ArgumentParser, default: Path | None = None) -> None:
    """Add ``--data``, which every command says alike; ``default`` is the hall's folder on this PC."""
    parser.add_argument(
        "--data", type=_folder, default=default or default_data(), help="数据目录 · data folder (%(default)s)"
    )


def default_data(root: Path = Path("/")) -> Path:
    """Return where data goes when nobody says so.

    The service's own folder; else, where kioskd was installed, the one that its units use: an administrator's
    shell knows nothing of them. On any other PC the user's own. ``root`` is another than ``/`` in tests.
    """
    from kioskd.install.layout import Layout

    state = os.environ.get("STATE_DIRECTORY")
    if state:
        return Path(state.split(":")[0])
    layout = Layout(root)
    try:
        if layout.roles.exists():
            return layout.data
    except OSError:
        pass  # not for this user to see: then not its hall either
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "kioskd"


def _folder(text: str) -> Path:
    # What an unset variable of a shell leaves would be the current directory, and a hall made there.
    if not text.strip():
        raise argparse.ArgumentTypeError("数据目录不能为空 · the data folder must be named")
    return Path(text)
