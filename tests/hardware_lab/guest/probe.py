"""Tries, in the daemon's sandbox, what the daemon must not be able to do; writes down how each try ended."""

from __future__ import annotations

import ctypes
import errno
import json
import mmap
import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path

_CLONE_NEWUSER = 0x10000000
_LIBC = ctypes.CDLL(None, use_errno=True)


def _call(name: str, *arguments: object) -> None:
    if getattr(_LIBC, name)(*arguments):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _executable_memory() -> None:
    mmap.mmap(-1, mmap.PAGESIZE, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC).close()


TRIES: dict[str, Callable[[], object]] = {
    "write to the system": lambda: Path("/etc/tried").write_text("x"),
    "write to programs": lambda: Path("/opt/kioskd/tried").write_text("x"),
    "read people's files": lambda: list(Path("/root").iterdir()),
    "open a device of no hall": lambda: os.close(os.open("/dev/uinput", os.O_RDWR)),
    "see another program": lambda: Path("/proc/1/status").read_text(),
    "listen to the network": lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW).close(),
    "run memory it wrote": _executable_memory,
    "mount": lambda: _call("mount", b"none", b"/mnt", b"tmpfs", 0, None),
    "make a namespace": lambda: _call("unshare", _CLONE_NEWUSER),
    "become root": lambda: os.setuid(0),
    "write its settings": lambda: Path("/etc/kioskd/tried").write_text("x"),
    "write its data": lambda: Path("/var/lib/kioskd/tried").write_text("x"),
    "serve its pages": lambda: socket.create_server(("127.0.0.1", 0)).close(),
}


def main() -> None:
    """Write the outcomes as JSON to the file named."""
    outcomes = {}
    for name, attempt in TRIES.items():
        try:
            attempt()
            outcomes[name] = "done"
        except OSError as error:
            outcomes[name] = errno.errorcode.get(error.errno or 0, str(error))
    Path(sys.argv[1]).write_text(json.dumps(outcomes))


if __name__ == "__main__":
    main()
