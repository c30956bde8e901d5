"""The ports that a printer hangs on, and the ways that it confirms."""

from __future__ import annotations

import pytest


@pytest.fixture(params=["pty", "tcp", "usb"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=[True, False], ids=["process_id", "fence"])
def process_id(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)
