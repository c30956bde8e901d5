"""Every code that a person can meet has a sentence in every language."""

from __future__ import annotations

import ast
import re
import string
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import drivers
import kioskd
import ui
from drivers.registry import DeviceClass
from kioskd.access.roles import Role
from kioskd.hall.model import TicketState
from kioskd.web.invalid import REASONS
from kioskd.web.language import Language, choose, fill, texts
from kioskd.web.problem import STATUS
from kioskd.web.routes import ROUTES

SOURCE = Path(kioskd.__file__).parent
DRIVERS = Path(drivers.__file__).parent
WEB = Path(ui.__file__).parent / "web"


def calls(folder: Path, *names: str) -> Iterator[ast.Call]:
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                called = node.func
                name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
                if name in names:
                    yield node


def strings(node: ast.AST) -> Iterator[str]:
    """The texts that an argument may be, through conditional expressions."""
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.IfExp(body=body, orelse=orelse):
            yield from strings(body)
            yield from strings(orelse)


def codes(folder: Path, *names: str) -> set[str]:
    found = set()
    for call in calls(folder, *names):
        if call.args:
            found |= set(strings(call.args[0]))
    return found


CALLERS = {"token_missing", "session_over", "session_locked", "password_change_needed"}
"""Why a caller is nobody in particular."""

CLOSED = {"documents_key_missing", "documents_spool_failed", "documents_starting"}
"""Why no page of a paper can be taken."""


@cache
def refusals() -> frozenset[str]:
    return frozenset(codes(SOURCE / "hall", "Refusal"))


@cache
def problems() -> frozenset[str]:
    raised = codes(SOURCE / "web", "ProblemError")
    raised |= codes(SOURCE / "access", "PairingRefusedError", "AccountRefusedError")
    return frozenset(raised | CALLERS | CLOSED | codes(SOURCE / "documents", "SpoolError", "ClosedError"))


def test_the_codes_were_found() -> None:
    assert len(refusals()) > 50
    assert {"window_moved_on", "not_started", "closed", "not_today"} <= refusals()
    assert {"key_missing", "token_unknown", "pairing_wrong"} <= problems()


@pytest.mark.parametrize("language", list(Language))
def test_every_problem_has_its_sentences(language: Language) -> None:
    known = texts(language).problem
    assert (refusals() | problems() | set(STATUS)) - known.keys() == set()
    for code, sentence in known.items():
        assert sentence.title.strip(), code
        assert sentence.detail.strip(), code


def test_no_sentence_is_left_over() -> None:
    raised = refusals() | problems() | {"key_reused", "not_saved", "outcome_unknown", "internal"}
    assert texts(Language.ZH).problem.keys() - raised == set()
    assert STATUS.keys() - raised == set()


def test_the_languages_have_the_same_keys_and_parameters() -> None:
    zh, en = texts(Language.ZH), texts(Language.EN)
    for part in ("problem", "reason", "alert", "device", "detail", "word", "invalid", "page"):
        one, other = getattr(zh, part), getattr(en, part)
        assert one.keys() == other.keys(), part
        for key in one:
            assert fields(one[key]) == fields(other[key]), key


def fields(sentence: Any) -> set[str]:
    text = sentence if isinstance(sentence, str) else f"{sentence.title} {sentence.detail}"
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_sentences_use_only_parameters_their_refusals_have() -> None:
    spread = {
        "wrong_state",
        "window_moved_on",
        "window_busy",
        "teller_busy",
        "closed",
        "not_today",
        "day_closed",
        "appointment_early",
        "appointment_late",
        "appointment_cancelled",
    }
    given: dict[str, set[str]] = {}
    for call in calls(SOURCE / "hall", "Refusal"):
        names = set()
        for argument in call.args[1:]:
            for node in ast.walk(argument):
                if isinstance(node, ast.Dict):
                    names |= {key.value for key in node.keys if isinstance(key, ast.Constant)}
        for code in strings(call.args[0]):
            given.setdefault(code, set()).update(names)
    for code in refusals() - spread:
        said = {name.replace("_in_s", "_in_ms") for name in fields(texts(Language.EN).problem[code])}
        assert said <= given[code], code


def test_every_reason_alert_and_word_has_its_sentence() -> None:
    hall = "\n".join(path.read_text("utf-8") for path in sorted((SOURCE / "hall").rglob("*.py")))
    reasons = set(re.findall(r'"(order\.[a-z_]+)"', hall))
    assert len(reasons) > 7
    assert texts(Language.ZH).reason.keys() == reasons
    words = texts(Language.ZH).word
    assert {f"state.{state.value}" for state in TicketState} <= words.keys()
    assert {f"role.{role.value}" for role in Role} <= words.keys()
    assert {f"level.{level}" for level in range(1, 6)} <= words.keys()
    from kioskd.hall.events import AlertRaised

    documented = set(re.findall(r"``([a-z_]+)``", (AlertRaised.__doc__ or "").partition("kind")[2]))
    assert documented - {"subject", "tier", "about"} <= texts(Language.ZH).alert.keys()


def test_every_device_code_has_a_sentence_of_its_kind() -> None:
    found = set()
    for folder in (DRIVERS, SOURCE / "station", SOURCE / "hub"):
        for path in sorted(folder.rglob("*.py")):
            found |= set(
                re.findall(
                    r'"((?:printer|sign|line|link|device|driver|job|station)\.[a-z_]+)"',
                    path.read_text("utf-8"),
                )
            )
    known = texts(Language.ZH).device
    assert len(found) > 20
    assert {code.partition(".")[0] + ".other" for code in found} <= known.keys()


def test_pages_name_every_kind_of_device() -> None:
    for language in Language:
        said = tomllib.loads((WEB / "shared" / f"{language}.toml").read_text("utf-8"))
        assert [kind for kind in DeviceClass if f"device_class.{kind}" not in said] == [], language


def test_every_reason_of_a_wrong_body_has_its_words() -> None:
    assert texts(Language.ZH).invalid.keys() == set(REASONS)


def test_routes_promise_only_problems_that_exist() -> None:
    for route in ROUTES:
        assert set(route.problems) <= texts(Language.ZH).problem.keys(), route.name


def test_optional_parts_of_a_sentence() -> None:
    sentence = "Closed.[ Again on {date} at {time}.]"
    assert fill(sentence, {"date": "1 May", "time": "8:30"}) == "Closed. Again on 1 May at 8:30."
    assert fill(sentence, {"date": None, "time": "8:30"}) == "Closed."
    assert fill(sentence, {}) == "Closed."
    assert fill("{a}{b}", {"a": "{b}", "b": "[x]"}) == "{b}[x]", "values are not sentences"


def test_a_broken_header_is_no_reason_to_fail() -> None:
    assert choose(";;;,,,q=,en;q=2,=") is Language.ZH
