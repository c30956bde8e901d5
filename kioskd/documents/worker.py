"""A worker process: ``python -m kioskd.documents.worker``.

Reads tasks from standard input and writes answers to standard output, each a length (four bytes, big-endian)
and msgpack. It opens no file for writing, leaves no core file, and ends when its input does.
"""

from __future__ import annotations

import os
import resource
import struct
import sys
from contextlib import suppress
from typing import BinaryIO

import msgspec

from kioskd.documents.work import (
    Answer,
    BuildPdf,
    Failed,
    LayPaper,
    MakePage,
    PdfBuilt,
    Task,
    Thumbnail,
    TurnPage,
)

LENGTH = struct.Struct(">I")
NICER = 5
"""How much a worker stands back behind the hub that calls and issues."""


def serve(tasks: BinaryIO, answers: BinaryIO) -> None:
    """Answer tasks until there are no more."""
    decode = msgspec.msgpack.Decoder(Task).decode
    while len(head := tasks.read(LENGTH.size)) == LENGTH.size:
        answer = msgspec.msgpack.encode(done(decode(tasks.read(LENGTH.unpack(head)[0]))))
        answers.write(LENGTH.pack(len(answer)))
        answers.write(answer)
        answers.flush()


def done(task: Task) -> Answer:
    """Do one task; what goes wrong is an answer."""
    from kioskd.documents.laid_out import laid_out
    from kioskd.documents.page import UnreadableError, make_page, thumbnail, turn_page
    from kioskd.documents.pdf import NotAPictureError, build_pdf
    from kioskd.documents.signed import signature_page

    try:
        match task:
            case MakePage():
                return make_page(task)
            case TurnPage():
                return turn_page(task)
            case LayPaper():
                return PdfBuilt(data=build_pdf(laid_out(task.slip, task.font), task.title))
            case Thumbnail():
                return thumbnail(task)
            case BuildPdf():
                pages = task.pages
                if task.signature is not None:
                    pages = (*pages, signature_page(task.signature, task.signed, task.font))
                return PdfBuilt(data=build_pdf(pages, task.title))
    except (UnreadableError, NotAPictureError) as error:
        return Failed(code="unreadable", detail=str(error))
    except Exception as error:  # a fault of ours, on one picture; the next may go well
        return Failed(code="broken", detail=repr(error)[:300])


def main() -> None:
    """Serve until the daemon goes."""
    # A picture must not reach the disk in a core file.
    with suppress(OSError, ValueError):  # the unit's system call filter may say no; it forbids cores itself
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    import cv2

    # Two of a small PC's processors for a page that somebody waits for, and none before the hall itself.
    os.nice(NICER)
    cv2.setNumThreads(2)
    serve(sys.stdin.buffer, sys.stdout.buffer)


if __name__ == "__main__":
    main()
