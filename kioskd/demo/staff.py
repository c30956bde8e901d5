"""Tellers of a simulated hall take up duty."""

from __future__ import annotations

import structlog

from kioskd.demo.client import HubClient
from kioskd.hall.rules import Rules

log = structlog.get_logger("kioskd.demo")


async def sign_in(client: HubClient, rules: Rules) -> None:
    """Have the rostered tellers take up duty at every window where nobody is."""
    windows = await client.get("lead", "/api/v1/windows")
    vacant = {window["id"] for window in windows.body if not window.get("teller")} if windows.ok else set()
    for entry in rules.roster:
        if entry.window in vacant:
            vacant.discard(entry.window)
            answer = await client.post(
                "lead", f"/api/v1/windows/{entry.window}/login", {"teller": entry.teller}
            )
            if not answer.ok:
                log.warning("not_signed_in", window=entry.window, problem=answer.body)
