"""A bar code reader on a serial line or a serial server."""

from __future__ import annotations

from typing import Annotated

import msgspec

from drivers.barcode_reader.reader import CodeReader
from drivers.barcode_reader.serial.codec import Decoder
from drivers.device import DeviceSink
from drivers.transport.api import Line


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A code also ends when nothing more comes for ``gap_ms``, for readers set up without a suffix. The same
    code within ``again_ms`` was held before the reader a little longer.
    """

    gap_ms: Annotated[float, msgspec.Meta(ge=10, le=2000)] = 120.0
    again_ms: Annotated[float, msgspec.Meta(ge=0, le=10_000)] = 1500.0


def build(line: Line, unit: int, options: Options, sink: DeviceSink) -> CodeReader:
    """A reader, alone on its line."""
    return CodeReader(line, sink, Decoder(), options.gap_ms / 1000, options.again_ms / 1000)
