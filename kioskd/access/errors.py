"""What can go wrong with the access store."""

from __future__ import annotations

from collections.abc import Mapping


class AccessError(Exception):
    """Access data cannot be used; ``code`` is stable, the message is for a technician."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class PairingRefusedError(Exception):
    """A pairing code was not taken.

    ``code`` is ``pairing_wrong`` (unknown, used, expired or mistyped: which of them is not said) or
    ``too_many_attempts``.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class AccountRefusedError(Exception):
    """Something about an account or a sign-in was not done; ``code`` is a problem code of the API."""

    def __init__(self, code: str, params: Mapping[str, str | int] | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.params = dict(params or {})
