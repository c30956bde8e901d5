"""A process that issues tickets as fast as it can and says which are durable, until it is killed."""

from __future__ import annotations

import asyncio
import itertools
import os
import sys
from pathlib import Path

import structlog

from kioskd.journal import Batch, Journal, RequestRecord
from tests.journal.halls import WALL, event, numbers


async def main(folder: Path, run: int) -> None:
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    journal = await Journal.open(folder, now_wall=WALL, boot=f"boot-{run}")
    ticket = itertools.count(run * 1_000_000)

    async def client() -> None:
        for number in ticket:
            request = RequestRecord(f"key-{number}", b"print", b"answer", 1_000_000)
            submitted = journal.submit(
                Batch((event(number), event(number, "ticket.printed")), request), numbers=numbers(number)
            )
            await submitted.durable
            os.write(1, b"%d\n" % number)

    await asyncio.gather(*(client() for _ in range(16)))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
