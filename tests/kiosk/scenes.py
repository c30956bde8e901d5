"""Every screen of the kiosk, as states that `step` really reaches."""

from __future__ import annotations

from ui.kiosk.facts import Hall, Language, Name, Print, Priority, Problem, Queue, Ticket, Wait, Zone
from ui.kiosk.model import (
    IDLE_S,
    Choose,
    Claim,
    Event,
    Given,
    HallSeen,
    HubLost,
    Kiosk,
    People,
    Pressed,
    Refused,
    Slipped,
    SwitchLanguage,
    SwitchLarge,
    Take,
    Tick,
    Unanswered,
    started,
    step,
)

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


def play(kiosk: Kiosk, *events: Event, now: float = 1.0) -> Kiosk:
    for event in events:
        kiosk, _ = step(kiosk, event, now)
    return kiosk


def scenes(language: Language, large: bool) -> dict[str, tuple[Kiosk, float]]:
    """Return each screen's state and the moment it is looked at."""
    bare = started("zh", False, 0.0)
    switches = [Pressed(SwitchLanguage())] * (language == "en") + [Pressed(SwitchLarge())] * large
    home = play(bare, HallSeen(hall()), *switches)
    few = play(bare, HallSeen(hall(6, notice=False)), *switches)
    plain = play(bare, HallSeen(hall(3, priorities=False)), *switches)
    asking = play(few, Pressed(Choose("general")), Pressed(Claim("elderly")), Pressed(Take()))
    long = play(few, Pressed(Choose("enterprise")), Pressed(Take()), Given(1, ticket("LM9999")))
    return {
        "home": (home, 1.0),
        "home-six": (few, 1.0),
        "home-three": (plain, 1.0),
        "home-closed": (play(bare, HallSeen(hall(5, closed=True)), *switches), 1.0),
        "confirm": (play(few, Pressed(Choose("general")), Pressed(Claim("elderly"))), 1.0),
        "confirm-people": (
            play(home, Pressed(Choose("enterprise")), *[Pressed(People(10))] * 1000, Tick()),
            1.0,
        ),
        "confirm-plain": (play(plain, Pressed(Choose("card"))), 1.0),
        "asking": (asking, 1.0),
        "printing": (play(asking, Given(1, ticket())), 1.0),
        "number": (play(asking, Given(1, ticket()), Slipped("t_1", "done")), 1.0),
        "note-down": (play(asking, Given(1, ticket()), Slipped("t_1", "failed")), 1.0),
        "number-long": (play(long, Slipped("t_1", "unknown")), 1.0),
        "refused": (play(asking, Refused(1, REFUSAL[language])), 1.0),
        "quota": (play(few, Pressed(Choose("special"))), 1.0),
        "unknown": (play(asking, Unanswered(1, certain=False)), 1.0),
        "unreached": (play(asking, Unanswered(1, certain=True)), 1.0),
        "away": (play(home, HubLost()), 20.0),
        "still-there": (play(play(few, Pressed(Choose("general"))), Tick(), now=1.0 + IDLE_S), 1.0 + IDLE_S),
    }


SIZES = ((1080, 1920), (1920, 1080), (1366, 768), (1280, 1024))
