"""A recording of a device's line, as a file.

JSON lines, UTF-8. The first is the header; each of the others is one chunk of bytes as it crossed the
line: ``{"t": 1.204, "dir": "<", "hex": "ff680303680a"}``, ``t`` in seconds since the line was
opened, ``<`` from the device, ``>`` to it. A file holds what the device and its driver said
and nothing about the hall. One that was cut off in its last line is read up to there.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Annotated, Any, Literal, Protocol

import msgspec
from msgspec import Meta

VERSION = 1
LARGEST = 256 * 1024 * 1024
"""Bytes of a file that is read; a bus at 115200 baud fills it in two hours."""


class RecordingError(Exception):
    """A file that is no recording; the message, for technicians, names the line."""


class Header(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was recorded: enough to build the same driver again.

    ``scheme`` and ``params`` are those of the device's address; where it stands is left out.
    ``redacted``: text that went to a printer was replaced by other text of the same length.
    ``vary`` is written in by hand: regular expressions (bytes as Latin-1) for parts of the driver's
    frames that are others each time but equally long, such as ``timeStamps="[0-9]+"``.
    """

    recording: Annotated[int, Meta(ge=1)] = msgspec.field(default=VERSION, name="kioskd_recording")
    driver: str
    scheme: str
    params: dict[str, str] = {}
    unit: int = 0
    profile: str | None = None
    options: dict[str, Any] = {}
    redacted: bool = False
    vary: tuple[str, ...] = ()


class Chunk(msgspec.Struct, frozen=True):
    """Bytes that crossed the line."""

    t: Annotated[float, Meta(ge=0)]
    direction: Literal["<", ">"]
    data: bytes


class _Line(msgspec.Struct, frozen=True):
    t: Annotated[float, Meta(ge=0)]
    direction: Literal["<", ">"] = msgspec.field(name="dir")
    hex: str


class Recording(msgspec.Struct, frozen=True):
    """A whole recording."""

    header: Header
    chunks: tuple[Chunk, ...]


class Blank(Protocol):
    """Replaces what is private in bytes to a device by as many others.

    Bytes that are not yet understood are held back until they are.
    """

    def feed(self, data: bytes) -> bytes:
        """Take bytes and return those that are ready."""
        ...

    def flush(self) -> bytes:
        """Return the rest."""
        ...


class Recorder:
    """Writes a recording, each chunk at once.

    ``now`` is a clock in seconds. Raises `FileExistsError` rather than overwriting anything.
    """

    def __init__(
        self,
        file: Path,
        header: Header,
        now: Callable[[], float],
        blank: Blank | None = None,
    ) -> None:
        self._now = now
        self._blank = blank
        self._stream = file.open("x", encoding="utf-8")
        self._began = now()
        self.received = 0
        self.sent = 0
        fields = {"kioskd_recording": VERSION, **msgspec.to_builtins(header)}
        self._put(msgspec.json.encode(fields).decode())

    def __enter__(self) -> Recorder:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def take(self, direction: str, data: bytes) -> None:
        """Write one chunk; fits where a line tells its traffic."""
        if direction == "<":
            self.received += len(data)
        else:
            self.sent += len(data)
            if self._blank is not None:
                data = self._blank.feed(data)
        self._write(direction, data)

    def close(self) -> None:
        """Write what is held back and close the file. Safe to call twice."""
        if self._stream.closed:
            return
        if self._blank is not None:
            self._write(">", self._blank.flush())
        self._stream.close()

    def _write(self, direction: str, data: bytes) -> None:
        if data:
            line = {"t": round(self._now() - self._began, 4), "dir": direction, "hex": data.hex()}
            self._put(msgspec.json.encode(line).decode())

    def _put(self, line: str) -> None:
        self._stream.write(line + "\n")
        self._stream.flush()


def load(file: Path) -> Recording:
    """Read a recording. Raises `RecordingError`, or OSError where the file cannot be read."""
    with file.open("rb") as stream:
        content = stream.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise RecordingError(f"{file}: larger than {LARGEST // 1024 // 1024} MiB")
    lines = content.split(b"\n")
    whole, cut_off = lines[:-1], lines[-1]
    if not whole:
        raise RecordingError(f"{file}: no recording: the header line is missing")
    header = _header(file, whole[0])
    chunks = [_chunk(file, number, line) for number, line in enumerate(whole[1:], 2) if line.strip()]
    if cut_off.strip():
        with suppress(RecordingError):  # the recorder was killed while it wrote this line
            chunks.append(_chunk(file, len(lines), cut_off))
    return Recording(header, tuple(chunks))


def _header(file: Path, line: bytes) -> Header:
    try:
        raw = msgspec.json.decode(line)
        if not isinstance(raw, dict) or "kioskd_recording" not in raw:
            raise RecordingError(f"{file}:1: not the header of a recording")
        header = msgspec.convert(raw, Header)
    except msgspec.MsgspecError as error:
        raise RecordingError(f"{file}:1: {error}") from error
    for expression in header.vary:
        try:
            re.compile(expression)
        except re.error as error:
            raise RecordingError(f"{file}:1: vary: {expression!r}: {error}") from error
    if header.recording > VERSION:
        raise RecordingError(f"{file}: made by a later version (format {header.recording})")
    return header


def _chunk(file: Path, number: int, line: bytes) -> Chunk:
    try:
        made = msgspec.json.decode(line, type=_Line)
        return Chunk(made.t, made.direction, bytes.fromhex(made.hex))
    except (msgspec.MsgspecError, ValueError) as error:
        raise RecordingError(f"{file}:{number}: {error}") from error
