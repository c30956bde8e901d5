"""Arguments that several commands take."""

from __future__ import annotations

import argparse


def port(text: str) -> int:
    """Read a TCP port, 0 to 65535."""
    if not text.isascii() or not text.isdigit() or int(text) > 65535:
        raise argparse.ArgumentTypeError(
            f"端口是 0 到 65535 的整数 · a port is a number up to 65535: {text!r}"
        )
    return int(text)
