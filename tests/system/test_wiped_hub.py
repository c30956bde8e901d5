"""A hub whose journal is gone begins anew under the same name: its stations must follow it all the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.system.remote import remote_hall

pytestmark = pytest.mark.on_disk


async def test_a_hub_begins_anew(tmp_path: Path) -> None:
    async with remote_hall(tmp_path) as hall:
        for count in range(1, 4):
            number = await hall.issue()
            assert number == f"A{count:03d}"
            await hall.until(lambda number=number: hall.paper.whole(number), f"the slip of {number}")
        await hall.press_until("call", lambda: "A001到" in hall.sign)

        # The tokens stay, so the station is still known; the journal and all that goes with it is lost.
        await hall.hub.kill()
        for file in hall.data.glob("journal*"):
            file.unlink()
        await hall.hub.start()
        await hall.until(lambda: hall.sign in ("欢迎光临", "请等候叫号"), "the sign of the new hub")

        # Its jobs bear the names of the old hub's, and are printed nevertheless.
        for count in range(1, 4):
            number = await hall.issue()
            assert number == f"A{count:03d}"
            await hall.until(lambda number=number: len(hall.paper.whole(number)) == 2, f"{number} once more")
        await hall.press_until("call", lambda: "A001到" in hall.sign)
