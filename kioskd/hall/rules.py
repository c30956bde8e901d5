"""The rules of one hall as data: queues, services, windows, people, calendar, policy.

They come from settings, are validated there, and enter the state only whole, inside a
``settings.applied`` event. Durations say their unit in their name; clock times are ``"HH:MM"`` of
the hall's own time zone (``"24:00"`` is the end of a day), dates ``"YYYY-MM-DD"``.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec


class _Rules(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    pass


class Name(_Rules, frozen=True, kw_only=True):
    """A text people see, in both languages."""

    zh: str
    en: str


class ServiceClass(StrEnum):
    """一般 or 特殊: general work goes to every general window, special work only to special ones."""

    GENERAL = "general"
    SPECIAL = "special"


class Zone(_Rules, frozen=True, kw_only=True):
    """A part of the hall with its own windows, board and voice."""

    id: str
    name: Name


class Queue(_Rules, frozen=True, kw_only=True):
    """A 取号类别: what the kiosk offers and numbers are counted by.

    ``in_estimate`` is false for queues of long jobs (大企业) that would spoil the common wait
    estimate. ``advisory`` marks a 咨询 desk, which passes citizens on under the same number.
    ``quota`` limits tickets of one business day (None: no limit).
    """

    id: str
    prefix: str
    name: Name
    zone: str
    service_class: ServiceClass = ServiceClass.GENERAL
    digits: int = 3
    headcount: bool = False
    advisory: bool = False
    in_estimate: bool = True
    quota: int | None = None
    expected_minutes: float = 8.0
    order: int = 0
    on_kiosk: bool = True
    windows: tuple[str, ...] = ()


class Material(_Rules, frozen=True, kw_only=True):
    """One paper a citizen must bring."""

    name: Name
    copies: int = 1
    original: bool = True


class PromiseKind(StrEnum):
    """即办 or 限时."""

    IMMEDIATE = "immediate"
    LIMITED = "limited"


class Promise(_Rules, frozen=True, kw_only=True):
    """The promised time of a service: minutes at the window, or working days."""

    kind: PromiseKind
    minutes: int | None = None
    days: int | None = None


class Service(_Rules, frozen=True, kw_only=True):
    """A 事项 of the catalogue. ``guide`` holds the public guide fields, whose set is configuration."""

    code: str
    name: Name
    queue: str
    service_class: ServiceClass = ServiceClass.GENERAL
    initials: str = ""
    zone: str = ""
    promise: Promise | None = None
    materials: tuple[Material, ...] = ()
    guide: dict[str, Name] = {}


class Window(_Rules, frozen=True, kw_only=True):
    """A 窗口. ``equipped`` are the queues it can serve at all; ``skills`` apply while nobody is signed in.

    Empty ``skills`` mean all general queues it is equipped for.
    """

    id: str
    zone: str
    equipped: tuple[str, ...]
    skills: tuple[str, ...] = ()
    name: Name | None = None
    enabled: bool = True


class Teller(_Rules, frozen=True, kw_only=True):
    """A 柜员 with what the 三亮明 shows and what they are trained for (queue ids; empty: all general)."""

    id: str
    name: str
    staff_no: str
    post: str = ""
    promise: str = ""
    skills: tuple[str, ...] = ()


class RosterEntry(_Rules, frozen=True, kw_only=True):
    """Who works where: ``days`` are ISO weekdays (1 Monday … 7 Sunday), empty for every day."""

    window: str
    teller: str
    days: tuple[int, ...] = ()


class Session(_Rules, frozen=True, kw_only=True):
    """One stretch of a working day.

    Tickets are given from ``tickets_from`` to ``tickets_until``; windows serve from ``serve_from``
    to ``serve_until``. ``queues`` and ``windows`` narrow a lunch or Saturday session; empty means all.
    ``months`` and ``weekdays`` (ISO) say when it applies; empty means always.
    """

    id: str
    name: Name
    tickets_from: str
    tickets_until: str
    serve_from: str
    serve_until: str
    weekdays: tuple[int, ...] = (1, 2, 3, 4, 5)
    months: tuple[int, ...] = ()
    queues: tuple[str, ...] = ()
    windows: tuple[str, ...] = ()


class YearCalendar(_Rules, frozen=True, kw_only=True):
    """Holidays and 调休 of one year. A make-up day works like the weekday it names."""

    year: int
    holidays: tuple[str, ...] = ()
    make_up: dict[str, int] = {}


class Calendar(_Rules, frozen=True, kw_only=True):
    """When the hall works. ``day_starts`` is when one business day may follow another."""

    sessions: tuple[Session, ...]
    years: tuple[YearCalendar, ...] = ()
    day_starts: str = "05:00"
    needs_year_file: bool = True


class Priority(_Rules, frozen=True, kw_only=True):
    """A 优先 class: credited with ``credit_min`` minutes of waiting on arrival."""

    id: str
    name: Name
    credit_min: float = 20.0
    verify: bool = True


class OrderMode(StrEnum):
    """How the next ticket is chosen."""

    AGEING = "ageing"
    STRICT = "strict"
    K_IN_N = "k_in_n"


class Order(_Rules, frozen=True, kw_only=True):
    """Rule 5. ``cap_min``: an ordinary ticket that has waited this long goes before any priority."""

    mode: OrderMode = OrderMode.AGEING
    priorities: tuple[Priority, ...] = ()
    appointment_credit_min: float = 30.0
    returned_after: int = 3
    k: int = 1
    n: int = 3
    cap_min: float = 60.0


class Calling(_Rules, frozen=True, kw_only=True):
    """Rules 6–8. ``press_shelf_s``: a key press that old when it gets here moves nothing."""

    debounce_ms: int = 800
    started_after_s: int = 30
    announcement_gap_s: int = 15
    no_show_after_s: int = 45
    no_show_calls: int = 3
    need_announced: bool = True
    return_once: bool = True
    short_service_s: int = 20
    press_shelf_s: int = 5


class Ticketing(_Rules, frozen=True, kw_only=True):
    """Rules 1, 2 and 11. More than ``burst_slips`` at one kiosk in ``burst_s`` ask staff (0: no limit),
    each within ``burst_gap_s`` of the one before, as one person takes them (0: at whatever pace);
    ``per_person_open`` tickets one person may have at a time (0: no limit). Up to ``remote_most`` numbers
    taken by phone may wait at a time (0: none are given); one whose slip is not printed in the hall within
    ``remote_min`` is void unless it was called.
    """

    burst_slips: int = 3
    burst_s: int = 60
    burst_gap_s: int = 8
    per_person_open: int = 1
    test_prefix: str = "测"
    reservation: int = 50
    remote_most: int = 0
    remote_min: int = 45


class DefaultRating(_Rules, frozen=True, kw_only=True):
    """默认评价: who was asked and has not answered ``after_days`` later counts as ``level`` in what the city
    reports, marked as such. The hall itself goes on to say 未评价.
    """

    level: int = 5
    after_days: int = 5


class Rating(_Rules, frozen=True, kw_only=True):
    """好差评 at the window. A 差评 is to be worked off within ``handle_days`` working days.

    ``default`` comes from the city alone; None: no answer stays no answer.
    """

    timeout_s: int = 60
    change_within_s: int = 5
    per_item: bool = False
    handle_days: int = 15
    options: dict[str, tuple[int, ...]] = {}
    default: DefaultRating | None = None


class Alerts(_Rules, frozen=True, kw_only=True):
    """Rules 15 and 16."""

    empty_window_min: int = 5
    long_wait_min: int = 40
    long_service_min: int = 30
    waiting_tiers: tuple[int, ...] = (50, 80, 120)
    pause_min: int = 10
    opening_check_min: int = 15


class VoiceHours(_Rules, frozen=True, kw_only=True):
    """A stretch of every day, ``"HH:MM"`` to ``"HH:MM"``, with a volume of its own."""

    start: str
    end: str
    volume: int


class Audit(_Rules, frozen=True, kw_only=True):
    """What figures point out to an auditor: a service or a rating that was too quick to be true, many
    passed numbers of one teller (``mass_passes`` within ``mass_passes_min`` minutes), and services ended
    before ``work_from`` or after ``work_until``.
    """

    zero_service_s: int = 3
    instant_rating_s: int = 5
    mass_passes: int = 6
    mass_passes_min: int = 10
    work_from: str = "07:00"
    work_until: str = "20:00"


class Voice(_Rules, frozen=True, kw_only=True):
    """What is said and shown when a ticket is called; ``{ticket}`` and ``{window}`` are filled in.

    A call is said in each of ``languages`` in turn (``zh``, ``en`` or a dialect, which says the Chinese
    text with its own recordings), and in English too to whoever took a number in English; all of it
    ``repeats`` times, but once while others wait to be called. One that could not begin within
    ``expires_s`` is never said. Volumes are 0–100 by ear; 0 says nothing. ``quiet_volume`` holds in
    quiet mode if it is lower.
    """

    call: Name = Name(
        zh="请{ticket}号到{window}号窗口办理", en="Ticket {ticket}, please go to window {window}"
    )
    repeats: int = 2
    languages: tuple[str, ...] = ("zh",)
    one_as_yao: bool = True
    chime: bool = True
    volume: int = 80
    hours: tuple[VoiceHours, ...] = ()
    quiet_volume: int = 30
    expires_s: int = 30


class Policy(_Rules, frozen=True, kw_only=True):
    """All tunable rules."""

    order: Order = Order()
    calling: Calling = Calling()
    ticketing: Ticketing = Ticketing()
    rating: Rating = Rating()
    alerts: Alerts = Alerts()
    voice: Voice = Voice()
    audit: Audit = Audit()


class Rules(_Rules, frozen=True, kw_only=True):
    """Everything `decide` may know of the hall beside its state."""

    hall: str
    name: Name
    utc_offset_min: int = 480
    zones: tuple[Zone, ...]
    queues: tuple[Queue, ...]
    services: tuple[Service, ...] = ()
    windows: tuple[Window, ...]
    tellers: tuple[Teller, ...] = ()
    roster: tuple[RosterEntry, ...] = ()
    calendar: Calendar
    policy: Policy = Policy()
    notice: Name | None = None
