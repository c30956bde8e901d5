"""What a station shows the hub, and how it knows the hub."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path


class TokenError(Exception):
    """The station's token cannot be read: it was never paired, or the file is not for this user."""


async def read_token(path: Path) -> str:
    """Return the token that pairing stored. Raises `TokenError`."""
    try:
        token = (await asyncio.to_thread(path.read_text, "ascii")).strip()
    except (OSError, UnicodeDecodeError) as error:
        raise TokenError(f"{path}: {error}") from error
    if not token:
        raise TokenError(f"{path} is empty")
    return token


async def hub_tls(ca_file: Path | None) -> ssl.SSLContext | bool:
    """Return what aiohttp's ``ssl`` wants: only the hall's own authority counts where one is given.

    Raises OSError or `ssl.SSLError` for a file that holds no certificate.
    """
    if ca_file is None:
        return True
    return await asyncio.to_thread(ssl.create_default_context, cafile=str(ca_file))
