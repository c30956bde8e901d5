from __future__ import annotations

from pathlib import Path

from kioskd.access.roles import Role
from tests.described.asking import found
from tests.web.conftest import Time, running

ENDLESS = ("followEvents", "linkStation", "linkStandby")
"""Streams and sockets."""


async def test_schemathesis_finds_nothing(tmp_path: Path) -> None:
    async with running(tmp_path / "hall", Time()) as hall:
        await hall.login()
        number = (await hall.ticket())["number"]
        known = {"window": "1", "ticket": number, "queue": "general", "teller": "li", "service": "pension"}
        objections = await found(
            hall.at("openapi.json"),
            tmp_path,
            token=hall.tokens[Role.ADMIN],
            known=known,
            leave_out=ENDLESS,
        )
        assert not objections, objections
        assert (await hall.get("hall")).json["ready"]
