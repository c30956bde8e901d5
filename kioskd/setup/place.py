"""Files put in their places all together: after a power cut either none of them is new, or, once
`finish` has run, all are.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

import msgspec

from kioskd.journal.files import sync_folder
from kioskd.settings.replacing import like, put

LIST = "ready.json"


class _Ready(msgspec.Struct, frozen=True):
    target: str
    names: tuple[str, ...]


def stage(folder: Path, texts: Mapping[str, str]) -> None:
    """Write files into ``folder``, which is emptied first. Raises OSError."""
    shutil.rmtree(folder, ignore_errors=True)
    for name, text in texts.items():
        file = folder / name
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        put(file, text.encode())
        sync_folder(file.parent)


def commit(folder: Path, target: Path, names: tuple[str, ...]) -> None:
    """From now on the staged files are to stand in ``target``; put them there. Raises OSError."""
    part = folder / f"{LIST}.new"
    put(part, msgspec.json.encode(_Ready(str(target), names)))
    part.replace(folder / LIST)
    sync_folder(folder)
    finish(folder)


def finish(folder: Path) -> bool:
    """Put what was to be put and may not have been; return whether there was anything. Raises OSError."""
    try:
        ready = msgspec.json.decode((folder / LIST).read_bytes(), type=_Ready)
    except (FileNotFoundError, msgspec.DecodeError):
        return False
    target = Path(ready.target)
    for name in ready.names:
        place = target / name
        place.parent.mkdir(parents=True, exist_ok=True)
        new = place.with_name(place.name + ".new")
        put(new, (folder / name).read_bytes())
        if place.exists():
            like(place, new)
        else:
            new.chmod(0o644)
        new.replace(place)
        sync_folder(place.parent)
    (folder / LIST).unlink()
    shutil.rmtree(folder, ignore_errors=True)
    return True
