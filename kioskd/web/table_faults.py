"""What is wrong with a table that somebody gave, cell by cell, in the reader's language."""

from __future__ import annotations

from typing import Protocol

import msgspec

from kioskd.web.language import Language, fill, texts


class FaultView(msgspec.Struct, frozen=True, kw_only=True):
    """A cell that is not as it should be; one that is not ``serious`` is taken all the same."""

    line: int
    column: str
    code: str
    value: str
    sentence: str
    serious: bool


class Fault(Protocol):
    """What readers of tables say of a cell: ``line`` from 1, ``column`` its letter."""

    @property
    def line(self) -> int: ...
    @property
    def column(self) -> str: ...
    @property
    def code(self) -> str: ...
    @property
    def value(self) -> str: ...


def fault_view(kind: str, fault: Fault, language: Language, *, serious: bool = True) -> FaultView:
    """Return a fault with its sentence, which is the word ``KIND.CODE``."""
    return FaultView(
        line=fault.line,
        column=fault.column,
        code=fault.code,
        value=fault.value,
        sentence=fill(texts(language).word[f"{kind}.{fault.code}"], {"value": fault.value}),
        serious=serious,
    )
