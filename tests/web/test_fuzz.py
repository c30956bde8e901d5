"""Whatever is sent, the answer is a decision or a problem, never a failure of the program."""

from __future__ import annotations

import asyncio
import itertools
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kioskd.access.roles import Role
from kioskd.web.route import Route
from kioskd.web.routes import ROUTES
from tests.web.conftest import Answer, Hall, Time, running

POSTS = [route for route in ROUTES if route.method == "POST" and route.name != "closeDay"]
GETS = [
    route
    for route in ROUTES
    if route.method == "GET" and route.name not in ("followEvents", "linkStation", "linkStandby")
]

NAMES = st.sampled_from(
    ["A001", "t_", "c_", "1", "2", "general", "company", "li", "pension", "elderly"]
) | st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=8)
JUNK: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | NAMES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)


def fields(route: Route) -> list[str]:
    if route.body is None:
        return []
    return [field.encode_name for field in msgspec.structs.fields(route.body)]


@st.composite
def requests(draw: st.DrawFn) -> tuple[Route, str, bytes]:
    route = draw(st.sampled_from(POSTS))
    path = re.sub(r"{\w+}", lambda _: quote(draw(NAMES), safe=""), route.path)
    names = fields(route)
    if not names or draw(st.integers(0, 9)) == 0:
        return route, path, draw(st.binary(max_size=40))
    body = draw(st.dictionaries(st.sampled_from(names), JUNK, max_size=len(names)))
    return route, path, msgspec.json.encode(body)


async def ask(hall: Hall, route: Route, path: str, body: bytes | None, n: int) -> Answer:
    role = Role.ADMIN if Role.ADMIN in route.roles else sorted(route.roles)[0]
    headers = hall.headers(role) | {"Idempotency-Key": f"fuzz-{n}", "Content-Type": "application/json"}
    async with hall.session.request(route.method, hall.at(path), data=body, headers=headers) as response:
        return Answer(response.status, response.headers, await response.read())


async def test_no_body_makes_the_hub_fail(tmp_path: Path, time: Time) -> None:
    """One hall, many requests: state that one leaves behind is there for the next."""
    numbers = itertools.count()
    loop = asyncio.get_running_loop()
    async with running(tmp_path, time) as hall:
        await hall.login()
        await hall.ticket()

        async def check(route: Route, path: str, body: bytes) -> None:
            time.ms += 1000
            answer = await ask(hall, route, path, body, next(numbers))
            assert answer.status < 500, (route.name, path, body, answer.raw)
            if answer.status >= 400:
                assert answer.headers["Content-Type"] == "application/problem+json"
                assert answer.json["detail"]

        @settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck), database=None)
        @given(requests())
        def fuzz(request: tuple[Route, str, bytes]) -> None:
            asyncio.run_coroutine_threadsafe(check(*request), loop).result(20)

        await asyncio.to_thread(fuzz)
        for route in GETS:
            path = re.sub(r"{\w+}", "A001", route.path)
            assert (await ask(hall, route, path, None, 0)).status < 500, route.name
        assert (await hall.get("hall")).json["ready"]
