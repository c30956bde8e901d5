"""A hall that is always open, for tests of its API."""

from __future__ import annotations

from typing import Any

from kioskd.hall.rules import (
    Calendar,
    Calling,
    Name,
    Order,
    Policy,
    Priority,
    Queue,
    Rules,
    Service,
    ServiceClass,
    Session,
    Teller,
    Ticketing,
    Window,
    Zone,
)


def name(zh: str, en: str = "") -> Name:
    return Name(zh=zh, en=en or zh)


ALWAYS = Session(
    id="all",
    name=name("全天", "all day"),
    tickets_from="00:00",
    tickets_until="24:00",
    serve_from="00:00",
    serve_until="24:00",
    weekdays=(),
)


def open_hall(**changes: Any) -> Rules:
    general = ("general", "company")
    fields: dict[str, Any] = {
        "hall": "test",
        "name": name("测试大厅", "Test hall"),
        "zones": (Zone(id="a", name=name("A区", "Zone A")),),
        "queues": (
            Queue(id="general", prefix="A", name=name("综合业务", "General"), zone="a", order=1),
            Queue(
                id="company",
                prefix="C",
                name=name("单位业务", "Companies"),
                zone="a",
                headcount=True,
                quota=3,
                order=2,
            ),
            Queue(
                id="special",
                prefix="S",
                name=name("特殊业务", "Special"),
                zone="a",
                service_class=ServiceClass.SPECIAL,
                order=3,
            ),
        ),
        "services": (
            Service(code="pension", name=name("养老待遇申领", "Pension"), queue="general", initials="yldysl"),
            Service(code="medical", name=name("医疗费报销", "Medical"), queue="general", initials="ylfbx"),
            Service(code="register", name=name("单位登记", "Register"), queue="company", initials="dwdj"),
        ),
        "windows": (
            Window(id="1", zone="a", equipped=general),
            Window(id="2", zone="a", equipped=general),
            Window(id="3", zone="a", equipped=(*general, "special")),
        ),
        "tellers": (
            Teller(id="li", name="李明", staff_no="001", skills=general),
            Teller(id="wang", name="王芳", staff_no="002", skills=general),
        ),
        "calendar": Calendar(sessions=(ALWAYS,), needs_year_file=False),
        "policy": Policy(
            order=Order(priorities=(Priority(id="elderly", name=name("老年人", "Elderly"), credit_min=20),)),
            ticketing=Ticketing(burst_slips=0),
            calling=Calling(need_announced=False, no_show_after_s=0, no_show_calls=1),
        ),
    }
    fields.update(changes)
    return Rules(**fields)
