"""A roster looked at first and then taken, from CSV and from workbooks."""

from __future__ import annotations

import base64
import contextlib
import io
import zipfile
from datetime import date

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from kioskd.access.roles import Role
from kioskd.hall.queries import leads_today
from kioskd.web.alert_words import AlertWords
from kioskd.web.language import Language
from kioskd.web.tables import TableError, rows_of
from tests.web.conftest import Hall

CSV = """窗口,周一,周二,周三,周四,周五,周六,周日,AB角
1号窗口,李明,李明,李明,李明,李明,,,
带班,孙芳,孙芳,孙芳,孙芳,孙芳,孙芳,孙芳
"""


def body(content: bytes, **more: object) -> dict[str, object]:
    return {"content": base64.b64encode(content).decode(), **more}


def workbook(rows: list[list[object]]) -> bytes:
    raw = io.BytesIO()
    with xlsxwriter.Workbook(raw, {"in_memory": True}) as book:
        sheet = book.add_worksheet("排班")
        dates = book.add_format({"num_format": "yyyy-mm-dd"})
        for at, row in enumerate(rows):
            for column, cell in enumerate(row):
                if isinstance(cell, date):
                    sheet.write_datetime(at, column, cell, dates)
                else:
                    sheet.write(at, column, cell)
    return raw.getvalue()


async def test_it_is_shown_and_then_taken(hall: Hall) -> None:
    before = hall.journal.head
    checked = await hall.post("roster/check", body(CSV.encode()), Role.LEAD)
    assert checked.status == 200, checked.raw
    assert checked.json["faults"] == []
    assert len(checked.json["days"]) == 7
    assert hall.journal.head == before, "looking keeps nothing"
    taken = await hall.post("roster", body(CSV.encode()), Role.LEAD)
    assert taken.status == 200, taken.raw
    week = (await hall.get("roster", Role.TELLER)).json
    assert week["days"][0]["leads"] == ["孙芳"]
    assert week["days"][0]["imported"]
    assert week["days"][0]["duty"] == {"1": "li"}
    assert week["tellers"]["li"] == "李明"
    other = (await hall.get("roster?week=2030-01-01", Role.TELLER)).json
    assert (other["monday"], other["days"][0]["imported"]) == ("2029-12-31", False)


async def test_what_is_wrong_stops_it_unless_it_is_left_out(hall: Hall) -> None:
    table = body(f"{CSV}2号窗口,张三\n".encode("gb18030"))
    (fault,) = (await hall.post("roster/check", table, Role.LEAD)).json["faults"]
    assert (fault["line"], fault["column"], fault["sentence"]) == (4, "B", "没有叫“张三”的柜员")
    refused = await hall.post("roster", table, Role.LEAD)
    assert (refused.status, refused.code) == (422, "roster_wrong")
    assert (await hall.post("roster", {**table, "leave_out": True}, Role.LEAD)).status == 200


async def test_what_is_no_table_is_said_to_be_none(hall: Hall) -> None:
    for content in (b"\x00\x01\x02", b"PK\x03\x04 broken"):
        assert (await hall.post("roster/check", body(content), Role.LEAD)).code == "no_table"
    assert (await hall.post("roster/check", body(CSV.encode(), week="never"), Role.LEAD)).status == 400
    assert (await hall.post("roster/check", body(CSV.encode(), week="2026-99-99"), Role.LEAD)).status == 400


async def test_a_workbook_with_real_dates_and_numbers(hall: Hall) -> None:
    rows: list[list[object]] = [["日期", "窗口", "人员"], [date(2026, 3, 9), 1, "李明"]]
    checked = (await hall.post("roster/check", body(workbook(rows)), Role.LEAD)).json
    assert checked["faults"] == []
    assert checked["days"] == [{"date": "2026-03-09", "duty": {"1": "li"}}]


# --- tables -----------------------------------------------------------------------------------------


def test_workbooks_and_csv_give_the_same_rows() -> None:
    assert rows_of(workbook([["a", 1], [], ["中文", 2.5]])) == [["a", "1"], [], ["中文", "2.5"]]
    assert rows_of("a,1\n\n中文,2.5".encode("gb18030")) == [["a", "1"], [], ["中文", "2.5"]]
    assert rows_of("\ufeffa;1\n".encode()) == [["a", "1"]]


def _packed(**parts: bytes) -> bytes:
    raw = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook([["a"]]))) as old,
        zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            new.writestr(name, parts.get(name.rpartition("/")[2].partition(".")[0], old.read(name)))
    return raw.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        _packed(sheet1=b"<!DOCTYPE x [<!ENTITY a 'b'>]><x/>"),
        _packed(sheet1=b"<x>" + b" " * (5 * 1024 * 1024) + b"</x>"),
        _packed(sheet1=b"not xml"),
        _packed(workbook=b"<x/>"),
        b"\xff\xfe\x00",
        ("a," * 30_000).encode(),
    ],
)
def test_what_would_harm_is_refused(content: bytes) -> None:
    with pytest.raises(TableError):
        rows_of(content)


@given(st.binary(max_size=200), st.booleans())
def test_any_bytes_are_rows_or_no_table(content: bytes, zipped: bool) -> None:
    with contextlib.suppress(TableError):
        rows_of(b"PK\x03\x04" + content if zipped else content)


async def test_who_leads_today_is_named_where_a_lead_is_asked_for(hall: Hall) -> None:
    assert (await hall.post("roster", body(CSV.encode()), Role.LEAD)).status == 200
    assert (await hall.post("alerts/call-lead", {"place": "1 号窗口"}, Role.TELLER)).status == 204
    (alert,) = [one for one in (await hall.get("alerts", Role.LEAD)).json if one["about"] == "help"]
    assert "带班领导孙芳到" in alert["sentence"]
    state = hall.desk._state
    assert AlertWords(Language.ZH).title("大厅", 2, leads_today(state)) == "大厅：2 条提醒（今天带班：孙芳）"
    assert AlertWords(Language.ZH).title("大厅", 2, ()) == "大厅：2 条提醒"
