"""The kiosk's sentences: ``text/zh.toml`` and ``text/en.toml``, the same keys in each."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources

import msgspec

from ui.kiosk.facts import Language


class Sentence(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What went wrong, and what to do."""

    title: str
    detail: str


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """All sentences of one language."""

    hall: str
    self_service: str
    language: str
    large: str
    standard: str
    help: str
    weekdays: tuple[str, str, str, str, str, str, str]
    date: str
    choose: str
    choose_more: str
    none_open: str
    none_open_more: str
    nobody_waits: str
    nobody_ahead: str
    ahead: str
    wait: str
    wait_about: str
    wait_short: str
    confirm: str
    priority: str
    priority_more: str
    priority_none: str
    headcount: str
    people: str
    back: str
    take: str
    asking: str
    asking_more: str
    printing: str
    your_number: str
    take_slip: str
    note_down: str
    go_to: str
    go_wait: str
    show_card: str
    done: str
    home_in: str
    home: str
    still_there: str
    still_more: str
    stay: str
    trouble: dict[str, Sentence]


@cache
def words(language: Language) -> Words:
    """Return the sentences of a language, read once."""
    file = resources.files("ui.kiosk") / "text" / f"{language}.toml"
    return msgspec.convert(tomllib.loads(file.read_text("utf-8")), Words)
