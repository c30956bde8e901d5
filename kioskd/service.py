"""What the daemon tells the service manager: ready, stopping, alive and getting on.

Speaks the notification protocol of systemd (``man sd_notify``); without ``NOTIFY_SOCKET`` in the
environment all of it does nothing.
"""

from __future__ import annotations

import asyncio
import gc
import os
import socket
from collections.abc import Callable

import structlog

log = structlog.get_logger("kioskd.service")


def notify(message: str) -> bool:
    """Send one message, such as ``READY=1``; return whether anybody asked for it."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return False
    if address.startswith("@"):
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as channel:
        try:
            channel.connect(address)
            channel.sendall(message.encode())
        except OSError as error:
            log.warning("notify_failed", error=str(error))
            return False
    return True


def watchdog_seconds() -> float | None:
    """Return how often the service manager wants a sign of life, None when it does not."""
    if os.environ.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return None
    text = os.environ.get("WATCHDOG_USEC", "")
    return int(text) / 1_000_000 if text.isdigit() and int(text) else None


def settle_memory() -> None:
    """Tell the garbage collector that what the process has loaded so far stays.

    A hall makes many small lasting objects and hardly any cycles. Walking them all every few hundred
    allocations costs a fifth of the work of issuing a ticket; rarer rounds find what little there is.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


async def feed_watchdog(stalled: Callable[[], tuple[str, ...]]) -> None:
    """Feed the watchdog while nothing is stalled: a process that is alive but stuck gets restarted.

    ``stalled`` names the loops that began a piece of work and do not get to its end.
    """
    period = watchdog_seconds()
    if period is None:
        return
    stuck: tuple[str, ...] = ()
    while True:
        now = stalled()
        if now and not stuck:
            log.error("stalled", loops=now)
        stuck = now
        if not stuck:
            notify("WATCHDOG=1")
        await asyncio.sleep(period / 3)
