"""What feeds the central server's watchdog: a database that answers, and one that does not."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from kioskd.central.pulse import Pulse
from kioskd.central.sqlite import Sqlite


async def test_a_database_that_answers_is_no_stall(tmp_path: Path) -> None:
    database = await Sqlite.open(tmp_path / "central.db")
    pulse = Pulse(database, pulse_s=0, answer_s=60)
    beating = asyncio.create_task(pulse.beat())
    await asyncio.sleep(0.05)
    assert not beating.done()
    assert pulse.stalled() == ()
    beating.cancel()
    await asyncio.gather(beating, return_exceptions=True)
    await database.close()


async def test_one_that_owes_an_answer_is(tmp_path: Path) -> None:
    asked = asyncio.Event()

    class Stuck:
        async def read(self, script: Any) -> Any:
            asked.set()
            await asyncio.Event().wait()

    pulse = Pulse(Stuck(), pulse_s=0, answer_s=-1)  # type: ignore[arg-type]
    beating = asyncio.create_task(pulse.beat())
    async with asyncio.timeout(30):
        await asked.wait()
    assert pulse.stalled() == ("database",)
    beating.cancel()
    await asyncio.gather(beating, return_exceptions=True)
