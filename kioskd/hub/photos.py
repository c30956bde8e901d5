"""Pictures of tellers for 三亮明: kept beside the journal, made small and plain on the way in.

Whatever comes is drawn anew as a JPEG of `SIZE`: nothing that a camera wrote beside the picture (place, time)
and nothing that is no picture is kept.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
from pathlib import Path

PHOTOS = "photos"
"""Where they lie in a hub's data folder."""

SIZE = (360, 440)
QUALITY = 82
MOST_DOTS = 24_000_000
ENDING = ".jpg"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


class NoPictureError(ValueError):
    """What was sent is no picture that can be used."""


class Photos:
    """The folder of pictures, one for a teller's id. Methods block."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def revision(self, teller: str) -> str:
        """Return what changes with a teller's picture, empty where there is none."""
        try:
            found = self._file(teller).stat()
        except (OSError, KeyError):
            return ""
        return f"{found.st_mtime_ns:x}-{found.st_size:x}"

    def read(self, teller: str) -> bytes:
        """Return the JPEG. KeyError where there is none."""
        try:
            return self._file(teller).read_bytes()
        except OSError:
            raise KeyError(teller) from None

    def keep(self, teller: str, data: bytes) -> None:
        """Keep a picture. Raises `NoPictureError`, OSError, and KeyError for a name no file can have."""
        file = self._file(teller)
        made = drawn(data)
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = file.with_suffix(".part")
        with part.open("wb") as stream:
            stream.write(made)
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(file)

    def remove(self, teller: str) -> None:
        """Forget a picture. Raises OSError, and KeyError for a name no file can have."""
        self._file(teller).unlink(missing_ok=True)

    def _file(self, teller: str) -> Path:
        if not _NAME.fullmatch(teller):
            digest = hashlib.sha256(teller.encode()).hexdigest()[:32]
            return self._folder / f"_{digest}{ENDING}"
        return self._folder / f"{teller}{ENDING}"


def drawn(data: bytes) -> bytes:
    """Return a picture drawn anew: upright, cut to `SIZE` around the middle. Raises `NoPictureError`."""
    from PIL import Image, ImageOps

    try:
        with Image.open(io.BytesIO(data), formats=("JPEG", "PNG", "WEBP")) as opened:
            if opened.width * opened.height > MOST_DOTS:
                raise NoPictureError("too many dots")
            opened.draft("RGB", (SIZE[0] * 2, SIZE[1] * 2))
            picture = ImageOps.exif_transpose(opened).convert("RGB")
            small = ImageOps.fit(picture, SIZE, Image.Resampling.LANCZOS, centering=(0.5, 0.4))
    except NoPictureError:
        raise
    except Exception as error:  # a decoder may raise anything over bytes that somebody made up
        raise NoPictureError(type(error).__name__) from error
    out = io.BytesIO()
    small.save(out, "JPEG", quality=QUALITY, optimize=True)
    return out.getvalue()
