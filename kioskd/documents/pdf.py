"""Pages into one PDF 1.7, each picture's own bytes embedded as they are (ISO 32000-1, 7.4.8 and 7.4.4).

The same pages make the same bytes: there is no date in it, and its identifier is made of its content.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Sequence

import msgspec

from kioskd.documents.paper import millimetres

POINT_MM = 25.4 / 72
_SOF = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


class NotAPictureError(Exception):
    """Neither a JPEG nor a PNG that can be embedded as it is."""


class Embedded(msgspec.Struct, frozen=True):
    """A picture as PDF has it: its stream, and what the stream's dictionary says of it."""

    width: int
    height: int
    stream: bytes
    about: bytes


def build_pdf(pages: Sequence[bytes], title: str = "") -> bytes:
    """Return the PDF of these JPEGs and PNGs. Raises `NotAPictureError`."""
    objects: list[bytes] = []
    kids = []
    name = hashlib.sha256()
    for number, data in enumerate(pages):
        picture = embedded(data)
        name.update(hashlib.sha256(data).digest())
        first = 4 + 3 * number
        kids.append(b"%d 0 R" % first)
        wide, high = (side / POINT_MM for side in millimetres(picture.width, picture.height))
        content = b"q %.3f 0 0 %.3f 0 0 cm /P Do Q" % (wide, high)
        objects.append(
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 %.3f %.3f]/Contents %d 0 R"
            b"/Resources<</XObject<</P %d 0 R>>>>>>" % (wide, high, first + 1, first + 2)
        )
        objects.append(_stream(b"", content))
        objects.append(
            _stream(
                b"/Type/XObject/Subtype/Image/Width %d/Height %d" % (picture.width, picture.height)
                + picture.about,
                picture.stream,
            )
        )
    head = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Count %d/Kids[%s]>>" % (len(pages), b" ".join(kids)),
        b"<</Title %s/Producer(kioskd)>>" % _text(title),
    ]
    out = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    places = []
    for number, body in enumerate((*head, *objects), 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(places) + 1)
    for place in places:
        out += b"%010d 00000 n \n" % place
    identity = name.hexdigest()[:32].encode()
    out += b"trailer\n<</Size %d/Root 1 0 R/Info 3 0 R/ID[<%s><%s>]>>\nstartxref\n%d\n%%%%EOF\n" % (
        len(places) + 1,
        identity,
        identity,
        start,
    )
    return bytes(out)


def embedded(data: bytes) -> Embedded:
    """Return a JPEG or PNG ready to be embedded. Raises `NotAPictureError`."""
    if data.startswith(b"\xff\xd8"):
        return _of_jpeg(data)
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return _of_png(data)
    raise NotAPictureError("neither JPEG nor PNG")


def _of_jpeg(data: bytes) -> Embedded:
    at = 2
    while at + 9 < len(data):
        if data[at] != 0xFF:
            break
        kind = data[at + 1]
        if kind == 0xFF:
            at += 1
            continue
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        if kind in _SOF:
            bits, height, width, colours = struct.unpack(">BHHB", data[at + 4 : at + 10])
            space = {1: b"/DeviceGray", 3: b"/DeviceRGB", 4: b"/DeviceCMYK"}.get(colours)
            if space is None or not width or not height:
                break
            about = b"/ColorSpace%s/BitsPerComponent %d/Filter/DCTDecode" % (space, bits)
            return Embedded(width, height, data, about)
        at += 2 + length
    raise NotAPictureError("a JPEG without a frame")


def _of_png(data: bytes) -> Embedded:
    at, packed = 8, b""
    width = height = bits = colour = 0
    while at + 12 <= len(data):
        length, kind = struct.unpack(">I4s", data[at : at + 8])
        body = data[at + 8 : at + 8 + length]
        if kind == b"IHDR":
            width, height, bits, colour, _, _, interlaced = struct.unpack(">IIBBBBB", body)
            if interlaced:
                raise NotAPictureError("an interlaced PNG")
        elif kind == b"IDAT":
            packed += body
        at += 12 + length
    if colour not in (0, 2) or not packed:
        raise NotAPictureError("a PNG with a palette or transparency")
    space, channels = (b"/DeviceGray", 1) if colour == 0 else (b"/DeviceRGB", 3)
    about = (
        b"/ColorSpace%s/BitsPerComponent %d/Filter/FlateDecode"
        b"/DecodeParms<</Predictor 15/Colors %d/BitsPerComponent %d/Columns %d>>"
        % (space, bits, channels, bits, width)
    )
    return Embedded(width, height, packed, about)


def _stream(about: bytes, data: bytes) -> bytes:
    return b"<<%s/Length %d>>\nstream\n%s\nendstream" % (about, len(data), data)


def _text(text: str) -> bytes:
    return b"<" + ("\ufeff" + text).encode("utf-16-be").hex().encode() + b">"
