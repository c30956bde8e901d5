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
    """All sentences of one language; the files have them in the order of the screens."""

    hall: str
    self_service: str
    language: str
    large: str
    standard: str
    ease: str
    help: str
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
    then: str
    priority: str
    priority_more: str
    priority_none: str
    priority_choose: str
    priority_chosen: str
    headcount: str
    people: str
    more_people: str
    fewer_people: str
    name_service: str
    add_service: str
    drop: str
    drop_more: str
    back: str
    take: str
    find: str
    mine: str
    appointment: str
    asking: str
    asking_more: str
    waiting: str
    printing: str
    your_number: str
    take_slip: str
    note_down: str
    note_paper: str
    note_jam: str
    told_paper: str
    told_jam: str
    booked_at: str
    booked_in: str
    instead_ordinary: str
    instead_mine: str
    staff_told: str
    check_is: str
    go_to: str
    go_wait: str
    show_card: str
    done: str
    home_in: str
    home: str
    again: str
    still_there: str
    still_more: str
    still_spoken: str
    stay: str
    ease_more: str
    large_more: str
    contrast: str
    contrast_more: str
    low: str
    low_more: str
    spoken: str
    spoken_more: str
    language_more: str
    on: str
    off: str
    find_title: str
    find_more: str
    find_hint: str
    looking: str
    none_found: str
    before: str
    after: str
    part: str
    at_once: str
    at_once_plain: str
    within: str
    takes: str
    windows: str
    window_list: str
    zone: str
    queue: str
    fee: str
    ask_there: str
    bring: str
    bring_nothing: str
    original: str
    copies: str
    original_and_copies: str
    take_for: str
    add_this: str
    mine_title: str
    mine_more: str
    mine_hint: str
    check_title: str
    check_more: str
    check_hint: str
    appointment_title: str
    appointment_more: str
    appointment_hint: str
    pin_title: str
    pin_more: str
    pin_hint: str
    enter: str
    erase: str
    clear: str
    number_title: str
    number_is: str
    with_check: str
    come_back: str
    reprint: str
    cancel: str
    returned: str
    called_to: str
    served_at: str
    may_return: str
    may_not_return: str
    sure_title: str
    sure_more: str
    really_cancel: str
    keep: str
    helping: str
    end_help: str
    maintenance: str
    leave: str
    look_again: str
    restart: str
    new_roll: str
    test_print: str
    clear_print: str
    unclear: str
    no_devices: str
    others_well: str
    well: str
    not_done: str
    comma: str
    colon: str
    list_comma: str
    pause: str
    options: str
    option_of: str
    press_hint: str
    date: str
    weekdays: tuple[str, str, str, str, str, str, str]
    state: dict[str, str]
    paper: dict[str, str]
    told: dict[str, Sentence]
    trouble: dict[str, Sentence]


@cache
def words(language: Language) -> Words:
    """Return the sentences of a language, read once."""
    file = resources.files("ui.kiosk") / "text" / f"{language}.toml"
    return msgspec.convert(tomllib.loads(file.read_text("utf-8")), Words)
