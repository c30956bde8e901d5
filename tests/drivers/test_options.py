"""Options that cannot be are refused by a fact, never in words that only some readers know."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

import drivers
from drivers.facts import fact
from drivers.options import OptionError, why_refused
from drivers.registry import DRIVERS, options_type

ROOT = Path(drivers.__file__).parent.parent
PROFILES = ROOT / "config" / "profiles"
POLLED = tomllib.loads((PROFILES / "polled-keypad.toml").read_text("utf-8"))

BAD: list[tuple[str, dict[str, Any], str]] = [
    ("printer.escpos", {"columns": 49}, "options.columns"),
    ("printer.escpos", {"before": "1b 4"}, "options.no_bytes"),
    ("printer.escpos", {"after": "cut"}, "options.no_bytes"),
    ("caller_display.onbon_bx", {"codes": "\\FO002红"}, "options.codes"),
    ("caller_display.onbon_bx", {"left_px": 3}, "options.across"),
    ("caller_display.onbon_bx", {"cell_px": 9, "columns": 3}, "options.across"),
    ("caller_display.alpha", {"label": "0", "rows": 2, "columns": 55}, "options.label_room"),
    ("caller_display.a090", {"rows": 8, "columns": 64}, "options.cells"),
    ("caller_display.a090", {"rows": 2, "overflow": "scroll"}, "options.scroll_rows"),
    ("caller_display.modbus_digits", {"ticket": "("}, "options.pattern"),
    ("caller_display.modbus_digits", {"ticket": "[0-9]+"}, "options.pattern_groups"),
    ("caller_display.cx_h", {"first_partition": 15, "rows": 2}, "options.partitions"),
    ("call_pad.ff68", {"keys": {"zz": "call"}}, "options.no_bytes"),
    ("call_pad.ff68", {"keys": {"": "call"}}, "options.empty_key"),
    ("call_pad.hid", {"keys": {"KEY_ENTRE": "call"}}, "options.no_key"),
    ("call_pad.hid", {"ignored": ["NUMLOCK"]}, "options.no_key"),
    ("call_pad.hid", {"ignored": ["KEY_MUTE", "KEY_MIN_INTERESTING"]}, "options.same_key"),
    ("call_pad.polled", {**POLLED, "idle": "x"}, "options.no_bytes"),
    ("call_pad.polled", {**POLLED, "idle": next(iter(POLLED["keys"]))}, "options.idle_key"),
    ("call_pad.polled", {**POLLED, "query": ""}, "options.template_length"),
    ("call_pad.polled", {**POLLED, "query": "AA " * 65}, "options.template_length"),
    ("call_pad.polled", {**POLLED, "query": "A5 {what}"}, "options.template_token"),
    ("call_pad.polled", {**POLLED, "beep": "{unit:5}"}, "options.template_size"),
    ("call_pad.polled", {**POLLED, "beep": "{unit} {unit:2}"}, "options.template_twice"),
    ("call_pad.polled", {**POLLED, "beep": "{sum} A5"}, "options.template_check"),
    ("call_pad.polled", {**POLLED, "answer": "A5 {unit}"}, "options.template_lacks"),
    ("call_pad.polled", {**POLLED, "digits": "A5 {unit}"}, "options.template_lacks"),
    ("rating_pad.hid", {"levels": {"KEY_1": 5}}, "options.few_levels"),
    ("rating_pad.ff68", {"levels": [5, 5, 1]}, "options.same_level"),
    ("document_camera.uvc", {"controls": {"gain": 40}}, "options.no_hex"),
]
"""Every way in which the options of a driver can be refused beyond the types of their fields."""

HOSTILE = (
    "",
    " ",
    "x",
    "zz",
    "1b 4",
    "(",
    "[",
    "a{99999999999}",
    "{what}",
    "{unit}",
    "KEY_",
    "\\",
    "红",
    "\0",
    "-1",
)


def refused(driver: str, options: dict[str, Any]) -> msgspec.ValidationError | None:
    try:
        msgspec.convert(options, options_type(driver))
    except msgspec.ValidationError as error:
        return error
    return None


@pytest.mark.parametrize(("driver", "options", "code"), BAD)
def test_options_that_cannot_be_are_refused_by_a_fact(
    driver: str, options: dict[str, Any], code: str
) -> None:
    error = refused(driver, options)
    assert error is not None
    why = why_refused(error)
    assert why is not None
    assert why.code == code
    assert str(why) in str(error), "logs hold the fact"


def test_what_is_no_fact_has_none() -> None:
    assert why_refused(ValueError("words")) is None
    wrong = refused("printer.escpos", {"columns": "x"})
    assert wrong is not None
    assert why_refused(wrong) is None
    assert why_refused(OptionError(fact("options.no_key", key="X"))) == fact("options.no_key", key="X")


def fits(driver: str) -> list[dict[str, Any]]:
    """Options that the driver takes, each field of them written out."""
    raw = [tomllib.loads(file.read_text("utf-8")) for file in sorted(PROFILES.glob("*.toml"))]
    kind = options_type(driver)
    return [msgspec.to_builtins(msgspec.convert(one, kind)) for one in raw if refused(driver, one) is None]


@pytest.mark.parametrize("driver", DRIVERS)
@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_in_an_option_is_refused_in_words(driver: str, text: str) -> None:
    known = fits(driver)
    assert known
    for options in known:
        for name, value in options.items():
            match value:
                case str():
                    wrong: Any = text
                case dict():
                    wrong = {text: next(iter(value.values()), 1)}
                case list():
                    wrong = [text]
                case _:
                    continue
            error = refused(driver, {**options, name: wrong})
            assert error is None or error.__cause__ is None or why_refused(error), (name, str(error))


def raised(module: str, name: str, seen: set[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Every error that a function of drivers raises, or one that it calls by name: where, and its class."""
    path = ROOT / f"{module.replace('.', '/')}.py"
    if (module, name) in seen or not path.exists():
        return
    seen.add((module, name))
    tree = ast.parse(path.read_text("utf-8"))
    froms = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    homes = {alias.asname or alias.name: str(node.module) for node in froms for alias in node.names}
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef) or function.name != name:
            continue
        for node in ast.walk(function):
            if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
                yield f"{module}:{node.lineno}", ast.unparse(node.exc.func)
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func).rpartition(".")[2]
                yield from raised(homes.get(called, module), called, seen)


@pytest.mark.parametrize("driver", DRIVERS)
def test_no_struct_of_options_raises_words(driver: str) -> None:
    found = set(raised(options_type(driver).__module__, "__post_init__", set()))
    assert {where for where, error in found if error != "OptionError"} == set()
    assert bool(found) == any(driver == bad for bad, _, _ in BAD)
