"""A short run of the monkey; `make monkey` lets it touch 100,000 times."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kiosk.monkey import run

TOUCHES = 1200


@pytest.mark.timeout(300)
async def test_a_monkey_breaks_nothing(tmp_path: Path) -> None:
    found = await run(TOUCHES, tmp_path, seed=7)
    assert found["touches"] == TOUCHES
    assert len(found["screens"]) >= 6, found["screens"]
