"""All settings of a hall as a handful of files that work wherever they are laid out together."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from kioskd.settings.files import as_path

MAIN = "hall.toml"
_FOLDERS = ("layouts", "profiles", "recordings")
_FILES = ("services", "evaluation_options")


def gather(file: Path, sources: set[Path] | None = None) -> dict[str, bytes]:
    """Return a settings file and all it names, by names relative to it; the references follow.

    Comments and order stay. ``sources`` gets every file and folder that was looked at. Raises OSError for a
    file that is not to be had, ValueError for one that is no TOML.
    """
    try:
        main = tomlkit.parse(file.read_text("utf-8-sig"))
    except TOMLKitError as error:
        raise ValueError(f"{file}: {error}") from error
    sources = set() if sources is None else sources
    sources.add(file)
    found: dict[str, bytes] = {}
    for key in _FILES:
        if isinstance(name := main.get(key), str):
            target = f"{key.replace('_', '-')}.toml"
            path = as_path(file, name)
            sources.add(path)
            found[target] = path.read_bytes()
            main[key] = target
    years: Any = main.get("calendars")
    if isinstance(years, list):
        for index, name in enumerate(list(years)):
            path = as_path(file, str(name))
            target = f"calendars/{index}-{path.name}"
            sources.add(path)
            found[target] = path.read_bytes()
            years[index] = target
    for key in _FOLDERS:
        name = main.get(key)
        folder = as_path(file, name if isinstance(name, str) else "voice")
        sources.add(folder)
        if name is None and (key != "recordings" or not folder.is_dir()):
            continue
        for each in sorted(folder.rglob("*")) if folder.is_dir() else ():
            sources.add(each)
            if each.is_file():
                found[f"{key}/{each.relative_to(folder)}"] = each.read_bytes()
        main[key] = key
    return {MAIN: tomlkit.dumps(main).encode(), **found}
