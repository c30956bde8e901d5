"""Pairing codes: a person reads one at the hub and types it at a new station, or at a window's rating face.

A code is eight characters without look-alikes, good once and for ten minutes. Its first three name
it and its last five are the secret (31⁵ ≈ 28.6 million); five wrong tries end it, and twenty wrong
tries a minute, whatever they name, close the door for the rest of that minute.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
from collections import deque
from collections.abc import Callable

from kioskd.access.errors import PairingRefusedError
from kioskd.access.roles import Role
from kioskd.access.tokens import PREFIX, Token, TokenStore, insert_token, wall_ms

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
NAME_LENGTH = 3
SECRET_LENGTH = 5
LIFE_MS = 10 * 60_000
TRIES_PER_CODE = 5
WRONG_PER_MINUTE = 20
FACE_OF = "rating face "
"""Before the window's name, what a face's code is kept under: no station is called that."""


STANDBY_OF = "standby hub "
"""Before a standby's name, likewise."""


class Pairing:
    """Makes and takes pairing codes."""

    def __init__(self, tokens: TokenStore, *, wall: Callable[[], int] = wall_ms) -> None:
        self._tokens = tokens
        self._wall = wall
        self._wrong: deque[int] = deque(maxlen=WRONG_PER_MINUTE)
        self._lock = threading.Lock()

    def offer(self, station: str) -> str:
        """Make a code for this station, written ``ABC-DEFGH``. An earlier one of it ends."""
        return self._offer(station, None)

    def offer_face(self, window: str) -> str:
        """Make a code for the rating face of this window. An earlier one of it ends."""
        return self._offer(f"{FACE_OF}{window}", window)

    def offer_standby(self, name: str) -> str:
        """Make a code for a standby hub of this name. An earlier one of it ends."""
        return self._offer(f"{STANDBY_OF}{name}", None)

    def _offer(self, station: str, window: str | None) -> str:
        now = self._wall()
        secret = _random(SECRET_LENGTH)
        salt = secrets.token_bytes(16)
        with self._tokens.database.change() as connection:
            connection.execute("DELETE FROM pairing WHERE station=? OR expires<=?", (station, now))
            taken = {row[0] for row in connection.execute("SELECT name FROM pairing")}
            while (name := _random(NAME_LENGTH)) in taken:
                pass
            connection.execute(
                "INSERT INTO pairing(name, salt, hash, station, expires, window) VALUES(?,?,?,?,?,?)",
                (name, salt, _digest(salt, secret), station, now + LIFE_MS, window),
            )
        return f"{name}-{secret}"

    def redeem(self, code: str, station: str | None = None) -> tuple[Token, str]:
        """Take a code as typed (case, spaces and dashes don't matter) for a token of its station.

        A code made for another station than ``station`` is a wrong one. Raises `PairingRefusedError`.
        Waits for the disk: call it outside the event loop.
        """
        return self._redeem(
            code,
            lambda made_for, window: (
                window is None and not made_for.startswith(STANDBY_OF) and station in (None, made_for)
            ),
        )

    def redeem_face(self, code: str) -> tuple[Token, str]:
        """Take a code for a token of its window's rating face; tokens of an earlier face there end.

        Raises `PairingRefusedError`. Waits for the disk.
        """
        return self._redeem(code, lambda made_for, window: window is not None)

    def redeem_standby(self, code: str, name: str) -> tuple[Token, str]:
        """Take a code for a token of the standby hub of this name; an earlier one of it ends.

        Raises `PairingRefusedError`. Waits for the disk.
        """
        return self._redeem(code, lambda made_for, window: made_for == f"{STANDBY_OF}{name}")

    def _redeem(self, code: str, meant: Callable[[str, str | None], bool]) -> tuple[Token, str]:
        typed = "".join(c for c in code.upper() if c in ALPHABET)
        now = self._wall()
        with self._lock:
            if len(self._wrong) == WRONG_PER_MINUTE and 0 <= now - self._wrong[0] < 60_000:
                raise PairingRefusedError("too_many_attempts")
            taken = self._take(typed[:NAME_LENGTH], typed[NAME_LENGTH:], meant, now)
            if taken is None:
                self._wrong.append(now)
                raise PairingRefusedError("pairing_wrong")
        self._tokens.reload()
        return taken

    def _take(
        self, name: str, secret: str, meant: Callable[[str, str | None], bool], now: int
    ) -> tuple[Token, str] | None:
        with self._tokens.database.change() as connection:
            row = connection.execute(
                "SELECT salt, hash, station, expires, failures, window FROM pairing WHERE name=?", (name,)
            ).fetchone()
            if row is None:
                return None
            salt, digest, station, expires, failures, window = row
            living = now < expires and failures < TRIES_PER_CODE and meant(station, window)
            if living and hmac.compare_digest(_digest(salt, secret), digest):
                connection.execute("DELETE FROM pairing WHERE name=?", (name,))
                token_secret = PREFIX + secrets.token_urlsafe(32)
                if station.startswith(STANDBY_OF):
                    role, label, bound = Role.STANDBY, station, station
                elif window is None:
                    role, label, bound = Role.STATION, f"station {station}", station
                else:
                    role, label, bound = Role.FACE, f"rating face {window}", None
                    connection.execute(
                        "UPDATE token SET revoked=? WHERE role=? AND window=? AND revoked IS NULL",
                        (now, role.value, window),
                    )
                return insert_token(connection, token_secret, role, label, window, bound, now), token_secret
            connection.execute("UPDATE pairing SET failures=failures+1 WHERE name=?", (name,))
            return None


def _random(length: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def _digest(salt: bytes, secret: str) -> bytes:
    return hashlib.sha256(salt + secret.encode()).digest()
