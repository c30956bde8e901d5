"""The text of a resident identity card as its security module gives it out.

Source: GA 450-2013 and the SAM_V communication protocol (公安部身份证阅读器模块 SAM 通讯协议): 256 bytes of
UTF-16LE, padded with spaces: name 30, sex 2, nation 4, birth 16 (YYYYMMDD), address 70, number 36, issuer 30,
valid from 16, valid to 16 (or 长期), reserve 36.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from drivers.card_reader.api import CardField

TEXT = 256
_FIELDS: tuple[tuple[CardField, int], ...] = (
    (CardField.NAME, 30),
    (CardField.SEX, 2),
    (CardField.NATION, 4),
    (CardField.BIRTH, 16),
    (CardField.ADDRESS, 70),
    (CardField.NUMBER, 36),
    (CardField.ISSUER, 30),
    (CardField.VALID_FROM, 16),
    (CardField.VALID_TO, 16),
)


def decode(text: bytes, allowed: Iterable[CardField]) -> dict[str, str] | None:
    """Return the allowed fields of a card's text; None when it is no such text."""
    if len(text) != TEXT:
        return None
    values, at = {}, 0
    wanted = frozenset(allowed)
    for field, size in _FIELDS:
        if field in wanted:
            try:
                values[field.value] = text[at : at + size].decode("utf-16-le").rstrip(" \0")
            except UnicodeDecodeError:
                return None
        at += size
    return values


def encode(values: Mapping[CardField, str]) -> bytes:
    """Return a card's text. Raises ValueError for a value that does not fit."""
    text = b""
    for field, size in _FIELDS:
        value = values.get(field, "").encode("utf-16-le")
        if len(value) > size:
            raise ValueError(f"{field}: {len(value)} bytes are more than {size}")
        text += value + " ".encode("utf-16-le") * ((size - len(value)) // 2)
    return text + " ".encode("utf-16-le") * ((TEXT - len(text)) // 2)
