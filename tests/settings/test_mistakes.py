"""Each kind of mistake is found where it is, with the nearest valid key, and all at once."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from kioskd.settings import check
from tests.settings.small import FILES, HALL, PROFILE, SERVICES, YEAR, found, write


class Case(NamedTuple):
    file: str
    old: str
    new: str
    path: str
    code: str
    nearest: str | None = None


H, S, Y, P = "hall.toml", "services.toml", "2026.toml", "sign.toml"

CASES = [
    # keys
    Case(H, 'prefix = "B"', 'prefx = "B"', "queue[1].prefx", "key.unknown", "prefix"),
    Case(H, 'prefix = "B"\n', "", "queue[1].prefix", "key.missing"),
    Case(H, "[policy.alerts]", "[policy.alert]", "policy.alert", "key.unknown", "alerts"),
    Case(H, "[policy.order]\nmode", "[policy.order]\nMode", "policy.order.Mode", "key.unknown", "mode"),
    Case(H, "[hall]\n", "[hall]\nzeit = 1\n", "hall.zeit", "key.unknown"),
    Case(H, "unit = 2", "unti = 2", "device[1].unti", "key.unknown", "unit"),
    Case(H, 'align = "left"', 'algin = "left"', "device[1].options.algin", "key.unknown", "align"),
    Case(S, "minutes = 10", "minute = 10", "service[0].promise.minute", "key.unknown", "minutes"),
    Case(Y, "holidays", "holiday", "holiday", "key.unknown", "holidays"),
    Case(P, "columns", "colums", "colums", "key.unknown", "columns"),
    # kinds of value
    Case(H, 'id = "2"\n', "id = 2\n", "window[1].id", "type.wrong"),
    Case(
        H, "waiting_tiers = [50, 80, 120]", "waiting_tiers = 50", "policy.alerts.waiting_tiers", "type.wrong"
    ),
    Case(H, "days = [1, 2]", 'days = [1, "2"]', "roster[0].days[1]", "type.wrong"),
    Case(H, "unit = 1\n", "unit = true\n", "device[0].unit", "type.wrong"),
    Case(H, "unit = 1\n", "unit = 70000\n", "device[0].unit", "number.range"),
    Case(H, 'mode = "ageing"', 'mode = "aging"', "policy.order.mode", "value.choice", "ageing"),
    Case(H, 'mode = "ageing"', "cap_min = inf", "policy.order.cap_min", "number.wild"),
    Case(H, 'mode = "ageing"', "cap_min = nan", "policy.order.cap_min", "number.wild"),
    Case(H, 'mode = "ageing"', "cap_min = 0x" + "f" * 5000, "policy.order.cap_min", "number.wild"),
    Case(H, 'mode = "ageing"', "n = 0", "policy.order.n", "number.range"),
    Case(H, 'mode = "ageing"', "k = 5", "policy.order.k", "order.k_over_n"),
    Case(H, 'zh = "小厅"', 'zh = "小\\u0007厅"', "hall.name.zh", "text.control"),
    Case(H, 'zh = "小厅"', 'zh = " "', "hall.name.zh", "text.words"),
    Case(H, 'id = "small"', 'id = "My Hall"', "hall.id", "text.form"),
    Case(H, "[hall]\n", '[hall]\npublic_url = "hall.example"\n', "hall.public_url", "url.web"),
    Case(H, "[hall]\n", "[web]\nport = 99999\n[hall]\n", "web.port", "number.range"),
    Case(H, "[hall]\n", "[journal]\nsign_minutes = 0\n[hall]\n", "journal.sign_minutes", "number.range"),
    Case(H, "[hall]\n", "[web]\nhead_s = 0\n[hall]\n", "web.head_s", "number.above"),
    # addresses
    *(
        Case(H, "[hall]\n", f'[hall]\npublic_url = "http://{host}/x"\n', "hall.public_url", "url.web")
        for host in ("", ":8080", "hall:0", "hall:65536", "hall:http", "[::1", "[::g]")
    ),
    *(
        Case(
            H,
            "[hall]\n",
            f'[[office_printer]]\nid = "a"\nurl = "{url}"\n[hall]\n',
            "office_printer[0].url",
            "url.printer",
        )
        for url in ("ipp://:631/", "http://h/printers/a", "ipps://h:70000/printers/a", "h/printers/a")
    ),
    Case(H, "[hall]\n", '[web]\norigins = ["http://:80"]\n[hall]\n', "web.origins[0]", "url.web"),
    # queues and windows
    Case(H, 'prefix = "B"', 'prefix = "O"', "queue[1].prefix", "queue.prefix"),
    Case(H, 'prefix = "B"', 'prefix = "A"', "queue[1].prefix", "queue.prefix_twice"),
    Case(H, 'prefix = "A"', 'prefix = "T"', "queue[1].prefix", "queue.prefix_sound"),
    Case(H, 'id = "card"', 'id = "general"', "queue[1].id", "twice"),
    Case(H, 'prefix = "B"', 'prefix = "B"\ndigits = 1', "queue[1].digits", "number.range"),
    Case(
        H, '"card"]\n\n[[teller]]', '"crad"]\n\n[[teller]]', "window[1].equipped[1]", "queue.unknown", "card"
    ),
    Case(H, 'skills = ["general"]', 'skills = ["genral"]', "window[0].skills[0]", "queue.unknown", "general"),
    Case(
        H,
        'equipped = ["general", "card"]\nskills',
        'equipped = ["card"]\nskills',
        "window[0].skills[0]",
        "window.not_equipped",
    ),
    Case(H, '"card"]\n\n[[teller]]', '"card", "card"]\n\n[[teller]]', "window[1].equipped", "list.twice"),
    Case(H, 'id = "1"\nzone = "east"', 'id = "1"\nzone = "eats"', "window[0].zone", "zone.unknown", "east"),
    Case(H, 'prefix = "B"', 'prefix = "B"\nwindows = ["3"]', "queue[1].windows[0]", "window.unknown"),
    # people
    Case(
        H,
        'skills = ["general", "card"]',
        'skills = ["cards"]',
        "teller[0].skills[0]",
        "queue.unknown",
        "card",
    ),
    Case(H, 'teller = "t2"', 'teller = "t3"', "roster[1].teller", "teller.unknown", "t2"),
    Case(H, 'teller = "t2"', 'teller = "t1"', "roster[1].teller", "roster.teller_twice"),
    Case(H, 'window = "2"\nteller', 'window = "1"\nteller', "roster[1].window", "roster.window_twice"),
    Case(H, "days = [1, 2]", "days = [1, 8]", "roster[0].days[1]", "number.range"),
    # calendar
    Case(H, '"11:50"', '"11:5"', "calendar.session[0].tickets_until", "text.clock"),
    Case(
        H,
        'serve_until = "12:00"',
        'serve_until = "08:00"',
        "calendar.session[0].serve_until",
        "session.backwards",
    ),
    Case(H, 'serve_from = "14:00"', 'serve_from = "11:00"', "calendar.session[1]", "session.overlap"),
    Case(H, '"08:20"', '"04:20"', "calendar.session[0].tickets_from", "session.before_day"),
    Case(H, '"11:50"', '"12:50"', "calendar.session[0].tickets_until", "session.tickets_after_service"),
    Case(H, "[1, 2, 12]", "[1, 2, 13]", "calendar.session[1].months[2]", "number.range"),
    Case(H, "months = [1, 2, 12]", "weekdays = []", "calendar.session[1].weekdays", "list.short"),
    Case(
        H,
        "months = [1, 2, 12]",
        'queues = ["cart"]',
        "calendar.session[1].queues[0]",
        "queue.unknown",
        "card",
    ),
    Case(H, '["2026.toml"]', '["2026.toml", "2026.toml"]', "calendars[1]", "calendar.twice"),
    Case(Y, '"2026-10-02"', '"2026-10-32"', "holidays[1]", "text.date"),
    Case(Y, '"2026-10-02"', '"2027-10-02"', "holidays[1]", "calendar.other_year"),
    Case(Y, '"2026-10-10" = 5', '"2026-10-02" = 5', "make_up.2026-10-02", "calendar.both"),
    Case(Y, '"2026-10-10" = 5', '"2026-10-10" = 9', "make_up.2026-10-10", "number.range"),
    Case(Y, '"2026-10-10" = 5', '"10 October" = 5', 'make_up."10 October"', "text.date"),
    # policy
    Case(H, "[50, 80, 120]", "[50, 120, 80]", "policy.alerts.waiting_tiers", "list.rising"),
    Case(
        H,
        "[policy.alerts]",
        "[policy.rating.options]\n5 = [510]\n[policy.alerts]",
        "policy.rating.options",
        "rating.options_fixed",
    ),
    Case(H, "号到{window}", "号到{windw}", "policy.voice.call.zh", "template.field", "window"),
    Case(H, "号到{window}", "号到{window", "policy.voice.call.zh", "template.braces"),
    Case(H, "号到{window}", "号到{window.__class__}", "policy.voice.call.zh", "template.field", None),
    Case(
        H,
        "[policy.voice]\n",
        '[policy.voice]\nlanguages = ["cn"]\n',
        "policy.voice.languages[0]",
        "voice.no_language",
        None,
    ),
    # catalogue
    Case(S, 'queue = "card"', 'queue = "crad"', "service[1].queue", "queue.unknown", "card"),
    Case(S, 'zone = "east"', 'zone = "est"', "service[0].zone", "zone.unknown", "east"),
    Case(S, '"SK-001"', '"YL-001"', "service[1].code", "twice"),
    Case(S, "minutes = 10", "days = 10", "service[0].promise", "promise.immediate"),
    Case(S, "days = 5", "days = 5, minutes = 5", "service[1].promise", "promise.limited"),
    Case(S, 'basis = { zh = "管', 'bases = { zh = "管', "service[1].guide.bases", "guide.unknown", "basis"),
    Case(
        S, 'guide.basis = { zh = "管理办法", en = "Measures" }', "", "service[1].guide.basis", "guide.missing"
    ),
    Case(S, 'en = "Measures"', 'eng = "Measures"', "service[1].guide.basis.eng", "key.unknown", None),
    Case(S, '"special"', '"特殊"', "service[1].service_class", "value.choice", None),
    Case(S, '"cbdj"', '"CBDJ"', "service[0].initials", "service.initials"),
    # devices
    Case(H, '"call_pad.ff68"', '"callpad.ff68"', "device[2].driver", "driver.unknown", "call_pad.ff68"),
    Case(
        H,
        'window = "2"\nzone = "east"',
        'window = "22"\nzone = "east"',
        "device[1].window",
        "window.unknown",
        "2",
    ),
    Case(
        H,
        'window = "2"\nzone = "east"',
        'window = "2"\nzone = "west"',
        "device[1].zone",
        "zone.unknown",
        "east",
    ),
    Case(H, '"tcp://10.0.0.5:4001"', '"10.0.0.5:4001"', "device[2].address", "device.address"),
    Case(H, '"tcp://10.0.0.5:4001"', '"usb://04b8:0e15"', "device[2].address", "device.scheme"),
    Case(H, '"tcp://10.0.0.5:4001"', '"usb://4b8:e15"', "device[2].address", "device.address"),
    Case(H, '"tcp://10.0.0.5:4001"', '"evdev:///dev/input/event0"', "device[2].address", "device.scheme"),
    Case(H, "unit = 2", "unit = 1", "device[1].unit", "device.same_place"),
    Case(H, 'baudrate=9600"\nunit = 2', 'baudrate=19200"\nunit = 2', "device[1].address", "device.line"),
    Case(
        H,
        'profile = "sign"\noptions',
        'profile = "sing"\noptions',
        "device[1].profile",
        "profile.unknown",
        "sign",
    ),
    Case(
        H,
        'profile = "sign"\noptions',
        'profile = "../sign"\noptions',
        "device[1].profile",
        "profile.unknown",
        "sign",
    ),
    Case(H, '4001"\nwindow = "1"', '4001"', "device[2].window", "device.window_needed"),
    Case(H, 'align = "left"', 'align = "lift"', "device[1].options.align", "value.choice", "left"),
    Case(H, 'align = "left"', "columns = 999", "device[1].options.columns", "number.range"),
    Case(H, 'align = "left"', 'card = "5K", left_px = 3', "device[1].options", "value.refused"),
    Case(
        H,
        'zone = "east"\n\n[[device]]\nid = "keypad',
        'rows = 3\n\n[[device]]\nid = "keypad',
        "device[1].rows",
        "key.unknown",
    ),
    Case(H, 'id = "sign-2"', 'id = "sign-1"', "device[1].id", "twice"),
    Case(P, "rows = 2", "rows = 200", "rows", "number.range"),
    # other files
    Case(H, '"services.toml"', '"service.toml"', "", "file.missing"),
    Case(H, '["2026.toml"]', '["2026.toml", "2027.toml"]', "", "file.missing"),
    Case(H, 'profiles = "profiles"', 'profiles = "profile"', "profiles", "folder.missing"),
    Case(H, 'profiles = "profiles"', 'profiles = "a\\u0000b"', "profiles", "text.control"),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.file}-{case.code}-{case.path}")
def test_a_mistake_is_found_where_it_is(case: Case, tmp_path: Path) -> None:
    content = FILES["profiles/" + case.file if case.file == P else case.file]
    assert case.old in content
    file = write(tmp_path, **{case.file.replace(".", "_"): content.replace(case.old, case.new, 1)})
    problems = found(file)
    matching = [problem for problem in problems if (problem.path, problem.code) == (case.path, case.code)]
    assert matching, [(problem.path, problem.code) for problem in problems]
    if case.nearest is not None:
        assert matching[0].nearest == case.nearest
    if case.code != "file.missing":
        assert matching[0].file.name == case.file


def test_the_small_hall_is_sound(tmp_path: Path) -> None:
    assert check(write(tmp_path)).problems == ()


def test_one_slip_of_a_finger_is_one_problem(tmp_path: Path) -> None:
    """A broken table still counts as being there for those that name it."""
    for old, new in (
        ('prefix = "B"', 'prefx = "B"'),
        ('zh = "东区"', "zh = 5"),
        ('name = "样员02"', "name = 2"),
        ('id = "2"\nzone = "east"', 'id = "2"\nzone = "west"'),
    ):
        problems = found(write(tmp_path, hall_toml=HALL.replace(old, new, 1)))
        tables = {problem.path.rpartition(".")[0] for problem in problems}
        assert tables <= {"queue[1]", "zone[0].name", "teller[1]", "window[1]"}
        assert len(problems) <= 2, problems


def test_everything_is_said_at_once_in_all_files(tmp_path: Path) -> None:
    file = write(
        tmp_path,
        hall_toml=HALL.replace('prefix = "B"', 'prefix = "Q"').replace("unit = 2", 'unit = "two"'),
        services_toml=SERVICES.replace("days = 5", "days = 0"),
        **{"2026_toml": YEAR.replace("10-02", "10-99")},
        sign_toml=PROFILE.replace("columns = 16", "colums = 16"),
    )
    assert {(problem.file.name, problem.path) for problem in found(file)} == {
        ("hall.toml", "queue[1].prefix"),
        ("hall.toml", "device[1].unit"),
        ("services.toml", "service[1].promise.days"),
        ("2026.toml", "holidays[1]"),
        ("sign.toml", "colums"),
    }


def test_a_broken_profile_is_said_once_for_all_its_devices(tmp_path: Path) -> None:
    problems = found(write(tmp_path, sign_toml="columns = "))
    assert [problem.code for problem in problems] == ["file.syntax"]


def test_a_problem_names_the_table_by_its_own_id(tmp_path: Path) -> None:
    (problem,) = found(write(tmp_path, hall_toml=HALL.replace('skills = ["general"]', 'skills = ["x"]', 1)))
    assert (problem.path, problem.item) == ("window[0].skills[0]", "1")


def test_a_queue_no_window_can_serve_is_a_mistake(tmp_path: Path) -> None:
    text = HALL.replace('equipped = ["general", "card"]', 'equipped = ["general"]')
    assert [(p.path, p.code) for p in found(write(tmp_path, hall_toml=text))] == [
        ("queue[1]", "queue.no_window")
    ]


def test_sessions_with_windows_of_their_own_may_overlap(tmp_path: Path) -> None:
    text = HALL.replace('serve_from = "14:00"', 'serve_from = "11:00"')
    apart = text.replace("months = [1, 2, 12]", 'windows = ["2"]').replace(
        'serve_until = "12:00"', 'serve_until = "12:00"\nwindows = ["1"]'
    )
    assert check(write(tmp_path, hall_toml=apart)).problems == ()
    other_days = text.replace("months = [1, 2, 12]", "weekdays = [6]")
    assert check(write(tmp_path, hall_toml=other_days)).problems == ()


@pytest.mark.parametrize(
    ("old", "new", "path", "code"),
    [
        ("{hall}", "{hal}", "element[0].text", "template.field"),
        ("{hall}", "{hall!r}", "element[0].text", "template.field"),
        ("{hall}", "{0}", "element[0].text", "template.field"),
        ('kind = "rule"', 'kind = "ruler"', "element[1].kind", "value.choice"),
        ('kind = "rule"\n', "", "element[1].kind", "key.missing"),
        ('when = "notice"', 'when = "note"', "element[2].when", "template.field"),
        ("size = 2", "size = 9", "element[0].size", "number.range"),
    ],
)
def test_mistakes_in_a_layout(old: str, new: str, path: str, code: str, tmp_path: Path) -> None:
    layout = """
[[element]]
kind = "text"
text = "{hall}"
size = 2

[[element]]
kind = "rule"

[[element]]
kind = "text"
text = "{notice}"
when = "notice"
"""
    layouts = tmp_path / "layouts"
    layouts.mkdir()
    for name in ("ticket.zh", "ticket.en", "ticket-large.zh", "ticket-large.en"):
        (layouts / f"{name}.toml").write_text(layout, encoding="utf-8")
    text = HALL.replace(HALL.split('layouts = "')[1].split('"')[0], "layouts")
    (problem,) = found(write(tmp_path, hall_toml=text))
    assert (problem.code, problem.params["value"]) == ("layout.missing", "test.toml")
    (layouts / "test.toml").write_text(layout.replace(old, new, 1), encoding="utf-8")
    (problem,) = found(tmp_path / "hall.toml")
    assert (problem.file.name, problem.path, problem.code) == ("test.toml", path, code)
