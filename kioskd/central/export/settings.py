"""What a city says of the province's interface, a TOML file."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

Code = Annotated[str, Meta(min_length=1, max_length=64)]


class HallCodes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[halls.ID]``: what the province calls a hall, where it differs from the city's."""

    area_code: Code | None = None
    dept_code: Code | None = None


class ExportSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``area_code`` and ``dept_code`` of the city. Ratings before ``since`` (YYYY-MM-DD) are not sent.

    ``folder`` has each rating written as a file, ``url`` has it posted as JSON; exactly one of them. Both
    ``folder`` and ``token_file`` (a bearer token) are relative to the server's data folder, ``ca_file`` too.
    """

    area_code: Code
    dept_code: Code
    since: date = date(2000, 1, 1)
    folder: str = ""
    url: Annotated[str, Meta(pattern=r"^(https?://[^\s]+)?$")] = ""
    token_file: str = ""
    ca_file: str = ""
    halls: dict[str, HallCodes] = {}

    def __post_init__(self) -> None:
        if bool(self.folder) == bool(self.url):
            raise ValueError("give a folder or a url, one of them")

    def codes(self, hall: str) -> tuple[str, str]:
        """Return area and department code of a hall."""
        own = self.halls.get(hall, HallCodes())
        return own.area_code or self.area_code, own.dept_code or self.dept_code


def load(path: Path) -> ExportSettings:
    """Read the file; blocks. Raises OSError and ValueError, whose text says what is wrong."""
    return msgspec.convert(tomllib.loads(path.read_text("utf-8")), ExportSettings)
