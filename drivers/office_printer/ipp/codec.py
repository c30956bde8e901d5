"""IPP messages: RFC 8010 (encoding) and RFC 8011 (operations and attributes). No I/O."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from enum import IntEnum

import msgspec

VERSION = (2, 0)
"""IPP/2.0 (PWG 5100.12), which CUPS since 1.5 and printers since 2011 speak."""

LONGEST_ANSWER = 1 << 20


class Operation(IntEnum):
    """Operations that are used here (RFC 8011, 5.4.15)."""

    PRINT_JOB = 0x0002
    CANCEL_JOB = 0x0008
    GET_JOB_ATTRIBUTES = 0x0009
    GET_PRINTER_ATTRIBUTES = 0x000B


class Group(IntEnum):
    """Delimiter tags (RFC 8010, 3.5.1)."""

    OPERATION = 0x01
    JOB = 0x02
    END = 0x03
    PRINTER = 0x04
    UNSUPPORTED = 0x05


class Tag(IntEnum):
    """Value tags (RFC 8010, 3.5.2)."""

    INTEGER = 0x21
    BOOLEAN = 0x22
    ENUM = 0x23
    TEXT = 0x41
    NAME = 0x42
    KEYWORD = 0x44
    URI = 0x45
    CHARSET = 0x47
    LANGUAGE = 0x48
    MIME = 0x49


class JobState(IntEnum):
    """RFC 8011, 5.3.7."""

    PENDING = 3
    HELD = 4
    PROCESSING = 5
    STOPPED = 6
    CANCELED = 7
    ABORTED = 8
    COMPLETED = 9


class MalformedError(Exception):
    """These bytes are no IPP message."""


Value = int | bool | str | bytes
"""Text is a string; what has a tag that is not known here stays bytes."""


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """A request (``code`` is an `Operation`) or an answer (``code`` is a status, below 0x100 if it went
    well).

    ``groups`` holds the attributes of each group; a group that comes twice (several jobs) is merged, the
    first wins. ``data`` follows the message: a document.
    """

    code: int
    request: int
    groups: dict[int, dict[str, tuple[Value, ...]]]
    data: bytes = b""

    def first(self, group: Group, name: str) -> Value | None:
        """Return the first value of an attribute."""
        values = self.groups.get(group, {}).get(name, ())
        return values[0] if values else None


_TEXTS = {Tag.TEXT, Tag.NAME, Tag.KEYWORD, Tag.URI, Tag.CHARSET, Tag.LANGUAGE, Tag.MIME}
_TAGS: Mapping[str, Tag] = {
    "attributes-charset": Tag.CHARSET,
    "attributes-natural-language": Tag.LANGUAGE,
    "printer-uri": Tag.URI,
    "requesting-user-name": Tag.NAME,
    "job-name": Tag.NAME,
    "document-format": Tag.MIME,
    "requested-attributes": Tag.KEYWORD,
    "job-id": Tag.INTEGER,
    "job-uri": Tag.URI,
    "job-state": Tag.ENUM,
    "job-state-reasons": Tag.KEYWORD,
    "printer-state": Tag.ENUM,
    "printer-state-reasons": Tag.KEYWORD,
    "printer-is-accepting-jobs": Tag.BOOLEAN,
    "media": Tag.KEYWORD,
    "sides": Tag.KEYWORD,
    "status-message": Tag.TEXT,
}


def encode(message: Message) -> bytes:
    """Return the bytes of a message. Only attributes whose syntax is known here can be sent (KeyError)."""
    out = [struct.pack(">BBHI", *VERSION, message.code, message.request)]
    for group, attributes in message.groups.items():
        out.append(bytes([group]))
        for name, values in attributes.items():
            for index, value in enumerate(values):
                tag = _TAGS[name]
                packed = _packed(tag, value)
                label = name.encode("ascii") if index == 0 else b""
                out.append(struct.pack(">BH", tag, len(label)) + label)
                out.append(struct.pack(">H", len(packed)) + packed)
    out.append(bytes([Group.END]))
    return b"".join(out) + message.data


def _packed(tag: Tag, value: Value) -> bytes:
    if tag is Tag.BOOLEAN:
        return b"\x01" if value else b"\x00"
    if tag in (Tag.INTEGER, Tag.ENUM):
        return struct.pack(">i", value)
    return value if isinstance(value, bytes) else str(value).encode()


def decode(data: bytes) -> Message:
    """Return the message in these bytes. Raises `MalformedError`."""
    try:
        return _decode(data)
    except (struct.error, IndexError, UnicodeDecodeError) as error:
        raise MalformedError(str(error)) from error


def _decode(data: bytes) -> Message:
    major, _, code, request = struct.unpack_from(">BBHI", data)
    if major not in (1, 2):
        raise MalformedError(f"version {major}")
    groups: dict[int, dict[str, list[Value]]] = {}
    at, group, name = 8, 0, ""
    while (tag := data[at]) != Group.END:
        at += 1
        if tag < 0x10:
            group, name = tag, ""
            groups.setdefault(group, {})
            continue
        if not group:
            raise MalformedError("a value before any group")
        label, at = _piece(data, at)
        value, at = _piece(data, at)
        attributes = groups[group]
        if label:
            name = label.decode("ascii")
            if name in attributes:
                name = f"{name}#"  # of a second job or printer: not asked for here
            attributes.setdefault(name, [])
        if not name:
            raise MalformedError("a value before any name")
        attributes[name].append(_value(tag, value))
    whole = {
        group: {name: tuple(values) for name, values in attributes.items()}
        for group, attributes in groups.items()
    }
    return Message(code=code, request=request, groups=whole, data=data[at + 1 :])


def _piece(data: bytes, at: int) -> tuple[bytes, int]:
    (length,) = struct.unpack_from(">H", data, at)
    end = at + 2 + length
    if end > len(data):
        raise MalformedError("shorter than it says")
    return data[at + 2 : end], end


def _value(tag: int, value: bytes) -> Value:
    if tag in (Tag.INTEGER, Tag.ENUM):
        return int(struct.unpack(">i", value)[0])
    if tag == Tag.BOOLEAN:
        return value != b"\x00"
    return value.decode() if tag in _TEXTS else value


def request(
    operation: Operation, number: int, printer: str, user: str, more: Mapping[str, Sequence[Value]] = {}
) -> Message:
    """Return a request to a printer, with the attributes that must come first in their order (RFC 8011, 4.1.4
    and 4.1.5).
    """
    attributes: dict[str, tuple[Value, ...]] = {
        "attributes-charset": ("utf-8",),
        "attributes-natural-language": ("zh-cn",),
        "printer-uri": (printer,),
    }
    for name, values in {"requesting-user-name": (user or "kioskd",), **more}.items():
        attributes[name] = tuple(values)
    return Message(code=operation, request=number, groups={Group.OPERATION: attributes})
