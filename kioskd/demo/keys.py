"""One token per role for whoever drives the demo: people at a shell, programs, the demo's own page."""

from __future__ import annotations

import json
import os
from pathlib import Path

from kioskd.access.roles import Role
from kioskd.access.tokens import TokenStore

FILE_NAME = "tokens.json"

ROLES = tuple(role for role in Role if role not in (Role.PUBLIC, Role.STATION))


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
