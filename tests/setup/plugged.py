"""``python -m tests.setup.plugged FOLDER WORDS``: ``kioskd WORDS`` on a PC that is a folder.

The folder holds ``sys`` and ``dev`` as a kernel and udev lay them out, its ports are pseudo terminals.
Nothing of the daemon is another; only where the PC's files begin is, since nobody can plug anything into this
machine.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Self
from unittest import mock

import msgspec

from drivers.discovery import Found, look
from drivers.simulator import Simulator
from drivers.transport.simulated import PtyPort
from kioskd.__main__ import main as kioskd
from kioskd.setup import trials
from tests.drivers.discovery.tree import Tree


class Plugs:
    """``async with Plugs(folder) as plugs:`` and then `plug`; everything is pulled out at the end."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._tree = Tree(root)
        self._count = 0
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def plug(self, simulators: Sequence[Simulator]) -> str:
        """Plug a serial adapter in with these on its line; return the address that it is found at."""
        tty, socket = f"ttyUSB{self._count}", f"1-{self._count // 12 + 1}.{self._count % 12 + 1}"
        self._count += 1
        self._tree.usb_serial(socket, tty, name="USB Serial")
        port = PtyPort(self.root / "dev" / tty, simulators)
        await port.start()
        self._stack.push_async_callback(port.stop)
        return next(one.address for one in plugged(self.root) if one.node == f"/dev/{tty}")


def plugged(root: Path) -> tuple[Found, ...]:
    """Return what ``kioskd devices`` finds there, where this machine can open it."""
    return tuple(
        msgspec.structs.replace(one, address=one.address.replace(":///dev/", f"://{root}/dev/"))
        for one in look(root)
    )


def main() -> int:
    """Run it."""
    root, *words = sys.argv[1:]
    with mock.patch.object(trials, "look", partial(plugged, Path(root))):
        return kioskd(words)


if __name__ == "__main__":
    sys.exit(main())
