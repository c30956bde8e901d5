"""A short run of the monkey; `make monkey` lets it touch 100,000 times."""

from __future__ import annotations

import pytest

from tests.demo.hall import DemoHall
from tests.kiosk.monkey import run

TOUCHES = 1200


@pytest.mark.timeout(300)
async def test_a_monkey_breaks_nothing(hall: DemoHall) -> None:
    found = await run(TOUCHES, hall, seed=7)
    assert found["touches"] == TOUCHES
    assert len(found["screens"]) >= 6, found["screens"]
