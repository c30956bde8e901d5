"""Golden bytes of every event kind.

``python -m tests.hall.golden`` writes those that are missing and never touches one that is there:
shipped bytes are frozen, a change of meaning is a new version with an upcaster.

A file holds three lines: a body with every field set, a body with only the fields that must be
there, and what the fields left out of the second one mean.
"""

from __future__ import annotations

import types
from enum import StrEnum
from pathlib import Path
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgspec

from kioskd.hall import codec
from kioskd.hall.commands import By
from kioskd.hall.rules import Rules
from tests.hall.conftest import make_rules

FOLDER = Path(__file__).parent / "golden"


def path_of(kind: str, version: int) -> Path:
    return FOLDER / f"{kind}.{version}.json"


def sample(kind: type[Any], *, least: bool = False) -> Any:
    """An event of this kind with every field, or only the necessary ones, set to something."""
    hints = get_type_hints(kind)
    fields = msgspec.structs.fields(kind)
    return kind(
        **{
            field.name: _value(field.name, hints[field.name])
            for field in fields
            if field.required or not least
        }
    )


def _value(name: str, kind: Any) -> Any:
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return _value(name, inner[0])
    if origin is tuple and len(inner) == 2 and inner[1] is Ellipsis:
        return (_value(name, inner[0]),)
    if origin is tuple:
        return tuple(_value(name, each) for each in inner)
    if origin is dict:
        return {"k": _value(name, inner[1])}
    if kind is By:
        return By("person", "w12", "teller", "page")
    if kind is Rules:
        return make_rules()
    if kind is bool:
        return True
    if kind is int:
        return 7
    if kind is float:
        return 7.5
    if kind is str:
        return name
    if issubclass(kind, StrEnum):
        return list(kind)[-1]
    if issubclass(kind, msgspec.Struct):
        return sample(kind)
    raise TypeError(f"no sample for {name}: {kind}")


def meaning(event: Any) -> bytes:
    """Every field of an event, defaults spelt out."""
    fields = {field.name: getattr(event, field.name) for field in msgspec.structs.fields(event)}
    return msgspec.json.encode(fields)


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for kind, cls in codec.KINDS.items():
        path = path_of(kind, codec.VERSIONS.get(kind, 1))
        if not path.exists():
            least = sample(cls, least=True)
            lines = (codec.encode(sample(cls))[2], codec.encode(least)[2], meaning(least))
            path.write_bytes(b"\n".join(lines) + b"\n")


if __name__ == "__main__":
    main()
