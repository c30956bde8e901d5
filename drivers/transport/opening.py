"""Opening what blocks, without waiting for it longer than one wants to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


async def open_in_thread(work: Callable[[], T], undo: Callable[[T], object], limit: float) -> T:
    """Return what ``work`` opens in a thread; raises what it raises, or TimeoutError after ``limit`` seconds.

    A blocking call cannot be stopped: what it opens when nobody waits any more, after a time-out or a
    cancellation, is handed to ``undo`` in the same thread, so that no device stays taken.
    """
    thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="opening")
    opening = thread.submit(work)
    waiting = asyncio.wrap_future(opening)
    waiting.add_done_callback(lambda done: done.cancelled() or done.exception())
    kept = False
    try:
        async with asyncio.timeout(limit):
            opened = await asyncio.shield(waiting)
        kept = True
        return opened
    finally:
        if not kept:
            thread.submit(_undo, opening, undo)
        thread.shutdown(wait=False)


def _undo(opening: Future[T], undo: Callable[[T], object]) -> None:
    if not opening.cancelled() and opening.exception() is None:
        undo(opening.result())
