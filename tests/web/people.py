"""People with accounts, and a browser's way of asking: a cookie, an origin, a word beside it."""

from __future__ import annotations

import itertools
from typing import Any

import aiohttp

from kioskd.access.roles import Role
from kioskd.hall.commands import By
from tests.web.conftest import Answer, Hall

PASSWORD = "Spring-Rain-7"
BY = By("system", "tests", "system", "tests")


def add_person(hall: Hall, name: str, role: Role, teller: str | None = None, person: str = "") -> None:
    hall.site.accounts.add(name, person or f"P {name}", role, teller=teller, by=BY, password=PASSWORD)


class Browser:
    """One browser: keeps cookies as browsers do and says the word of the session it was given."""

    def __init__(self, hall: Hall) -> None:
        self.hall = hall
        self.csrf = ""
        self.session = aiohttp.ClientSession(
            cookie_jar=aiohttp.CookieJar(unsafe=True), timeout=aiohttp.ClientTimeout(total=20)
        )
        self._keys = itertools.count()

    async def __aenter__(self) -> Browser:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.session.close()

    @property
    def cookie(self) -> str:
        return next((cookie.value for cookie in self.session.cookie_jar), "")

    async def get(self, path: str, **headers: str) -> Answer:
        async with self.session.get(self.hall.at(path), headers=headers) as response:
            return Answer(response.status, response.headers, await response.read(), response.url.path_qs)

    async def post(
        self, path: str, body: Any = None, *, without: tuple[str, ...] = (), **headers: str
    ) -> Answer:
        sent = {
            "Origin": self.hall.url,
            "X-CSRF-Token": self.csrf,
            "Idempotency-Key": f"browser-{id(self)}-{next(self._keys)}",
            **headers,
        }
        for name in without:
            del sent[name]
        async with self.session.post(self.hall.at(path), json=body or {}, headers=sent) as response:
            return Answer(response.status, response.headers, await response.read(), response.url.path_qs)

    async def sign_in(self, name: str, password: str = PASSWORD) -> Any:
        answer = await self.post("session", {"name": name, "password": password})
        assert answer.status == 200, answer.raw
        self.csrf = answer.json["csrf"]
        return answer.json
