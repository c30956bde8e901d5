"""Reads the writing on pages: a program of its own, for a Python of its own that has rapidocr-onnxruntime.

It imports nothing of kioskd, so that the recogniser and what it brings (another OpenCV among it) live in an
environment apart. Pages come on standard input, each a length (four bytes, big-endian) and JPEG or PNG;
answers go to standard output, each a length and JSON: ``{"lines": […]}`` from the top down, or ``{"failed":
"why"}``. Nothing is written to disk.
"""

from __future__ import annotations

import json
import os
import struct
import sys
from typing import Any

LENGTH = struct.Struct(">I")
NICER = 10
ROW = 0.6
"""Pieces whose middles are no further apart than this part of their height are of one line."""


def main() -> None:
    """Read pages until there are no more."""
    os.nice(NICER)
    answers, sys.stdout = sys.stdout.buffer, sys.stderr  # what libraries print is no answer
    from rapidocr_onnxruntime import RapidOCR  # type: ignore[import-not-found]

    engine = RapidOCR()
    while len(head := sys.stdin.buffer.read(LENGTH.size)) == LENGTH.size:
        page = sys.stdin.buffer.read(LENGTH.unpack(head)[0])
        try:
            answer: dict[str, Any] = {"lines": lines(engine(page)[0] or [])}
        except Exception as error:  # one page; the next may go well
            answer = {"failed": repr(error)[:200]}
        packed = json.dumps(answer).encode()
        answers.write(LENGTH.pack(len(packed)) + packed)
        answers.flush()


def lines(found: list[Any]) -> list[str]:
    """Put pieces (four corners, text, …) into lines from the top down, each from the left."""
    pieces = []
    for corners, text, *_ in found:
        ys = [float(y) for _, y in corners]
        pieces.append(((min(ys) + max(ys)) / 2, max(ys) - min(ys), float(corners[0][0]), str(text)))
    rows: list[list[tuple[float, float, float, str]]] = []
    for piece in sorted(pieces):
        if rows and piece[0] - rows[-1][0][0] <= ROW * rows[-1][0][1]:
            rows[-1].append(piece)
        else:
            rows.append([piece])
    return ["  ".join(piece[3] for piece in sorted(row, key=lambda one: one[2])) for row in rows]


if __name__ == "__main__":
    main()
