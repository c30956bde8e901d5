"""Tables of a spreadsheet as queues, services and tellers."""

from __future__ import annotations

import io

import pytest

from kioskd.setup import sheets
from kioskd.setup.draft import Draft
from kioskd.setup.files import fresh
from kioskd.setup.wizard import Wizard
from kioskd.web.tables import rows_of


@pytest.fixture
def draft() -> Draft:
    made = fresh()
    queues = [queue["id"] for queue in made.queues]
    made.windows = [
        {"id": str(n), "zone": "hall", "equipped": queues, "skills": queues} for n in range(1, 13)
    ]
    return made


def rows(text: str) -> list[list[str]]:
    return rows_of(text.encode())


@pytest.mark.parametrize("what", ["queues", "services", "tellers"])
def test_a_template_can_be_filled_in_as_it_comes(what: str, draft: Draft, tmp_path: object) -> None:
    content = Wizard.template(None, what)  # type: ignore[arg-type]
    assert io.BytesIO(content).read(4) == b"PK\x03\x04"
    if what == "services":
        draft.queues[0]["name"]["zh"] = "综合业务"
    taken = sheets.take(what, rows_of(content), draft)
    assert taken.faults == ()
    assert len(taken.tables) == len(sheets.EXAMPLES[what]) - 1


def test_queues_keep_what_was_known_of_them(draft: Draft) -> None:
    taken = sheets.take(
        "queues", rows("类别名称,前缀,预计分钟,一般/特殊\n综合业务,z,9,特殊\n新类,E,,\n"), draft
    )
    assert taken.faults == ()
    old, new = taken.tables
    assert (old["id"], old["prefix"], old["expected_minutes"], old["service_class"], old["quota"]) == (
        "general", "Z", 9.0, "special", 900,
    )  # fmt: skip
    assert (new["id"], new["zone"], new["name"]) == ("q1", "hall", {"zh": "新类", "en": "新类"})


def test_services_have_promises_papers_and_letters(draft: Draft) -> None:
    taken = sheets.take(
        "services", rows("编码,事项,类别,即办分钟,限时工作日,资料\nX1,退休申领,A,,15,身份证；户口簿\n"), draft
    )
    (service,) = taken.tables
    assert service["queue"] == "general"
    assert service["initials"] == "txsl"
    assert service["promise"] == {"kind": "limited", "days": 15}
    assert [one["name"]["zh"] for one in service["materials"]] == ["身份证", "户口簿"]


def test_tellers_come_with_their_windows(draft: Draft) -> None:
    taken = sheets.take(
        "tellers", rows("姓名,工号,能办类别,窗口\n甲,1,综合业务、K,3号窗口\n乙,2,全部,\n丙,3,,4\n"), draft
    )
    assert [one["skills"] for one in taken.tables] == [
        ["general", "card"],
        [queue["id"] for queue in draft.queues],
        [queue["id"] for queue in draft.queues if queue.get("service_class") != "special"],
    ]
    assert taken.roster == (
        {"window": "3", "teller": "t01", "days": [1, 2, 3, 4, 5]},
        {"window": "4", "teller": "t03", "days": [1, 2, 3, 4, 5]},
    )


@pytest.mark.parametrize(
    ("what", "table", "faults"),
    [
        ("queues", "哪里,什么\na,b\n", [(1, "A", "no_heading")]),
        ("queues", "名称,前缀\n", [(1, "A", "empty")]),
        ("queues", "名称,前缀,区域,分钟\na,O,,\nb,B,北区,\n,C,,\nd,E,,\n", [
            (2, "B", "prefix"), (3, "C", "unknown_zone"), (4, "A", "missing"),
        ]),
        ("queues", "名称,前缀,每日限号\na,A,很多\na,C,0\nb,A,\n", [
            (2, "C", "number"), (3, "A", "twice"), (3, "C", "number"), (4, "B", "twice"),
        ]),
        ("services", "编码,名称,类别\n1,甲,没有\n1,乙,A\n", [(2, "C", "unknown_queue"), (3, "A", "twice")]),
        ("tellers", "姓名,工号,业务,窗口\n甲,1,没有,77\n乙,1,,1\n丙,,,1\n", [
            (2, "C", "unknown_queue"), (2, "D", "unknown_window"), (3, "B", "twice"),
            (4, "B", "missing"), (4, "D", "twice"),
        ]),
    ],
)  # fmt: skip
def test_each_cell_that_is_wrong_is_named(
    what: str, table: str, faults: list[tuple[int, str, str]], draft: Draft
) -> None:
    taken = sheets.take(what, rows(table), draft)
    assert [(one.line, one.column, one.code) for one in taken.faults] == faults
