"""一次性告知单 and 受理回执: from the page's request to paper, once, whatever happens."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from drivers.office_printer.ipp.driver import IppPrinter
from drivers.office_printer.ipp.simulator import SimulatedQueue
from kioskd.access.roles import Role
from kioskd.documents.office import OfficePrinting, printer_of
from kioskd.documents.settings import OfficePrinterSettings
from kioskd.hall.rules import Material, Promise, PromiseKind, Rules
from kioskd.hub.notices import NoticeComposer
from kioskd.settings.check_catalogue import read_layouts
from kioskd.settings.problems import Problem
from tests.web.conftest import Hall, Time, running
from tests.web.rules import name, open_hall

LAYOUTS = Path(__file__).parents[2] / "config" / "layouts"


def hall_with_papers() -> Rules:
    rules = open_hall()
    first, *rest = rules.services
    papers = (
        Material(name=name("身份证", "Identity card")),
        Material(name=name("申请表", "Application form"), copies=2),
    )
    first = structs.replace(first, materials=papers, promise=Promise(kind=PromiseKind.LIMITED, days=5))
    return structs.replace(rules, services=(first, *rest))


def layouts() -> Any:
    problems: list[Problem] = []
    found = read_layouts(LAYOUTS, problems, None, {})  # type: ignore[arg-type]
    assert problems == []
    return found


@contextlib.asynccontextmanager
async def printing(folder: Path, queue: SimulatedQueue) -> AsyncIterator[Hall]:
    """A hub with an office printer."""
    async with running(folder, Time(), rules=hall_with_papers()) as hall:
        site = hall.site
        assert site.documents is not None
        site.notices = NoticeComposer(layouts())
        site.office_printers = (OfficePrinterSettings(id="office", url=queue.url),)
        printers = {"office": IppPrinter(queue.url, look_s=0.01, printed_s=20)}
        office = OfficePrinting(hall.desk, site.notices, site.documents.workers, printers)
        hall.desk.follow(office)
        task = asyncio.create_task(office.run())
        try:
            yield hall
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
async def queue() -> AsyncIterator[SimulatedQueue]:
    async with SimulatedQueue() as queue:
        yield queue


async def called(hall: Hall) -> Any:
    await hall.login()
    service = hall_with_papers().services[0]
    ticket = await hall.ticket()
    assert (await hall.post("windows/1/call-next", {}, Role.TELLER)).status == 200
    answer = await hall.post(f"tickets/{ticket['id']}/services", {"services": [service.code]}, Role.TELLER)
    assert answer.status == 200, answer.raw
    return ticket


async def settled(hall: Hall) -> Any:
    """Wait until the last notice has an outcome."""
    async with asyncio.timeout(60):
        while True:
            shown = (await hall.get("windows/1/notices", Role.TELLER)).json
            if shown["notices"] and shown["notices"][-1]["state"] != "asked":
                return shown["notices"][-1]
            await asyncio.sleep(0.02)


async def test_a_notice_comes_out_of_the_office_printer_once(tmp_path: Path, queue: SimulatedQueue) -> None:
    async with printing(tmp_path, queue) as hall:
        ticket = await called(hall)
        body = {"ticket": ticket["id"], "paper": "notice", "missing": ["申请表"]}
        answer = await hall.post("windows/1/notices", body, Role.TELLER, key="one")
        assert answer.status == 202, answer.raw
        assert answer.json["printer"] == "office"
        assert (await hall.post("windows/1/notices", body, Role.TELLER, key="one")).raw == answer.raw
        assert (await settled(hall))["state"] == "done"
        (job,) = queue.jobs
        assert job.pdf.startswith(b"%PDF-1.7")
        assert job.name == f"{ticket['number']} notice"


async def test_the_office_printer_is_away(tmp_path: Path, queue: SimulatedQueue) -> None:
    async with printing(tmp_path, queue) as hall:
        await called(hall)
        queue.accepts = False
        await hall.post("windows/1/notices", {"paper": "receipt"}, Role.TELLER)
        notice = await settled(hall)
        assert (notice["state"], notice["code"]) == ("failed", "printer.refused")
        assert notice["sentence"]
        queue.accepts = True
        await hall.post("windows/1/notices", {"paper": "receipt"}, Role.TELLER)
        async with asyncio.timeout(60):
            await queue.taken.wait()


async def test_asked_for_when_the_hub_died_is_in_doubt(tmp_path: Path, queue: SimulatedQueue) -> None:
    async with running(tmp_path, Time(), rules=hall_with_papers()) as hall:
        hall.site.notices = NoticeComposer(layouts())
        hall.site.office_printers = (OfficePrinterSettings(id="office", url=queue.url),)
        await called(hall)
        assert (await hall.post("windows/1/notices", {"paper": "receipt"}, Role.TELLER)).status == 202
    async with printing(tmp_path, queue) as hall:
        notice = await settled(hall)
        assert (notice["state"], notice["code"]) == ("unknown", "printer.restarted")
        assert queue.jobs == []


async def test_what_is_refused(tmp_path: Path, queue: SimulatedQueue) -> None:
    async with printing(tmp_path, queue) as hall:
        answer = await hall.post("windows/1/notices", {"paper": "receipt"}, Role.TELLER)
        assert answer.code == "window_empty"
        await hall.login()
        await hall.ticket()
        await hall.post("windows/1/call-next", {}, Role.TELLER)
        answer = await hall.post("windows/1/notices", {"paper": "receipt"}, Role.TELLER)
        assert answer.code == "no_service"
        await hall.post("windows/1/finish", {}, Role.TELLER)
        await called(hall)
        answer = await hall.post("windows/1/notices", {"paper": "notice"}, Role.TELLER)
        assert answer.code == "nothing_missing"
        body = {"paper": "notice", "missing": ["户口本"]}
        assert (await hall.post("windows/1/notices", body, Role.TELLER)).code == "bad_value"
        for _ in range(20):
            await hall.post("windows/1/notices", {"paper": "receipt"}, Role.TELLER)
        answer = await hall.post("windows/1/notices", {"paper": "receipt"}, Role.TELLER)
        assert answer.code == "too_many_notices"


async def test_without_any_printer_it_is_refused(tmp_path: Path) -> None:
    async with running(tmp_path, Time(), rules=hall_with_papers()) as hall:
        hall.site.notices = NoticeComposer(layouts())
        await called(hall)
        assert (await hall.get("windows/1/notices", Role.TELLER)).json.get("printer", "") == ""
        answer = await hall.post("windows/1/notices", {"paper": "receipt"}, Role.TELLER)
        assert answer.code == "no_printer"


async def test_what_stands_on_it(tmp_path: Path, queue: SimulatedQueue) -> None:
    async with printing(tmp_path, queue) as hall:
        ticket = await called(hall)
        await hall.post("windows/1/case", {"project_no": "BJ-7"}, Role.TELLER)
        body = {"paper": "notice", "missing": ["身份证", "申请表"]}
        await hall.post("windows/1/notices", body, Role.TELLER)

        def said(state: Any) -> list[str]:
            known = state.tickets[ticket["id"]]
            slip = NoticeComposer(layouts()).slip(state, known, known.notices[0], 1_773_000_000_000)
            return [" ".join(str(v) for v in structs.asdict(one).values()) for one in slip.elements]

        _, lines = await hall.desk.read(said)
        text = "\n".join(lines)
        for words in (
            "一次性告知单",
            ticket["number"],
            "BJ-7",
            "1. 身份证",
            "2. 申请表（2 份）",
            "5 个工作日内",
        ):
            assert words in text, words


def test_the_printer_of_a_window() -> None:
    one = OfficePrinterSettings(id="a", url="ipp://h/printers/a", windows=("3", "4"))
    rest = OfficePrinterSettings(id="b", url="ipp://h/printers/b")
    assert [printer_of(window, (one, rest)) for window in ("3", "5")] == ["a", "b"]
    assert printer_of("5", (one,)) == ""
