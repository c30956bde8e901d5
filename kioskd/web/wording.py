"""From codes and parameters to the sentences people read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil
from typing import Any

import msgspec

from drivers.facts import SAID, WHERE, Fact
from kioskd import os_errors
from kioskd.hall import queries
from kioskd.hall.events import Params, Reason
from kioskd.hall.rules import Name
from kioskd.hall.state import State
from kioskd.web.invalid import told
from kioskd.web.language import Language, fill, texts
from kioskd.web.pages import SHARED, sentences


class ReasonView(msgspec.Struct, frozen=True):
    """Why this ticket and no other: a stable code, its parameters, and one line for the reader."""

    code: str
    sentence: str
    params: Params = {}


def reason_view(state: State, reason: Reason, language: Language) -> ReasonView:
    """Return a reason as people read it."""
    sentence = texts(language).reason.get(reason.code, reason.code)
    return ReasonView(reason.code, fill(sentence, named(state, reason.params, language)), reason.params)


def alert_sentence(state: State, about: str, subject: str, params: Params, language: Language) -> str:
    """Return what a lead reads about an alert."""
    said = named(state, {**params, "subject": subject}, language)
    if about in _OF_DEVICE:
        said["subject"] = device_name(state, subject, language, params)
    if isinstance(ids := params.get("devices"), str):
        said["devices"] = people(tuple(device_name(state, one, language) for one in ids.split()), language)
    if about == "help":
        said["leads"] = people(queries.leads_today(state), language)
    if about == "long_wait":
        said["subject"] = named(state, {"queue": subject}, language)["queue"]
    if about == "device":
        said["code"] = device_sentence(str(params.get("code") or ""), language)
    return fill(texts(language).alert.get(about, about), said)


_OF_DEVICE = frozenset({"device", "paper_low", "unreadable", "look_at_slip"})
"""Alerts about one device, which is their subject."""


def device_name(state: State, device: str, language: Language, params: Params | None = None) -> str:
    """Return what people in the hall call a device: what it is and at which window.

    Its id is said only where that leaves two of them, or nothing is known of it but what ``params`` of its
    alert say (``class``, ``window``).
    """
    known, said = state.devices.get(device), params or {}
    kind = known.device_class if known is not None else said.get("class")
    window = known.window if known is not None else said.get("window")
    name = sentences(SHARED, language).get(f"device_class.{kind}")
    if name is None:
        return device
    alike = any(
        one.id != device and (one.device_class, one.window) == (kind, window)
        for one in state.devices.values()
    )
    place = {"device": name, "window": window, "id": device if alike else None}
    return fill(texts(language).word["device_at" if window else "device_of_hall"], place)


def people(names: tuple[str, ...], language: Language) -> str:
    """Return persons as one says several of them."""
    return ("、" if language is Language.ZH else ", ").join(names)


def device_sentence(code: str, language: Language) -> str:
    """Return what people read about a device's status code; empty for none."""
    if not code:
        return ""
    sentences = texts(language).device
    return sentences.get(code) or sentences.get(code.partition(".")[0] + ".other") or sentences["other"]


def facts_said(facts: Sequence[Fact], language: Language, free: str = "") -> str:
    """Return what technicians read of facts, on one line. ``free`` is all that an older station says."""
    if not facts and free:
        facts = (Fact(SAID, {"text": free}),)
    told = [one for one in facts if one.code != WHERE] or facts
    return ("；" if language is Language.ZH else "; ").join(_fact_said(one, language) for one in told)


def _fact_said(one: Fact, language: Language) -> str:
    sentences, values = texts(language).detail, dict(one.values)
    if one.code not in sentences:  # from a station that is newer
        return fill(sentences[SAID], {"text": str(one)})
    if error := values.get("error"):
        values["why"] = os_errors.why_named(error, "zh" if language is Language.ZH else "en")
    if one.code == "options.refused":
        values |= _refused(values.get("text", ""), language)
    return fill(sentences[one.code], values)


def _refused(text: str, language: Language) -> dict[str, str]:
    """Return ``why`` options were refused, and the ``path`` to it where it has one.

    What msgspec says of a wrong type gets words of ours; what a driver says in its own comes as it is.
    """
    known, params = texts(language), told(text)
    if params["reason"] == "other":
        return {"why": text}
    said = {name: known.word.get(f"{name}.{value}", value) for name, value in params.items()}
    return {"path": params.get("path", ""), "why": fill(known.invalid[params["reason"]], said)}


def named(state: State, params: Mapping[str, Any], language: Language) -> dict[str, Any]:
    """Return parameters as a sentence says them: names for identifiers, words for values.

    A duration ``…_ms`` also comes as whole seconds ``…_s``, a list as its members with commas.
    """
    said: dict[str, Any] = {}
    for key, value in params.items():
        said[key] = _said(state, key, value, language)
        if key.endswith("_ms") and isinstance(value, int) and value > 0:
            said[key[:-2] + "s"] = ceil(value / 1000)
    return said


def _said(state: State, key: str, value: Any, language: Language) -> Any:
    if key == "by_queue" and isinstance(value, Mapping):
        value = [f"{_said(state, 'queue', queue, language)} {count}" for queue, count in value.items()]
    if isinstance(value, (list, tuple)):
        return ("、" if language is Language.ZH else ", ").join(str(part) for part in value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    word = texts(language).word.get(f"{key}.{value}")
    if word is not None:
        return word
    book = state.book
    if book is None or not isinstance(value, str):
        return value
    match key:
        case "queue":
            return _name(book.queues[value].name, language) if value in book.queues else value
        case "service":
            return _name(book.services[value].name, language) if value in book.services else value
        case "priority":
            return _name(book.priorities[value].name, language) if value in book.priorities else value
        case "teller" | "stand_in":
            return book.tellers[value].name if value in book.tellers else value
        case "device":
            return device_name(state, value, language)
        case "ticket":
            return state.tickets[value].number if value in state.tickets else value
    return value


def _name(name: Name, language: Language) -> str:
    return name.zh if language is Language.ZH else name.en
