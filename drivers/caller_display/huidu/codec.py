"""Huidu full-colour cards (HD-A, C and D series, SDK 2.0) on the wire: bytes to packets, XML to messages.

Source: the maker's SDK 2.0 (C# library 2.0.10 and its protocol notes), TCP port 10001. A packet is its
whole length u16, a command u16, both little-endian, and data: 2001 asks for the transport version (u32)
and 2002 answers; 2003 carries XML and 2004 its answer, each fragment with the total length u32 and
its offset u32 before at most 8,000 bytes; 005F is a heartbeat and 0060 its answer; 2000 is an error
u16.

The first XML, ``GetIFVersion``, goes out under the name ``##GUID``; its answer brings the name that all
later XML of this connection carries. Answers say ``result="kSuccess"`` or why not.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Sequence
from enum import IntEnum
from xml.sax.saxutils import escape, quoteattr

import msgspec

from drivers.hunt import Hunter, Look

VERSION = 0x01000005
NO_NAME = "##GUID"
MAX_FRAGMENT = 8000
MAX_XML = 65536
"""Bytes of one XML that are put together; a face takes a few thousand."""
_HEAD = struct.Struct("<HH")
_FRAGMENT = struct.Struct("<II")
_LONGEST_MAKERS = 9200
"""Bytes of XML in the fragments of newer firmware."""
MAX_PACKET = _HEAD.size + _FRAGMENT.size + _LONGEST_MAKERS

_SDK = re.compile(rb"<sdk\s[^<>]*?guid\s*=\s*[\"']([^\"'<>]{1,64})[\"']")
_CALL = re.compile(rb"<(in|out)\s[^<>]*?method\s*=\s*[\"'](\w{1,64})[\"']")
_RESULT = re.compile(rb"<out\s[^<>]*?result\s*=\s*[\"'](\w{1,64})[\"']")

SUCCESS = "kSuccess"
HELLO = "GetIFVersion"


class Command(IntEnum):
    """What a packet is."""

    HEARTBEAT = 0x005F
    HEARTBEAT_ANSWER = 0x0060
    ERROR = 0x2000
    VERSION = 0x2001
    VERSION_ANSWER = 0x2002
    XML = 0x2003
    XML_ANSWER = 0x2004


class Problem(IntEnum):
    """Error numbers of the maker that we act upon; others are only told."""

    DEVICE_OCCUPIED = 4


class Packet(msgspec.Struct, frozen=True):
    """One packet; of XML one fragment, ``total`` and ``offset`` telling where it belongs."""

    command: int
    data: bytes = b""
    total: int = 0
    offset: int = 0


class Call(msgspec.Struct, frozen=True):
    """What an XML says on its outside. ``result`` is empty in a request."""

    name: str
    method: str
    result: str = ""


def encode(packet: Packet) -> bytes:
    """One packet."""
    data = packet.data
    if packet.command in (Command.XML, Command.XML_ANSWER):
        data = _FRAGMENT.pack(packet.total, packet.offset) + data
    return _HEAD.pack(_HEAD.size + len(data), packet.command) + data


def encode_xml(xml: bytes, command: Command = Command.XML) -> bytes:
    """An XML in as many packets as it takes. Raises ValueError for more than `MAX_XML`."""
    if not 0 < len(xml) <= MAX_XML:
        raise ValueError(f"{len(xml)} bytes of XML are none or more than {MAX_XML}")
    return b"".join(
        encode(Packet(command, xml[at : at + MAX_FRAGMENT], len(xml), at))
        for at in range(0, len(xml), MAX_FRAGMENT)
    )


def decoder() -> Hunter[Packet]:
    """Packets out of a stream; what is no packet with a known command and a fitting length is skipped."""
    return Hunter(_packet_at, MAX_PACKET)


_LENGTHS = {
    Command.HEARTBEAT: range(4, 5),
    Command.HEARTBEAT_ANSWER: range(4, 5),
    Command.ERROR: range(6, 7),
    Command.VERSION: range(8, 9),
    Command.VERSION_ANSWER: range(8, 9),
    Command.XML: range(13, MAX_PACKET + 1),
    Command.XML_ANSWER: range(13, MAX_PACKET + 1),
}


def _packet_at(held: bytes, at: int) -> tuple[Packet, int] | Look:
    if len(held) < at + _HEAD.size:
        return Look.NOT_YET
    length, command = _HEAD.unpack_from(held, at)
    end = at + length
    if command not in _LENGTHS or length not in _LENGTHS[Command(command)]:
        return Look.NOT_HERE
    if len(held) < end:
        return Look.NOT_YET
    data = held[at + _HEAD.size : end]
    if command not in (Command.XML, Command.XML_ANSWER):
        return Packet(command, data), end
    total, offset = _FRAGMENT.unpack_from(data)
    data = data[_FRAGMENT.size :]
    if total > MAX_XML or offset + len(data) > total:
        return Look.NOT_HERE
    return Packet(command, data, total, offset), end


class Assembly:
    """XML out of its fragments, which come in order. Holds at most `MAX_XML` bytes."""

    def __init__(self) -> None:
        self._held = b""
        self._total = 0

    def take(self, packet: Packet) -> bytes | None:
        """Take a fragment and return the XML it completes; one out of order drops what came before."""
        if packet.offset == 0:
            self._held, self._total = b"", packet.total
        if packet.offset != len(self._held) or packet.total != self._total:
            self.clear()
            return None
        self._held += packet.data
        if len(self._held) < self._total:
            return None
        xml = self._held
        self.clear()
        return xml

    def clear(self) -> None:
        """Forget what came before."""
        self._held, self._total = b"", 0


def parse_call(xml: bytes) -> Call | None:
    """The outside of an XML; None when it is none of ours."""
    sdk, call, result = _SDK.search(xml), _CALL.search(xml), _RESULT.search(xml)
    if sdk is None or call is None:
        return None
    return Call(sdk[1].decode("utf-8", "replace"), call[2].decode(), result[1].decode() if result else "")


def request(name: str, method: str, content: str = "") -> bytes:
    """XML that asks for something; ``content`` is XML."""
    return (
        f'<?xml version="1.0" encoding="utf-8"?><sdk guid={quoteattr(name)}>'
        f"<in method={quoteattr(method)}>{content}</in></sdk>"
    ).encode()


def answer(name: str, method: str, result: str = SUCCESS) -> bytes:
    """XML that answers."""
    return (
        f'<?xml version="1.0" encoding="utf-8"?><sdk guid={quoteattr(name)}>'
        f"<out method={quoteattr(method)} result={quoteattr(result)}/></sdk>"
    ).encode()


def hello() -> bytes:
    """XML that asks for a name."""
    return request(NO_NAME, HELLO, '<version value="1000000"/>')


class Area(msgspec.Struct, frozen=True):
    """A text on a rectangle in dots. ``effect`` is the maker's number, ``speed`` 0 (slow) to 8."""

    x: int
    y: int
    width: int
    height: int
    text: str
    colour: str = "#ff0000"
    effect: int = 0
    speed: int = 4
    align: str = "center"


SHOW_AT_ONCE = 0
LEAVE = 20
"""As the effect at the end: the text stays until the next one comes."""
LOOP_LEFT = 26
FLICKER = 30


def screen(areas: Sequence[Area], font: str, size: int, stamp: int) -> str:
    """The one programme of a screen, for ``AddProgram``, which replaces all others."""
    content = "".join(_area(index, area, font, size) for index, area in enumerate(areas))
    return (
        f'<screen timeStamps="{stamp}"><program guid="kioskd" type="normal">'
        f'<playControl count="1" disabled="false"/>{content}</program></screen>'
    )


def _area(index: int, area: Area, font: str, size: int) -> str:
    return (
        f'<area alpha="255" guid="row-{index}">'
        f'<rectangle x="{area.x}" y="{area.y}" width="{area.width}" height="{area.height}"/>'
        f'<resources><text guid="text-{index}" singleLine="true">'
        f'<style align="{area.align}" valign="middle"/><string>{escape(area.text)}</string>'
        f'<font name={quoteattr(font)} size="{size}" color="{area.colour}"'
        f' bold="false" italic="false" underline="false"/>'
        f'<effect in="{area.effect}" inSpeed="{area.speed}" out="{LEAVE}" outSpeed="{area.speed}"'
        f' duration="50"/></text></resources></area>'
    )
