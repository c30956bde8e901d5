"""A hub with documents: real worker processes, a real spool."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import cv2
import pytest

from kioskd.access.roles import Role
from tests.documents import sheets
from tests.web.conftest import Hall, Time, running


def photo(seed: int = 3, width: int = 1280, height: int = 960, **kind: Any) -> bytes:
    """A camera's JPEG of a sheet on a table."""
    drawn = sheets.draw(seed, width, height, **kind)
    return cv2.imencode(".jpg", drawn.picture, [cv2.IMWRITE_JPEG_QUALITY, 90])[1].tobytes()


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
async def hall(tmp_path: Path, time: Time) -> AsyncIterator[Hall]:
    async with running(tmp_path, time) as hall:
        await serve(hall)
        yield hall


async def serve(hall: Hall) -> Any:
    """Have window 1 call a ticket; return it."""
    await hall.login()
    ticket = await hall.ticket()
    answer = await hall.post("windows/1/call-next", {}, Role.TELLER)
    assert answer.status == 200, answer.raw
    return ticket


async def send(hall: Hall, picture: bytes, *, key: str = "", role: Role = Role.TELLER, **query: str) -> Any:
    """Hand in a picture as a browser does; returns the answer."""
    from tests.web.conftest import Answer

    headers = hall.headers(
        role, **{"Content-Type": "image/jpeg", "Idempotency-Key": key or f"s-{next(hall._keys)}"}
    )
    async with hall.session.post(
        hall.at("windows/1/pages/picture"), data=picture, headers=headers, params=query
    ) as response:
        return Answer(response.status, response.headers, await response.read(), response.url.path_qs)
