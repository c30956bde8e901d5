"""How a driver refuses its options: by a fact, which is told in the reader's language."""

from __future__ import annotations

from drivers.facts import Fact, fact


class OptionError(ValueError):
    """Options that cannot be, raised by their struct in ``__post_init__``.

    ``why`` says which option is wrong and what it must be. As text it is that fact as logs hold it.
    """

    def __init__(self, why: Fact) -> None:
        super().__init__(str(why))
        self.why = why


def why_refused(error: BaseException) -> Fact | None:
    """Return what the `OptionError` says that msgspec made its own error of.

    None where there is none: for a value of a wrong type, and for a struct that has words of its own.
    """
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, OptionError):
        cause = cause.__cause__
    return cause.why if cause is not None else None


def hex_bytes(option: str, text: str) -> bytes:
    """Return the bytes that a text in an option writes in hex. Raises `OptionError`."""
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise OptionError(fact("options.no_bytes", option=option, value=text)) from None
