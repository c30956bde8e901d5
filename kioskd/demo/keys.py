"""Tokens and accounts for whoever drives the demo: people at a shell, programs, browsers."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path

import msgspec

from kioskd.access.accounts import Accounts
from kioskd.access.errors import AccountRefusedError
from kioskd.access.roles import Role
from kioskd.access.tokens import TokenStore
from kioskd.hall.commands import By
from kioskd.hall.rules import Rules

FILE_NAME = "tokens.json"

ROLES = tuple(role for role in Role if role not in (Role.PUBLIC, Role.STATION, Role.FACE, Role.STANDBY))


def demo_tokens(store: TokenStore, data: Path) -> dict[str, str]:
    """Return a living token per role, kept in ``tokens.json`` (readable by its owner only).

    Those of an earlier run stay good; what is missing or was revoked is made anew.
    """
    file = data / FILE_NAME
    kept = _read(file)
    tokens: dict[str, str] = {}
    for role in ROLES:
        secret = kept.get(role.value, "")
        principal = store.authenticate(secret) if secret else None
        if principal is None or principal.role is not role:
            _, secret = store.add(role, "demo")
        tokens[role.value] = secret
    if tokens != kept:
        _write(file, tokens)
    return tokens


ACCOUNTS = "accounts.json"
"""Who may sign in to the demo's pages, with their passwords, readable by its owner only."""

OTHERS = {
    Role.LEAD: "样员91",
    Role.GUIDE: "样员92",
    Role.TECHNICIAN: "样员93",
    Role.AUDITOR: "样员94",
    Role.ADMIN: "样员95",
}
"""Plainly made-up people beside the hall file's tellers."""


class DemoAccount(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who may sign in to the demo."""

    name: str
    person: str
    role: Role
    password: str


def demo_accounts(accounts: Accounts, rules: Rules, data: Path) -> list[DemoAccount]:
    """Return an account for every teller and one for each other role, kept in ``accounts.json``.

    Those of an earlier run stay good; what is missing is made. Waits for the disk and for hashing.
    """
    file = data / ACCOUNTS
    password = _read(file).get("password") or f"Demo-{secrets.token_hex(3)}"
    known = {account.name for account in accounts.all()}
    wanted: list[tuple[str, str, Role, str | None]] = [
        (teller.id.lower(), teller.name, Role.TELLER, teller.id) for teller in rules.tellers
    ]
    wanted += [(role.value, person, role, None) for role, person in OTHERS.items()]
    hashed = accounts.hash(password) if any(name not in known for name, *_ in wanted) else ""
    made = []
    for name, person, role, teller in wanted:
        if name not in known:
            try:
                accounts.add(name, person, role, teller=teller, by=_BY, password=password, hashed=hashed)
            except AccountRefusedError:
                continue  # a hall file may name tellers as no account can be called
        made.append(DemoAccount(name=name, person=person, role=role, password=password))
    if _read(file).get("password") != password:
        _write(file, {"password": password})
    return made


_BY = By(kind="system", id="demo", role="system", via="demo")


def _read(file: Path) -> dict[str, str]:
    try:
        found = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(found, dict):
        return {}
    return {key: value for key, value in found.items() if isinstance(value, str)}


def _write(file: Path, tokens: dict[str, str]) -> None:
    fresh = file.with_name(f".{file.name}.new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
        json.dump(tokens, stream, indent=2)
        stream.write("\n")
    fresh.replace(file)
