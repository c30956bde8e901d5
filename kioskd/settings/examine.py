"""Compares what a file says with the structs it should fill, and notes every difference.

msgspec stops at the first mistake; people who edit settings want all of them at once. What passes
here converts with `msgspec.convert`, except for rules a struct checks in ``__post_init__``.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import msgspec
from msgspec import inspect

from drivers.options import why_refused
from kioskd.settings.limits import Between, OneOf, Shape, limit_of
from kioskd.settings.problems import Report

LARGEST_NUMBER = 2**53
"""Numbers beyond it are not exact everywhere the settings travel (JSON)."""

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")
_WORDS: dict[type, str] = {
    dict: "table",
    list: "list",
    str: "text",
    bool: "true/false",
    int: "number",
    float: "number",
}

_info = lru_cache(maxsize=None)(inspect.type_info)


def examine(report: Report, path: str, value: Any, kind: Any, *, partial: bool = False) -> None:
    """Note every way in which ``value`` is not a ``kind``. ``partial`` forgives missing keys."""
    _examine(report, path, value, _info(kind), partial=partial)


def _examine(report: Report, path: str, value: Any, node: inspect.Type, *, partial: bool = False) -> None:
    match node:
        case inspect.StructType():
            _struct(report, path, value, node, partial=partial)
        case inspect.UnionType():
            _union(report, path, value, node)
        case inspect.VarTupleType() | inspect.ListType() | inspect.SetType() | inspect.FrozenSetType():
            _list(report, path, value, node)
        case inspect.TupleType():
            _tuple(report, path, value, node)
        case inspect.DictType():
            _dict(report, path, value, node)
        case inspect.EnumType():
            _choice(report, path, value, [member.value for member in node.cls])
        case inspect.LiteralType():
            _choice(report, path, value, list(node.values))
        case inspect.Metadata():
            _examine(report, path, value, node.type)
        case _:
            _leaf(report, path, value, node)


def _struct(report: Report, path: str, value: Any, node: inspect.StructType, *, partial: bool) -> None:
    if not isinstance(value, dict):
        report.add(path, "type.wrong", want="table", got=word(value))
        return
    fields = {field.encode_name: field for field in node.fields}
    tag = {node.tag_field} if node.tag_field else set()
    for key in value:
        if key not in fields and key not in tag:
            report.add(join(path, key), "key.unknown", near=[*fields, *tag], value=key)
    for name, field in fields.items():
        at = join(path, name)
        if name in value:
            limit = limit_of(node.cls, field.name)
            if isinstance(limit, Shape) and isinstance(value[name], str):
                # Its words say more to a person than the pattern of the type.
                _limit(report, at, value[name], limit)
                limit = None
            if report.clean(at):
                _examine(report, at, value[name], field.type)
            if report.clean(at):
                _limit(report, at, value[name], limit)
        elif field.required and not partial:
            report.add(at, "key.missing", value=name)


def _union(report: Report, path: str, value: Any, node: inspect.UnionType) -> None:
    options = [one for one in node.types if not isinstance(one, inspect.NoneType)]
    if len(options) == 1:
        _examine(report, path, value, options[0])
        return
    tagged = {one.tag: one for one in options if isinstance(one, inspect.StructType) and one.tag_field}
    if len(tagged) == len(options) and isinstance(options[0], inspect.StructType):
        tag_field = options[0].tag_field or ""
        if not isinstance(value, dict):
            report.add(path, "type.wrong", want="table", got=word(value))
        elif tag_field not in value:
            report.add(join(path, tag_field), "key.missing", value=tag_field)
        else:
            tag = value[tag_field]
            chosen = tagged.get(tag) if isinstance(tag, str | int) else None
            if chosen is None:
                names = [str(one) for one in tagged]
                report.add(join(path, tag_field), "value.choice", near=names, value=_brief(tag))
            else:
                _struct(report, path, value, chosen, partial=False)
        return
    trials = [Report(report.file, report.raw, []) for _ in options]
    for trial, one in zip(trials, options, strict=True):
        _examine(trial, path, value, one)
        if trial.clean(path):
            return
    report.add(path, "type.wrong", want=" / ".join(_wanted(one) for one in options), got=word(value))


def _list(report: Report, path: str, value: Any, node: Any) -> None:
    if not isinstance(value, list):
        report.add(path, "type.wrong", want="list", got=word(value))
        return
    if len(value) < (node.min_length or 0):
        report.add(path, "list.short", least=node.min_length)
    if node.max_length is not None and len(value) > node.max_length:
        report.add(path, "list.long", most=node.max_length)
    for index, item in enumerate(value):
        _examine(report, f"{path}[{index}]", item, node.item_type)


def _tuple(report: Report, path: str, value: Any, node: inspect.TupleType) -> None:
    if not isinstance(value, list) or len(value) != len(node.item_types):
        report.add(path, "list.length", count=len(node.item_types))
        return
    for index, (item, kind) in enumerate(zip(value, node.item_types, strict=True)):
        _examine(report, f"{path}[{index}]", item, kind)


def _dict(report: Report, path: str, value: Any, node: inspect.DictType) -> None:
    if not isinstance(value, dict):
        report.add(path, "type.wrong", want="table", got=word(value))
        return
    for key, item in value.items():
        _examine(report, join(path, key), item, node.value_type)


def _choice(report: Report, path: str, value: Any, choices: list[Any]) -> None:
    if not any(type(choice) is type(value) and choice == value for choice in choices):
        report.add(path, "value.choice", near=[str(choice) for choice in choices], value=_brief(value))


def _leaf(report: Report, path: str, value: Any, node: Any) -> None:
    match node:
        case inspect.AnyType():
            return
        case inspect.BoolType():
            fits = isinstance(value, bool)
        case inspect.IntType():
            fits = isinstance(value, int) and not isinstance(value, bool)
        case inspect.FloatType():
            fits = isinstance(value, int | float) and not isinstance(value, bool)
        case _:
            fits = isinstance(value, str)
    if not fits:
        report.add(path, "type.wrong", want=_wanted(node), got=word(value))
    elif isinstance(value, str):
        _string(report, path, value, node)
    elif not isinstance(value, bool):
        _number(report, path, value, node)


def _string(report: Report, path: str, value: str, node: Any) -> None:
    pattern = getattr(node, "pattern", None)
    if _CONTROL.search(value):
        report.add(path, "text.control")
    elif len(value) < (getattr(node, "min_length", None) or 0):
        report.add(path, "text.empty")
    elif (longest := getattr(node, "max_length", None)) is not None and len(value) > longest:
        report.add(path, "text.long", most=longest)
    elif pattern is not None and not re.search(pattern, value):
        report.add(path, "text.form", value=_brief(value), form=pattern)


def _number(report: Report, path: str, value: float, node: Any) -> None:
    if not abs(value) <= LARGEST_NUMBER:  # not a number is no size at all
        report.add(path, "number.wild", value=_brief(value))
        return
    if node.gt is not None and value <= node.gt:
        report.add(path, "number.above", value=value, bound=node.gt)
        return
    if node.lt is not None and value >= node.lt:
        report.add(path, "number.below", value=value, bound=node.lt)
        return
    for bound, fits in (
        (node.ge, node.ge is None or value >= node.ge),
        (node.le, node.le is None or value <= node.le),
    ):
        if not fits:
            code = "number.range" if node.ge is not None and node.le is not None else "number.bound"
            report.add(path, code, value=value, low=node.ge, high=node.le, bound=bound)
            return
    if node.multiple_of is not None and value % node.multiple_of:
        report.add(path, "number.multiple", value=value, of=node.multiple_of)


def _limit(report: Report, path: str, value: Any, limit: Between | OneOf | Shape | None) -> None:
    if limit is None:
        return
    if isinstance(value, list):
        for index, item in enumerate(value):
            _limit(report, f"{path}[{index}]", item, limit)
        if isinstance(limit, Between | OneOf) and len(set(value)) != len(value):
            report.add(path, "list.twice")
        return
    match limit:
        case Between(low, high):
            if not low <= value <= high:
                report.add(path, "number.range", value=value, low=low, high=high)
        case OneOf(values):
            if value not in values:
                report.add(path, "value.choice", near=values, value=_brief(value))
        case Shape(code):
            if not limit.fits(value):
                report.add(path, code, value=_brief(value))


def join(path: str, key: str) -> str:
    """Path of a key; keys that aren't bare are quoted as in TOML."""
    bare = key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else f'"{_brief(key)}"'
    return f"{path}.{bare}" if path else bare


def word(value: Any) -> str:
    """Kind of a value, in the words of `kioskd.settings.sentences`."""
    return _WORDS.get(type(value), "date")


def _wanted(node: Any) -> str:
    match node:
        case inspect.BoolType():
            return "true/false"
        case inspect.IntType():
            return "whole number"
        case inspect.FloatType():
            return "number"
        case inspect.StructType() | inspect.DictType():
            return "table"
        case inspect.VarTupleType() | inspect.ListType() | inspect.TupleType():
            return "list"
        case _:
            return "text"


def _brief(value: Any) -> str:
    try:
        text = str(value)
    except ValueError:  # more digits than Python writes out
        return "…"
    return text if len(text) <= 40 else text[:39] + "…"


def converted(report: Report, path: str, value: Any, kind: type[Any]) -> Any:
    """Convert what `examine` passed; None, with a problem noted, where the struct itself objects."""
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        why = why_refused(error)
        params: dict[str, Any] = {"facts": (why,)} if why is not None else {"detail": str(error)}
        report.add(path, "value.refused", **params)
        return None
