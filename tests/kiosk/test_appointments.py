"""Appointments at a real kiosk: its process, a real hub and its register."""

from __future__ import annotations

from pathlib import Path

from kioskd.access.roles import Role
from kioskd.hall.commands import BookAppointment, By, CancelAppointment
from kioskd.hub.answers import Done
from kioskd.hub.appointments import appointment_digest, new_code
from tests.kiosk.process import At, kiosk, number
from tests.web.conftest import Hall, Time, running
from ui.kiosk.model.kiosk import PRINT_S

CITY = By(kind="system", id="central", role="central", via="sync")
TODAY, TOMORROW = "2026-03-09", "2026-03-10"


async def book(hall: Hall, n: int, date: str = TODAY, start: str = "08:10", end: str = "08:30") -> str:
    code = new_code(31**5 * n + 7)
    digest = appointment_digest(code)
    command = BookAppointment(
        by=CITY, id=f"a_{n}", code=digest, queue="general", date=date, start=start, end=end
    )
    assert isinstance(await hall.desk.submit(command), Done)
    return code


async def test_a_code_gives_its_number_or_says_what_to_do(tmp_path: Path) -> None:
    time = Time()
    async with running(tmp_path / "hub", time) as hall:
        due = await book(hall, 1)
        later = await book(hall, 2, start="15:00", end="15:20")
        tomorrow = await book(hall, 3, date=TOMORROW)
        given_back = await book(hall, 4)
        assert isinstance(await hall.desk.submit(CancelAppointment(by=CITY, id="a_4")), Done)
        missed = await book(hall, 5)
        at = At(hall.url, tmp_path, {"kiosk": hall.tokens[Role.KIOSK]})
        async with kiosk(at, "--size", "1366x768", timed=False) as screen:
            await screen.shows("请选择要办理的业务")

            # Scanned off a phone: no touch is needed.
            await screen.scan(due)
            seen = await screen.shows("预约 08:10–08:30，已签到")
            taken = number(seen)
            ticket = (await hall.get(f"tickets/{taken}", Role.LEAD)).json
            assert (ticket["state"], ticket["appointment"]) == ("waiting", "a_1")
            # There is no printer here.
            await screen.wait(PRINT_S)
            await screen.touch("GoHome()")

            # A second time it leads to that number.
            await screen.at("Home")
            await screen.scan(due)
            await screen.shows("这个预约已取过号")
            await screen.shows(f"您的号码是 {taken}，请按号等候叫号。")
            await screen.touch("Instead()")
            await screen.at("Mine")
            await screen.shows(taken)
            await screen.touch("GoHome()")

            # Typed on the screen, with a slip of the finger that can be put right.
            plain = later.replace("-", "")
            wrong = plain[:-1] + ("2" if plain[-1] != "2" else "3")
            await screen.touch("Open(what='appointment')")
            await screen.type(wrong)
            await screen.touch("Enter()")
            await screen.shows("预约码不对")
            await screen.touch("GoBack()", "Erase(all=False)")
            await screen.type(plain[-1])
            await screen.shows(later)
            await screen.touch("Enter()")
            await screen.shows("还没到预约时间")
            assert "14:45 起可以在这里取号" in " ".join((await screen.do("look"))["texts"])

            # A scan is read without going home first.
            await screen.scan(tomorrow)
            await screen.shows("不是今天的预约")
            assert "3月10日 星期二 08:10–08:30" in " ".join((await screen.do("look"))["texts"])
            await screen.scan(new_code(12345))
            await screen.shows("没有找到这个预约")
            await screen.scan(given_back)
            await screen.shows("这个预约已取消")

            # Too late there is an ordinary number instead.
            time.ms += 3600_000
            await screen.scan(missed)
            await screen.shows("预约时间已过")
            await screen.touch("Instead()", "Take()")
            await screen.comes_to("Printing")
            await screen.wait(PRINT_S)
            late = number(await screen.shows("请记下号码"))
            ticket = (await hall.get(f"tickets/{late}", Role.LEAD)).json
            assert (ticket["queue"], ticket.get("appointment")) == ("general", None)
