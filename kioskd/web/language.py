"""The reader's language and the sentences in it.

Sentences lie in ``ui/web/text``, one file a language, the same keys in each.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from enum import StrEnum
from functools import cache, lru_cache
from importlib import resources
from typing import Any

import msgspec


class Language(StrEnum):
    """Languages that every sentence exists in."""

    ZH = "zh-CN"
    EN = "en"


class Sentence(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a person reads about a problem: a short title and one sentence that says what to do."""

    title: str
    detail: str


class Texts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All sentences of one language, by code.

    ``{name}`` stands for a parameter; a part in square brackets is there only if all its parameters
    are. ``detail`` holds what technicians read beyond ``device``: a text for each code of `drivers.facts`.
    ``word`` holds single words for values of parameters, as ``state.waiting``; ``invalid`` the reasons
    of `kioskd.web.invalid`, to stand behind the place they are about; ``page`` what a browser shows of what
    no page answers.
    """

    problem: dict[str, Sentence]
    reason: dict[str, str]
    alert: dict[str, str]
    device: dict[str, str]
    detail: dict[str, str]
    word: dict[str, str]
    invalid: dict[str, str]
    page: dict[str, str]


@cache
def texts(language: Language) -> Texts:
    """Return the sentences of a language, read once."""
    file = resources.files("ui") / "web" / "text" / f"{language.value}.toml"
    return msgspec.convert(tomllib.loads(file.read_text("utf-8")), Texts)


_OPTIONAL = re.compile(r"\[([^\[\]]*)\]")
_FIELD = re.compile(r"{(\w+)}")


def fill(sentence: str, params: Mapping[str, Any]) -> str:
    """Put parameters into a sentence; one that is missing leaves nothing, nor does its optional part."""

    def field(match: re.Match[str]) -> str:
        value = params.get(match[1])
        return "" if value is None else str(value)

    def optional(match: re.Match[str]) -> str:
        there = all(params.get(name) not in (None, "") for name in _FIELD.findall(match[1]))
        return match[1] if there else ""

    return _FIELD.sub(field, _OPTIONAL.sub(optional, sentence)).strip()


@lru_cache(maxsize=256)
def choose(accept: str) -> Language:
    """Return the best language for an ``Accept-Language`` header; Chinese when it asks for neither."""
    best, language = 0.0, Language.ZH
    for part in accept[:500].split(","):
        tag, _, weight = part.partition(";")
        wanted = _LANGUAGES.get(tag.strip().lower().partition("-")[0])
        quality = _quality(weight)
        if wanted is not None and quality > best:
            best, language = quality, wanted
    return language


_LANGUAGES = {"zh": Language.ZH, "en": Language.EN, "*": Language.ZH}


def _quality(weight: str) -> float:
    name, _, value = weight.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        quality = float(value)
    except ValueError:
        return 0.0
    return quality if 0.0 <= quality <= 1.0 else 0.0
