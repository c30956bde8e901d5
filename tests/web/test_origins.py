"""Business systems whose page in the window's browser calls the hub."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from kioskd.access.errors import AccessError
from kioskd.access.roles import Role
from kioskd.web.settings import WebSettings
from tests.web.conftest import Hall, Time, running

DESK = "https://desk.example"


@pytest.fixture
async def open_to_desk(tmp_path: Path, time: Time) -> AsyncIterator[Hall]:
    async with running(tmp_path, time, settings=WebSettings(origins=(DESK,))) as hall:
        yield hall


async def preflight(hall: Hall, origin: str, **more: str) -> tuple[int, dict[str, str]]:
    headers = {"Origin": origin, "Access-Control-Request-Method": "POST", **more}
    async with hall.session.options(hall.at("windows/1/case"), headers=headers) as response:
        return response.status, dict(response.headers)


async def test_a_system_hands_over_its_case_from_a_browser(open_to_desk: Hall) -> None:
    hall = open_to_desk
    status, headers = await preflight(hall, DESK, **{"Access-Control-Request-Private-Network": "true"})
    assert status == 204
    assert headers["Access-Control-Allow-Origin"] == DESK
    assert "Idempotency-Key" in headers["Access-Control-Allow-Headers"]
    assert headers["Access-Control-Allow-Private-Network"] == "true"
    assert "Access-Control-Allow-Credentials" not in headers

    hall.tokens[Role.INTEGRATOR] = hall.site.tokens.add(Role.INTEGRATOR, "desk 1", window="1")[1]
    await hall.ticket()
    await hall.login()
    await hall.post("windows/1/call-next", {}, Role.TELLER)
    current = await hall.get("windows/1/current", Role.INTEGRATOR, Origin=DESK)
    assert current.headers["Access-Control-Allow-Origin"] == DESK
    assert (current.json["ticket"]["number"], current.json["last"]) == ("A001", None)
    body = {"ticket": current.json["ticket"]["id"], "project_no": "2026-1", "rate": True}
    done = await hall.post("windows/1/case", body, Role.INTEGRATOR, Origin=DESK)
    assert done.status == 200
    after = (await hall.get("windows/1/current", Role.INTEGRATOR, Origin=DESK)).json
    assert after["ticket"] is None
    assert (after["last"]["number"], after["last"]["case"]) == ("A001", "2026-1")
    other = await hall.get("windows/2/current", Role.INTEGRATOR, Origin=DESK)
    assert (other.status, other.code) == (403, "other_window")
    assert (await hall.get("windows/9/current", Role.LEAD)).code == "unknown_window"


async def test_nobody_else_is_answered(open_to_desk: Hall) -> None:
    hall = open_to_desk
    for origin in ("https://evil.example", "null", f"{DESK}.evil.example"):
        status, headers = await preflight(hall, origin)
        assert status == 403
        assert "Access-Control-Allow-Origin" not in headers
        answer = await hall.get("hall", Role.PUBLIC, Origin=origin)
        assert answer.code == "origin_refused"
        assert "Access-Control-Allow-Origin" not in answer.headers
    assert "Origin" in (await hall.get("hall")).headers["Vary"]


async def test_where_none_is_named_no_preflight_is_answered(hall: Hall) -> None:
    status, headers = await preflight(hall, DESK)
    assert status == 405
    assert not any(name.startswith("Access-Control") for name in headers)


async def test_a_token_is_used_from_its_own_sites_only(hall: Hall) -> None:
    other = "https://other.example"
    add = hall.site.tokens.add
    hall.tokens[Role.INTEGRATOR] = add(Role.INTEGRATOR, "desk 1", window="1", origins=(DESK,))[1]
    add(Role.INTEGRATOR, "another system", origins=(other,))
    for origin in (DESK, other):
        status, headers = await preflight(hall, origin)
        assert (status, headers["Access-Control-Allow-Origin"]) == (204, origin)
    mine = await hall.get("windows/1/current", Role.INTEGRATOR, Origin=DESK)
    assert (mine.status, mine.headers["Access-Control-Allow-Origin"]) == (200, DESK)
    assert (await hall.get("windows/1/current", Role.INTEGRATOR)).status == 200, "a program has no site"
    theirs = await hall.get("windows/1/current", Role.INTEGRATOR, Origin=other)
    assert (theirs.status, theirs.code) == (403, "origin_refused")
    lead = await hall.get("windows", Role.LEAD, Origin=DESK)
    assert lead.code == "origin_refused", "a token that names no site is used where the settings say"


async def test_the_settings_sites_are_not_for_a_token_with_its_own(open_to_desk: Hall) -> None:
    hall = open_to_desk
    hall.tokens[Role.INTEGRATOR] = hall.site.tokens.add(
        Role.INTEGRATOR, "desk 1", origins=("https://other.example",)
    )[1]
    refused = await hall.get("windows/1/current", Role.INTEGRATOR, Origin=DESK)
    assert refused.code == "origin_refused"


async def test_a_revoked_tokens_site_is_admitted_no_more(hall: Hall) -> None:
    token, _ = hall.site.tokens.add(Role.INTEGRATOR, "desk 1", origins=(DESK,))
    assert (await preflight(hall, DESK))[0] == 204
    hall.site.tokens.revoke(token.id)
    assert (await preflight(hall, DESK))[0] == 405
    with pytest.raises(AccessError):
        hall.site.tokens.add(Role.INTEGRATOR, "desk 1", origins=("https://desk.example/path",))
