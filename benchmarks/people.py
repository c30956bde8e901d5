"""Somebody with an account at a hub that is measured, and their way in through a browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kioskd.access.accounts import Accounts
from kioskd.access.database import AccessDatabase
from kioskd.access.passwords import Passwords
from kioskd.access.roles import Role
from kioskd.access.tokens import FILE_NAME
from kioskd.hall.commands import By

_PASSWORD = "bench-password-2026"


def account(data: Path, name: str, role: Role, *, teller: str | None = None) -> None:
    """Make an account in the data folder of a hub that has not begun yet."""
    data.mkdir(parents=True, exist_ok=True)
    database = AccessDatabase.open(data / FILE_NAME)
    by = By(kind="system", id="bench", role="system", via="bench")
    Accounts(database, Passwords()).add(name, "样员01", role, teller=teller, by=by, password=_PASSWORD)
    database.close()


async def sign_in(page: Any, address: str, name: str) -> None:
    """Open a page that asks who comes, and say it."""
    await page.goto(address)
    await page.fill("[name=name]", name)
    await page.fill("[name=password]", _PASSWORD)
    await page.click("#enter")
