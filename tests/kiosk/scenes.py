"""Every screen of the kiosk, as states that `step` really reaches."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from ui.kiosk.facts import (
    Appointment,
    Device,
    Hall,
    Language,
    Material,
    Name,
    Place,
    Print,
    Priority,
    Problem,
    Promise,
    Queue,
    Service,
    Status,
    Ticket,
    Wait,
    Zone,
)
from ui.kiosk.model.events import (
    Action,
    AddService,
    BookedSeen,
    Choose,
    Claim,
    DevicesSeen,
    Do,
    Enter,
    Event,
    Found,
    Given,
    HallSeen,
    Helper,
    HubLost,
    Knock,
    Known,
    Open,
    People,
    Pick,
    PlaceSeen,
    Press,
    Pressed,
    ReallyCancel,
    Refused,
    Show,
    ShowCheck,
    Slipped,
    Switch,
    SwitchLanguage,
    SwitchLarge,
    Take,
    Tick,
    Turn,
    Unanswered,
    Work,
    Worked,
)
from ui.kiosk.model.kiosk import IDLE_S, Kiosk, Ways, started
from ui.kiosk.model.staff import KNOCKS
from ui.kiosk.model.step import step

SIZES = ((1080, 1920), (1920, 1080), (1366, 768), (1280, 1024))

_NAMES = (
    ("general", "A", "综合业务", "General"),
    ("employer", "C", "单位业务", "Employers"),
    ("card", "K", "社保卡", "Social security card"),
    ("special", "S", "特殊业务", "Special"),
    ("advice", "W", "咨询", "Enquiries"),
    ("enterprise", "LM", "大企业", "Large employers"),
    ("medical", "Y", "医疗保险关系转移", "Medical insurance transfers"),
    ("pension", "E", "养老待遇申领", "Pension applications"),
)
_WAITS = (Wait(low=10, high=15), Wait(low=0, high=1), None, Wait(low=120, high=185), Wait(low=7, high=7))
_REFUSALS = {"special": "quota_reached", "medical": "closed"}
NOTICE = Name(
    zh="本周六上午照常办公，下午停办。十二月一日起社保卡可在任意窗口换领，请携带本人有效身份证件。",
    en="Open this Saturday morning, closed in the afternoon. From 1 December cards at any window.",
)


def hall(queues: int = 8, *, notice: bool = True, priorities: bool = True, closed: bool = False) -> Hall:
    return Hall(
        position="1.2",
        at="2026-11-22T09:41:00+08:00",
        ready=True,
        name=Name(zh="演示社会保险服务大厅", en="Demo Social Security Hall"),
        notice=NOTICE if notice else None,
        queues=tuple(
            Queue(
                id=name,
                prefix=prefix,
                name=Name(zh=zh, en=en),
                zone="east",
                waiting=(at * 7) % 30,
                wait=_WAITS[at % len(_WAITS)],
                refusal="closed" if closed else _REFUSALS.get(name),
                headcount=name == "enterprise",
            )
            for at, (name, prefix, zh, en) in enumerate(_NAMES[:queues])
        ),
        zones=(Zone(id="east", name=Name(zh="东区（个人业务）", en="East (personal)")),),
        priorities=tuple(
            Priority(id=name, name=Name(zh=zh, en=en), verify=name != "pregnant")
            for name, zh, en in (
                ("soldier", "军人", "Armed forces"),
                ("elderly", "老年人", "Elderly"),
                ("disabled", "残疾人", "Disabled"),
                ("pregnant", "孕妇", "Pregnant"),
                ("green", "绿色通道", "Green channel"),
            )
        )
        if priorities
        else (),
    )


def ticket(number: str = "A012", state: str = "asked") -> Ticket:
    return Ticket(
        id="t_1",
        number=number,
        queue="general",
        ahead=12,
        wait=Wait(low=110, high=145),
        check="4821",
        print=Print(state=state),
    )


REFUSAL = {
    "zh": Problem(
        code="duplicate_person", title="您已有号码", detail="您今天已有号码 A012，请按号等候叫号。"
    ),
    "en": Problem(
        code="duplicate_person",
        title="You have a number",
        detail="You already have number A012 today. Please wait until it is called.",
    ),
}
WRONG_CHECK = {
    "zh": Problem(
        code="check_wrong", title="核对码不对", detail="号码 A012 的核对码不对，请看纸票上的四位核对码。"
    ),
    "en": Problem(
        code="check_wrong",
        title="Wrong check code",
        detail="That is not the check code of A012. Please look for the four digits on your ticket.",
    ),
}

CODE = "7KTMA4PRW"


def appointment(queue: str = "general", **more: str) -> Appointment:
    fields = {"state": "booked", "when": "open", "date": "2026-11-22", "start": "09:30", "end": "09:45"}
    return Appointment(queue=queue, **{**fields, **more})


def _booking(code: str, **params: str | bool) -> Problem:
    times = {"date": "2026-11-22", "start": "14:00", "end": "14:15", "from": "13:45", "until": "14:30"}
    return Problem(code=f"appointment_{code}", params={**times, "queue": "general", **params})


BOOKING_PROBLEMS = {
    "early": _booking("early"),
    "day": _booking("early", date="2026-11-24"),
    "late": _booking("late", start="08:30", end="08:45", until="09:00"),
    "past": _booking("late", date="2026-11-20"),
    "cancelled": _booking("cancelled"),
    "unknown": Problem(code="appointment_unknown", params={"mistyped": False}),
    "mistyped": Problem(code="appointment_unknown", params={"mistyped": True}),
    "used": Problem(code="appointment_used", params={"number": "A012"}),
}

_SERVICES = (
    ("YL-003", "正常退休待遇申领", "Pension claim at the statutory age", 0, 15),
    ("YL-001", "企业职工基本养老保险参保登记", "Employee pension: enrolment", 10, 0),
    ("YL-002", "灵活就业人员参加企业职工养老保险", "Self-employed: joining the employee pension", 15, 0),
    ("YL-012", "企业职工因病或非因工死亡供养直系亲属待遇申领", "Survivors' benefits of employees", 0, 30),
    ("SBK-1", "社保卡补换", "Social security card: replacement", 5, 0),
)
_PAPERS = (
    ("有效身份证件", "Valid identity document", 1, True),
    ("户口簿（户主页和本人页）", "Household register (householder's and own page)", 1, True),
    (
        "《职工退休待遇申领表》（窗口或网上领取）",
        "Pension application form (window or online)",
        0,
        True,
    ),
    ("近期一寸免冠彩色照片", "Recent one-inch colour photograph", 2, False),
    ("特殊工种的，另带原始档案材料", "For special trades: the original personal file", 0, True),
    ("银行卡或社保卡金融账户", "Bank card or the card's own account", 1, False),
)


def services(count: int = 40) -> tuple[Service, ...]:
    return tuple(
        Service(
            code=code if at < len(_SERVICES) else f"{code}-{at}",
            name=Name(zh=zh, en=en),
            queue="general",
            promise=Promise(kind="immediate", minutes=minutes)
            if minutes
            else Promise(kind="limited", days=days),
        )
        for at in range(count)
        for code, zh, en, minutes, days in (_SERVICES[at % len(_SERVICES)],)
    )


def whole(papers: int = 3) -> Service:
    first = services(1)[0]
    return Service(
        code=first.code,
        name=first.name,
        queue=first.queue,
        promise=first.promise,
        materials=tuple(
            Material(name=Name(zh=zh, en=en), copies=copies, original=original)
            for at in range(papers)
            for zh, en, copies, original in (_PAPERS[at % len(_PAPERS)],)
        ),
        guide={"fee": Name(zh="不收费", en="Free of charge")},
        windows=("1", "2", "3", "4", "5", "6"),
    )


def place(state: str = "waiting", *, holds: bool = True, number: str = "A012") -> Place:
    return Place(
        number=number,
        state=state,
        ahead=12 if state == "waiting" else None,
        wait=Wait(low=25, high=40) if state == "waiting" else None,
        window="3" if state in ("called", "serving") else None,
        queue="general" if holds else None,
        can_return=holds and state == "no_show",
        id="t_1" if holds else None,
    )


_SILENT = {
    "zh": "窗口屏没有应答，请检查电源和接线。",
    "en": "The sign does not answer. Please check its power and its cable.",
}
_NO_PAPER = {
    "zh": "没有纸：请放好纸卷，合上盖子。",
    "en": "No paper. Please put in a roll and close the cover.",
}
_CLEAR = {"zh": "纸票上的字清楚吗？", "en": "Is the print on the slip clear?"}


def devices(language: Language) -> tuple[Device, ...]:
    return (
        Device(id="printer", device_class="printer", status=Status(state="online", paper="low")),
        Device(
            id="sign-3",
            device_class="caller_display",
            status=Status(state="offline", code="line.lost"),
            sentence=_SILENT[language],
        ),
        *(
            Device(id=f"keypad-{at}", device_class="call_pad", status=Status(state="online"))
            for at in range(1, 31)
        ),
    )


DEVICES = devices("zh")
GUIDE = Helper("guide", "g01", "王导")
TECHNICIAN = Helper("technician", "t1", "技术员")


def play(kiosk: Kiosk, *events: Event, now: float = 1.0) -> Kiosk:
    for event in events:
        kiosk, _ = step(kiosk, event, now)
    return kiosk


def press(kiosk: Kiosk, *actions: Action, now: float = 1.0) -> Kiosk:
    return play(kiosk, *(Pressed(action) for action in actions), now=now)


def answer(kiosk: Kiosk, make: Callable[[int], Event], now: float = 1.0) -> Kiosk:
    """Answer the latest question."""
    return play(kiosk, make(kiosk.serial), now=now)


def keys(text: str) -> list[Action]:
    return [Press(sign) for sign in text]


def scenes(language: Language, large: bool, **ways: bool) -> dict[str, tuple[Kiosk, float]]:
    """Return each screen's state and the moment it is looked at."""
    bare, hardware = started(Ways(), 0.0), devices(language)
    switches: list[Event] = [Pressed(SwitchLanguage())] * (language == "en") + [
        Pressed(SwitchLarge())
    ] * large
    switches += [Pressed(Switch(what, on=True)) for what, on in ways.items() if on]  # type: ignore[arg-type]
    home = play(bare, HallSeen(hall()), *switches)
    few = play(bare, HallSeen(hall(6, notice=False)), *switches)
    plain = play(bare, HallSeen(hall(3, priorities=False)), *switches)
    asking = press(few, Choose("general"), Claim("elderly"), Take())
    long = answer(press(few, Choose("enterprise"), Take()), lambda n: Given(n, ticket("LM9999")))
    looking = press(few, Open("search"))
    listed = answer(looking, lambda n: Found(n, services()))
    found = answer(press(listed, *keys("tuixiu")), lambda n: Found(n, services(2)))
    shown = press(found, Show("YL-003"))
    guide = answer(shown, lambda n: Found(n, (whole(),)))
    picked = press(guide, Pick())
    one_more = answer(press(picked, AddService()), lambda n: Found(n, services()))
    adding = press(one_more, Show("YL-012"))
    full = press(adding, Pick())
    number = press(few, Open("mine"), *keys("A012"))
    waiting = press(number, Enter())
    theirs = answer(waiting, lambda n: PlaceSeen(n, place(holds=False)))
    check = press(theirs, ShowCheck(), *keys("48"))

    def mine(state: str) -> Kiosk:
        entered = press(check, *keys("21"), Enter())
        return answer(entered, lambda n: PlaceSeen(n, place(state)))

    sure = press(mine("waiting"), Do("cancel"))
    booked = press(few, Open("appointment"), *keys(CODE), Enter())
    pin = press(few, *[Knock()] * KNOCKS, *keys("13"))
    let_in = press(pin, *keys("57"), Enter())
    staff = answer(let_in, lambda n: Known(n, TECHNICIAN))
    cared = answer(staff, lambda n: DevicesSeen(n, hardware))
    worked = answer(press(cared, Work("test", "printer")), lambda n: Worked(n, False, _NO_PAPER[language]))
    refusals: dict[str, Kiosk] = {
        "refused": answer(asking, lambda n: Refused(n, REFUSAL[language])),
        "check-wrong": answer(
            press(check, *keys("21"), Enter()), lambda n: Refused(n, WRONG_CHECK[language])
        ),
        "quota": press(few, Choose("special")),
        "unknown": answer(asking, lambda n: Unanswered(n, certain=False)),
        "unreached": answer(asking, lambda n: Unanswered(n, certain=True)),
        "pin-wrong": answer(let_in, lambda n: Known(n, None)),
    }
    screens: dict[str, Kiosk] = {
        "home": home,
        "home-six": few,
        "home-three": plain,
        "home-closed": play(bare, HallSeen(hall(5, closed=True)), *switches),
        "home-helped": answer(let_in, lambda n: Known(n, GUIDE)),
        "ease": press(few, Open("ease")),
        "confirm": press(few, Choose("general"), Claim("elderly")),
        "confirm-people": press(home, Choose("enterprise"), *[People(10)] * 1000),
        "confirm-plain": press(plain, Choose("card")),
        "confirm-service": picked,
        "confirm-services": full,
        "search": listed,
        "search-typed": found,
        "search-none": answer(press(listed, *keys("xyz")), lambda n: Found(n, ())),
        "search-later": press(listed, Turn(1)),
        "service": guide,
        "service-long": press(answer(shown, lambda n: Found(n, (whole(24),))), Turn(1)),
        "service-adding": answer(adding, lambda n: Found(n, (whole(6),))),
        "my-number": number,
        "my-check": check,
        "waiting": waiting,
        "mine-place": theirs,
        "mine": mine("waiting"),
        "mine-missed": mine("no_show"),
        "mine-called": mine("called"),
        "mine-sure": sure,
        "mine-cancelled": answer(press(sure, ReallyCancel()), lambda n: PlaceSeen(n, place("cancelled"))),
        "appointment": press(few, Open("appointment"), *keys(CODE[:5])),
        "appointment-people": answer(booked, lambda n: BookedSeen(n, appointment("enterprise"))),
        "appointment-number": play(
            answer(answer(booked, lambda n: BookedSeen(n, appointment())), lambda n: Given(n, ticket())),
            Slipped("t_1", "done"),
        ),
        **{
            f"appointment-{name}": answer(
                answer(booked, lambda n: BookedSeen(n, appointment())),
                lambda n, problem=problem: Refused(n, problem),  # type: ignore[misc]
            )
            for name, problem in BOOKING_PROBLEMS.items()
        },
        "asking": asking,
        "printing": answer(asking, lambda n: Given(n, ticket())),
        "number": play(answer(asking, lambda n: Given(n, ticket())), Slipped("t_1", "done")),
        "note-down": play(answer(asking, lambda n: Given(n, ticket())), Slipped("t_1", "failed")),
        "note-paper": play(answer(asking, lambda n: Given(n, ticket())), Slipped("t_1", "asked", "paper")),
        "note-jam": play(answer(asking, lambda n: Given(n, ticket())), Slipped("t_1", "failed", "jam")),
        "number-long": play(long, Slipped("t_1", "unknown")),
        **refusals,
        "staff-pin": pin,
        "maintenance": cared,
        "maintenance-roll": answer(
            press(cared, Work("new_roll", "printer")),
            lambda n: DevicesSeen(n, (msgspec.structs.replace(hardware[0], question=_CLEAR[language]),)),
        ),
        "maintenance-test": answer(worked, lambda n: DevicesSeen(n, hardware[:12])),
    }
    warned = play(press(few, Choose("general")), Tick(), now=1.0 + IDLE_S)
    return {
        **{name: (kiosk, 1.0) for name, kiosk in screens.items()},
        "away": (play(home, HubLost()), 20.0),
        "still-there": (warned, 1.0 + IDLE_S),
    }
