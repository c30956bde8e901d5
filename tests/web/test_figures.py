"""Figures of a real hub against a recount written another way: SQL over the exported journal."""

from __future__ import annotations

import csv
import io
import json
import random
import sqlite3
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from kioskd.__main__ import main
from kioskd.access.roles import Role
from kioskd.hall.commands import Tick
from kioskd.hub.desk import SYSTEM
from kioskd.journal.database import DATABASE_NAME
from kioskd.journal.records import BEFORE_ALL
from tests.web.conftest import Hall, Time, running
from tests.web.people import Browser, add_person

DAY_MS = 86_400_000
DATES = ("2026-03-09", "2026-03-10")
RANGE = f"from={DATES[0]}&to={DATES[1]}"


async def busy_day(hall: Hall, time: Time, dice: random.Random, tickets: int) -> None:
    """A day of everything that figures count, by people who do not always do what is usual."""
    windows = {"1": "li", "2": "wang"}
    for window, teller in windows.items():
        await hall.login(window, teller)
    rated, codes = 0, {}
    for _ in range(tickets):
        time.ms += dice.randrange(5_000, 90_000)
        service = dice.choice([("pension",), ("medical",), ("pension", "medical"), ()])
        issued = await hall.ticket(**({"services": service, "queue": None} if service else {}))
        codes[issued["number"]] = issued["code"]
        if dice.random() < 0.3:
            continue
        window = dice.choice(list(windows))
        time.ms += dice.randrange(1_000, 60_000)
        called = await hall.post(f"windows/{window}/call-next", {}, Role.TELLER)
        if called.status != 200:
            continue
        if dice.random() < 0.12:
            await hall.post(f"windows/{window}/no-show", {}, Role.TELLER)
            continue
        await hall.post(f"windows/{window}/start", {}, Role.TELLER)
        time.ms += dice.choice([1_500, 40_000, 300_000, 1_200_000])
        act = dice.random()
        if act < 0.08:
            await hall.post(f"windows/{window}/transfer", {"to_queue": "special"}, Role.TELLER)
        elif act < 0.16:
            await hall.post(f"windows/{window}/hold", {"kind": "any_window"}, Role.TELLER)
        else:
            body = {"items": dice.randrange(1, 4), "materials": dice.randrange(9), "result": "done"}
            done = await hall.post(f"windows/{window}/finish", body, Role.TELLER)
            if done.status == 200 and dice.random() < 0.7:
                code = codes[called.json["ticket"]["number"]]
                level = dice.choice([5, 5, 5, 4, 3, 2, 1])
                answer = await hall.post(f"tickets/{code}/rating", {"level": level})
                rated += answer.status == 204
    assert rated > 3


@pytest.fixture
async def busy(tmp_path: Path, time: Time) -> AsyncIterator[Hall]:
    dice = random.Random(11)
    async with running(tmp_path, time) as hall:
        await busy_day(hall, time, dice, 40)
        time.ms = DAY_MS
        for _ in range(3):
            await hall.desk.submit(Tick(by=SYSTEM))
        await busy_day(hall, time, dice, 30)
        yield hall


def recount(folder: Path, output: Path) -> sqlite3.Connection:
    """Return the exported events as tables: each with its business day."""
    assert main(["journal", "export", "--data", str(folder), "--output", str(output)]) == 0
    base = sqlite3.connect(":memory:")
    base.execute("CREATE TABLE ev(n INTEGER PRIMARY KEY, wall INT, kind TEXT, b TEXT)")
    for n, line in enumerate(output.read_text("utf-8").splitlines()):
        event = json.loads(line)
        row = (n, event["wall"], event["kind"], json.dumps(event["body"]))
        base.execute("INSERT INTO ev VALUES(?,?,?,?)", row)
    base.execute(
        "CREATE VIEW day AS SELECT n AS first, b ->> '$.date' AS date, "
        "LEAD(n, 1, 1 << 60) OVER (ORDER BY n) AS next FROM ev WHERE kind = 'day.opened'"
    )
    base.execute(
        "CREATE VIEW e AS SELECT ev.*, day.date, b ->> '$.ticket' AS t, b ->> '$.window' AS w, "
        "COALESCE(NULLIF(b ->> '$.teller', ''), 'unknown') AS who FROM ev JOIN day ON n >= first AND n < next"
    )
    base.execute(
        "CREATE VIEW visit AS SELECT f.date, f.n, f.t, f.w, f.who, f.wall, "
        "COALESCE(f.b ->> '$.service_ms', 0) AS ms, COALESCE(f.b ->> '$.items', 1) AS items, "
        "COALESCE(f.b ->> '$.materials', 0) AS materials, f.b AS b "
        "FROM e f WHERE f.kind IN ('ticket.finished', 'ticket.passed_on')"
    )
    return base


def one(base: sqlite3.Connection, query: str, *values: Any) -> Any:
    return base.execute(query, values).fetchone()[0]


def rank(base: sqlite3.Connection, query: str, percent: int) -> float:
    """The nearest-rank percentile in seconds, found by SQL's window functions."""
    return float(
        one(
            base,
            f"SELECT MIN(ms) / 1000.0 FROM (SELECT ms, 100.0 * ROW_NUMBER() OVER (ORDER BY ms) / "
            f"COUNT(*) OVER () AS p FROM ({query})) WHERE p >= {percent} - 1e-9",
        )
    )


async def test_figures_equal_a_recount_of_the_export(busy: Hall, tmp_path: Path) -> None:
    answer = (await busy.get(f"figures/range?{RANGE}&by=teller", Role.AUDITOR)).json
    base = recount(tmp_path, tmp_path / "events.jsonl")
    total = answer["total"]
    assert answer["days"] == one(base, "SELECT COUNT(*) FROM day") == 2
    assert total["tickets"] == one(base, "SELECT COUNT(*) FROM e WHERE kind = 'ticket.issued'") == 70
    for field, query in {
        "served": "SELECT COUNT(*) FROM visit",
        "items": "SELECT SUM(items) FROM visit",
        "materials": "SELECT SUM(materials) FROM visit",
        "no_shows": "SELECT COUNT(*) FROM e WHERE kind = 'ticket.no_show'",
        "transfers": "SELECT COUNT(*) FROM e WHERE kind = 'ticket.transferred'",
        "holds": "SELECT COUNT(*) FROM e WHERE kind = 'ticket.held'",
    }.items():
        assert total[field] == one(base, query) > 0, field
    waits = (
        "SELECT COALESCE(b ->> '$.waited_ms', 0) AS ms FROM e "
        "WHERE kind = 'ticket.called' AND n IN (SELECT MIN(n) FROM e WHERE kind = 'ticket.called' GROUP BY t)"
    )
    for spread, query in (("wait", waits), ("service", "SELECT ms FROM visit")):
        counted = total[spread]
        assert counted["count"] == one(base, f"SELECT COUNT(*) FROM ({query})")
        assert counted["mean_s"] == pytest.approx(
            one(base, f"SELECT AVG(ms) / 1000 FROM ({query})"), abs=0.06
        )
        for percent in (50, 90, 95):
            assert counted[f"p{percent}_s"] == pytest.approx(rank(base, query, percent), abs=0.5)
    target = "SELECT AVG(ms <= 40 * 60000) FROM"
    assert total["wait"]["within"] == pytest.approx(one(base, f"{target} ({waits})"), abs=1e-4)

    slots = (
        "SELECT o.t, COALESCE(o.b ->> '$.item', 1) AS item, (SELECT COALESCE(r.b ->> '$.level', 0) FROM e r "
        "WHERE r.t = o.t AND COALESCE(r.b ->> '$.item', 1) = COALESCE(o.b ->> '$.item', 1) "
        "AND r.kind IN ('rating.given', 'rating.changed', 'rating.late', 'rating.missed') "
        "ORDER BY r.n DESC LIMIT 1) AS level FROM e o WHERE o.kind = 'rating.opened'"
    )
    good = f"SELECT 1.0 * SUM(level >= 3) / COUNT(*) FROM ({slots}) WHERE level IS NOT NULL"
    active = f"SELECT 1.0 * SUM(level >= 3) / COUNT(*) FROM ({slots}) WHERE level > 0"
    missed = f"SELECT 1.0 * SUM(level = 0) / COUNT(*) FROM ({slots}) WHERE level IS NOT NULL"
    assert total["ratings"]["good_rate"] == pytest.approx(one(base, good), abs=1e-4)
    assert total["ratings"]["active_good_rate"] == pytest.approx(one(base, active), abs=1e-4)
    assert total["ratings"]["missed_rate"] == pytest.approx(one(base, missed), abs=1e-4)

    rows = {row["key"]: row["figures"]["served"] for row in answer["rows"] if row["figures"]["served"]}
    assert rows == dict(base.execute("SELECT who, COUNT(*) FROM visit GROUP BY who"))
    for by, query in {
        "window": "SELECT w, COUNT(*) FROM visit GROUP BY w",
        "day": "SELECT date, COUNT(*) FROM visit GROUP BY date",
        "zone": "SELECT 'a', COUNT(*) FROM visit",
        "hour": "SELECT strftime('%H', wall / 1000 + 8 * 3600, 'unixepoch'), COUNT(*) FROM visit GROUP BY 1",
        "service": "SELECT value, COUNT(*) FROM visit, json_each(b, '$.services') GROUP BY value",
    }.items():
        table = (await busy.get(f"figures/range?{RANGE}&by={by}", Role.LEAD)).json
        got = {row["key"]: row["figures"]["served"] for row in table["rows"] if row["figures"]["served"]}
        assert got == dict(base.execute(query)), by
    heat = (await busy.get(f"figures/heat?{RANGE}", Role.LEAD)).json
    assert sum(cell["tickets"] for cell in heat) == 70
    assert {cell["weekday"] for cell in heat} == {1, 2}


async def test_a_day_of_the_range_is_the_day_counted_by_itself(busy: Hall) -> None:
    for date in DATES:
        whole = (await busy.get(f"figures/day?date={date}", Role.LEAD)).json["total"]
        kept = (await busy.get(f"figures/range?from={date}&to={date}", Role.LEAD)).json["total"]
        for spread in ("wait", "service"):
            for name in ("p50_s", "p90_s", "p95_s"):
                assert whole[spread].pop(name) == pytest.approx(kept[spread].pop(name), abs=0.5)
        assert whole == kept


async def test_it_is_current_and_can_be_made_anew(busy: Hall, tmp_path: Path) -> None:
    path = f"figures/range?{RANGE}&by=service"
    before = (await busy.get(path, Role.LEAD)).json
    await busy.ticket()
    after = (await busy.get(path, Role.LEAD)).json
    assert after["total"]["tickets"] == before["total"]["tickets"] + 1
    assert main(["figures", "rebuild", "--data", str(tmp_path)]) == 0
    assert (await busy.get(path, Role.LEAD)).json == after


async def test_files_for_spreadsheets(busy: Hall) -> None:
    answer = await busy.get(f"figures/range.csv?{RANGE}&by=service&language=zh-CN", Role.AUDITOR)
    assert answer.raw.startswith(b"\xef\xbb\xbf")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert f"kioskd-{DATES[0]}-{DATES[1]}-service.csv" in answer.headers["Content-Disposition"]
    heading, *rows = csv.reader(io.StringIO(answer.raw.decode("utf-8-sig")))
    assert heading[:4] == ["事项", "名称", "取号数", "服务人次"]
    json_rows = (await busy.get(f"figures/range?{RANGE}&by=service", Role.LEAD)).json
    assert [row[0] for row in rows] == [*(row["key"] for row in json_rows["rows"]), "合计"]
    assert rows[-1][2] == str(json_rows["total"]["tickets"])
    assert {row[1] for row in rows} >= {"养老待遇申领", "医疗费报销"}
    book = await busy.get(f"figures/range.xlsx?{RANGE}&by=teller&language=en", Role.ADMIN)
    with zipfile.ZipFile(io.BytesIO(book.raw)) as parts:
        assert parts.testzip() is None
        strings = parts.read("xl/sharedStrings.xml").decode()
    assert "Median wait (s)" in strings
    assert "李明" in strings
    exported = busy.journal.read(BEFORE_ALL, 10_000)
    assert sum(b'"figures.exported"' in event.body for event in exported) == 2


async def test_a_teller_sees_their_own_days_only(busy: Hall) -> None:
    add_person(busy, "li.ming", Role.TELLER, teller="li")
    async with Browser(busy) as browser:
        await browser.sign_in("li.ming")
        own = (await browser.get(f"figures/range?{RANGE}")).json
        tellers = (await busy.get(f"figures/range?{RANGE}&by=teller", Role.LEAD)).json["rows"]
        mine = next(row["figures"] for row in tellers if row["key"] == "li")
        assert own["total"] == mine
        assert [row["key"] for row in own["rows"]] == list(DATES)
        for path in (f"figures/range?{RANGE}&by=teller", f"figures/range?{RANGE}&by=service"):
            assert (await browser.get(path)).code == "own_days_only"
        for path in ("figures/anomalies", "figures/days", "figures/heat", "figures/range.csv"):
            assert (await browser.get(f"{path}?{RANGE}")).code == "not_allowed", path


async def test_a_day_is_signed_and_what_changed_afterwards_shows(busy: Hall) -> None:
    async def journal() -> Any:
        return (await busy.get(f"figures/days?{RANGE}", Role.AUDITOR)).json

    first, second = await journal()
    assert (first["date"], first["closed"], second["closed"]) == (*DATES[:1], True, False)
    numbers = {name: second[name] for name in ("served", "items", "materials", "scans")}
    path = f"figures/days/{DATES[1]}/sign"
    wrong = await busy.post(path, {**numbers, "items": numbers["items"] + 1}, Role.LEAD)
    assert (wrong.status, wrong.code) == (409, "figures_changed")
    assert (await busy.post("figures/days/2020-01-01/sign", numbers, Role.LEAD)).code in (
        "no_figures",
        "bad_dates",
    )
    for _ in range(2):
        signed = await busy.post(path, {**numbers, "attitude": "well"}, Role.LEAD, key="same")
        assert signed.status == 204, signed.raw
    line = (await journal())[1]
    assert (len(line["signatures"]), line["changed"]) == (1, False)
    assert line["signatures"][0]["attitude"] == "well"
    await busy.ticket()
    assert (await busy.post("windows/1/call-next", {}, Role.TELLER)).status == 200
    await busy.post("windows/1/start", {}, Role.TELLER)
    await busy.post("windows/1/finish", {"items": 2}, Role.TELLER)
    line = (await journal())[1]
    assert line["changed"] is True
    assert line["signatures"][0]["served"] == numbers["served"]
    numbers = {name: line[name] for name in numbers}
    assert (await busy.post(path, {**numbers, "note": "补办一件"}, Role.LEAD)).status == 204
    line = (await journal())[1]
    assert (len(line["signatures"]), line["changed"]) == (2, False)
    assert line["signatures"][1]["note"] == "补办一件"


async def test_anomalies_are_pointed_out(busy: Hall) -> None:
    found = (await busy.get(f"figures/anomalies?{RANGE}", Role.AUDITOR)).json
    kinds = {row["anomaly"]["kind"] for row in found}
    assert "zero_service" in kinds  # services of a second and a half
    assert all(row["anomaly"]["value"] < 3 for row in found if row["anomaly"]["kind"] == "zero_service")


async def test_dates_that_make_no_range(hall: Hall) -> None:
    for first, last in (
        ("2026-03-10", "2026-03-09"),
        ("2020-01-01", "2026-01-01"),
    ):
        assert (await hall.get(f"figures/range?from={first}&to={last}", Role.LEAD)).code == "bad_dates"
    for day in ("2026-02-30", "0000-00-00", "2026-3-1", "20260301", "yesterday"):
        for path in (
            f"figures/day?date={day}",
            f"figures/range?from={day}&to=2026-03-09",
            f"stories?date={day}",
        ):
            answer = await hall.get(path, Role.LEAD)
            assert (answer.status, answer.code) == (400, "query_invalid"), path
            assert answer.json["params"]["reason"] == "no_date"
    empty = (await hall.get("figures/range?from=2020-01-01&to=2020-01-02", Role.LEAD)).json
    assert (empty["days"], empty["rows"], empty["total"]["wait"]["p50_s"]) == (0, [], None)


async def test_a_database_that_cannot_be_read_is_made_anew(tmp_path: Path, time: Time) -> None:
    (tmp_path / "figures.db").write_bytes(b"no database at all" * 100)
    async with running(tmp_path, time) as hall:
        await hall.ticket()
        answer = (await hall.get(f"figures/range?{RANGE}", Role.LEAD)).json
        assert answer["total"]["tickets"] == 1
        assert (tmp_path / DATABASE_NAME).exists()
