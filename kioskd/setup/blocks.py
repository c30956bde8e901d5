"""A settings file's arrays of tables made to say something else, with everything around them left alone.

A file is cut into blocks: a header, ``[x]`` or ``[[x]]``, what stands below it, and the comments above it.
A table that says what is wanted stays byte for byte; one that says something else keeps the layout and the
comments of what does not change; one that is gone goes with its own comments, but those above the first of
its kind, which head the section, stay.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from typing import Any

import tomlkit
from tomlkit.items import Item

Table = Mapping[str, Any]

_HEADER = re.compile(r"[ \t]*(\[\[?)[ \t]*([A-Za-z0-9_.-]+)[ \t]*\]\]?[ \t]*(#.*)?$")
_KEYS = ("id", "code")


class _Block:
    """``lead`` are the lines above the header, ``lines`` the header and what is below it."""

    def __init__(self, name: str, lead: list[str], lines: list[str]) -> None:
        self.name = name
        self.lead = lead
        self.lines = lines


def rewritten(
    text: str, arrays: Mapping[str, Sequence[Table]], tables: Mapping[str, Table], roots: Table
) -> str:
    """Return a file's text with other ``arrays`` (all tables of each), and keys of ``tables`` and of the
    file itself (``roots``) set; None as a key's value takes it away.

    Raises ValueError for a text that is not TOML, or that cannot be made to say it.
    """
    blocks = _cut(text, set(arrays))
    _set_keys(blocks[0], roots, header=False)
    for name, values in tables.items():
        block = next((one for one in blocks if one.name == name), None)
        if block is None:
            if any(value is not None for value in values.values()):
                block = _Block(name, [""], [f"[{name}]"])
                parent = next((one for one in blocks if one.name == name.rpartition(".")[0]), blocks[0])
                blocks.insert(blocks.index(parent) + 1, block)
            else:
                continue
        _set_keys(block, values, header=True)
    for name, wanted in arrays.items():
        blocks = _with_array(blocks, name, wanted)
    made = "\n".join(line for block in blocks for line in (*block.lead, *block.lines)).rstrip("\n") + "\n"
    _prove(made, arrays)
    return made


def _prove(made: str, arrays: Mapping[str, Sequence[Table]]) -> None:
    said = tomllib.loads(made)
    for name, wanted in arrays.items():
        at: Any = said
        for step in name.split("."):
            at = at.get(step, {}) if isinstance(at, dict) else {}
        if (at or []) != [dict(one) for one in wanted]:
            raise ValueError(f"[[{name}]] cannot be written")


def _cut(text: str, arrays: set[str]) -> list[_Block]:
    """Cut a text into blocks; the first has no header. Parts of an array's table belong to its block."""
    tomllib.loads(text)
    blocks = [_Block("", [], [])]
    for line in text.rstrip("\n").split("\n"):
        found = _HEADER.match(line)
        if found is None or not _whole(blocks[-1].lines):
            blocks[-1].lines.append(line)
            continue
        name = found[2]
        if any(name.startswith(array + ".") for array in arrays) and blocks[-1].name in arrays:
            blocks[-1].lines.append(line)
            continue
        blocks.append(_Block(name, _comments_below(blocks[-1]), [line]))
    return blocks


def _whole(lines: list[str]) -> bool:
    """Whether these lines end between two keys, and not inside a value of several lines."""
    try:
        tomllib.loads("\n".join(lines))
    except tomllib.TOMLDecodeError:
        return False
    return True


def _comments_below(block: _Block) -> list[str]:
    """Take the comments and empty lines that end a block: they stand above what follows."""
    at = len(block.lines)
    while at > (1 if block.name else 0) and (
        not block.lines[at - 1].strip() or block.lines[at - 1].lstrip().startswith("#")
    ):
        at -= 1
    below, block.lines = block.lines[at:], block.lines[:at]
    return below


def _with_array(blocks: list[_Block], name: str, wanted: Sequence[Table]) -> list[_Block]:
    old = [block for block in blocks if block.name == name]
    known: dict[Any, list[_Block]] = {}
    for block in old:
        known.setdefault(_key(_said(block)), []).append(block)
    new = []
    for table in wanted:
        same = known.get(_key(table))
        new.append(_changed(same.pop(0), table) if same else _Block(name, [""], _written(name, table)))
    if old:
        head = old[0].lead
        if new and new[0] is not old[0]:
            old[0].lead = [""]
            new[0].lead = head
        elif not new:
            _give_on(blocks, old[-1], head)
        at = blocks.index(old[0])
    else:
        at = len(blocks)
    before = [block for block in blocks[:at] if block.name != name]
    return [*before, *new, *(block for block in blocks[at:] if block.name != name)]


def _give_on(blocks: list[_Block], last: _Block, head: list[str]) -> None:
    """A section that is empty now: its heading stands above the next one, for whoever fills it again."""
    at = blocks.index(last) + 1
    if at < len(blocks):
        blocks[at].lead = [*head, *blocks[at].lead]
    else:
        blocks[0].lines += head


def _key(table: Table) -> Any:
    for name in _KEYS:
        if name in table:
            return table[name]
    return repr(sorted(table.items(), key=lambda item: item[0]))


def _said(block: _Block) -> dict[str, Any]:
    at: Any = tomllib.loads("\n".join(block.lines))
    for step in block.name.split("."):
        at = at[step]
        if isinstance(at, list):
            at = at[0]
    found: dict[str, Any] = at
    return found


def _changed(block: _Block, table: Table) -> _Block:
    said = _said(block)
    if said == dict(table):
        return block
    if any(_HEADER.match(line) for line in block.lines[1:]):  # tables inside it: written anew
        return _Block(block.name, block.lead, _written(block.name, table))
    gone = {name: None for name in said if name not in table}
    _set_keys(block, {**table, **gone}, header=True)
    return block


def _set_keys(block: _Block, values: Table, *, header: bool) -> None:
    head, body = (block.lines[:1], block.lines[1:]) if header else ([], block.lines)
    text = "\n".join(body) + "\n" if body else ""
    document, said = tomlkit.parse(text), tomllib.loads(text)
    for name, value in values.items():
        if value is None:
            if name in document:
                document.remove(name)
        elif name not in said or said[name] != value:
            document[name] = _item(value)  # the comment behind it stays
    lines = tomlkit.dumps(document).rstrip("\n")
    block.lines = [*head, *(lines.split("\n") if lines else [])]


def _written(name: str, table: Table) -> list[str]:
    return [f"[[{name}]]", *(f"{_name(key)} = {_plain(value)}" for key, value in table.items())]


def _item(value: Any) -> Item:
    return tomlkit.value(_plain(value))


def _plain(value: Any) -> str:
    """A value on one line: tables in braces, lists in brackets."""
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_name(key)} = {_plain(inner)}" for key, inner in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_plain(inner) for inner in value) + "]"
    return str(tomlkit.item(value).as_string())


def _name(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else str(tomlkit.item(key).as_string())
