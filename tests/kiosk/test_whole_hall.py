"""The real kiosk and a real hub: every way in, from the first touch to what the hub knows afterwards."""

from __future__ import annotations

import re
from typing import Any

from tests.demo.hall import DemoHall
from tests.kiosk.process import Kiosk, kiosk, number, numbered
from ui.kiosk.model.kiosk import PRINT_S


async def ticket(hall: DemoHall, name: str) -> Any:
    status, body = await hall.ask("lead", "GET", f"/api/v1/tickets/{name}")
    assert status == 200, body
    return body


async def test_every_way_in(hall: DemoHall) -> None:
    async with kiosk(hall, "--size", "1080x1920", timed=False) as screen:
        await a_service_is_found_by_letters(hall, screen)
        await one_s_own_number(hall, screen)
        await a_slip_is_scanned(hall, screen)
        await a_guide_helps(hall, screen)
        await a_ticket_by_three_keys_and_ears_alone(hall, screen)
        await staff_look_after_the_printer(hall, screen)


async def a_service_is_found_by_letters(hall: DemoHall, screen: Kiosk) -> None:
    await screen.touch("Open(what='search')")
    await screen.shows("企业职工基本养老保险参保登记")
    await screen.type("ZCTX")
    await screen.until(lambda seen: sum("Show(" in one["action"] for one in seen["targets"]) == 1)
    await screen.touch("Show(service='YL-003')")
    seen = await screen.shows("有效身份证件")
    assert "正常退休待遇申领" in seen["texts"]
    assert "15 个工作日内" in seen["texts"]
    assert any(re.search(r"\d、\d 号窗口", text) for text in seen["texts"]), seen["texts"]
    await screen.touch("Pick()", "AddService()")
    await screen.type("SBK")
    await screen.touch("Show(service='SK-001'", "Pick()")
    await screen.until(lambda seen: sum("Drop(" in one["action"] for one in seen["targets"]) == 2)
    await screen.touch("Take()")
    taken = await ticket(hall, number(await screen.shows("请取走纸票")))
    assert taken["services"][0] == "YL-003"
    assert len(taken["services"]) == 2
    await screen.touch("GoHome()")


async def one_s_own_number(hall: DemoHall, screen: Kiosk) -> None:
    _, issued = await hall.ask("guide", "POST", "/api/v1/tickets", {"queue": "general"})
    _, other = await hall.ask("guide", "POST", "/api/v1/tickets", {"queue": "general"})
    # While a first slip is on its way nobody gets a second one.
    await hall.until(f"/api/v1/tickets/{issued['id']}", lambda body: body["print"]["state"] == "done", 60)
    await screen.touch("Open(what='mine')")
    await screen.type(issued["number"])
    await screen.touch("Enter()")
    seen = await screen.at("Mine")
    assert not any("Do(" in one["action"] for one in seen["targets"]), "a number alone shows the place only"
    await screen.touch("ShowCheck()")
    await screen.type(other["check"] if other["check"] != issued["check"] else "0000")
    await screen.touch("Enter()")
    await screen.shows("核对码不对")
    await screen.touch("GoBack()")
    await screen.type(issued["check"])
    await screen.touch("Enter()", "Do(what='reprint')")
    await screen.shows("请取走纸票")
    assert (await ticket(hall, issued["id"]))["print"]["state"] == "done"
    await screen.touch("GoHome()", "Open(what='mine')")
    await screen.type(issued["number"])
    await screen.touch("Enter()", "ShowCheck()")
    await screen.type(issued["check"])
    await screen.touch("Enter()", "Do(what='cancel')", "ReallyCancel()")
    await screen.shows("已取消")
    assert (await ticket(hall, issued["id"]))["state"] == "cancelled"
    await screen.touch("GoHome()")


async def a_slip_is_scanned(hall: DemoHall, screen: Kiosk) -> None:
    _, issued = await hall.ask("guide", "POST", "/api/v1/tickets", {"queue": "card"})
    await screen.at("Home")
    await screen.scan(issued["code"])
    await screen.shows(issued["number"])
    await screen.touch("Do(what='cancel')", "ReallyCancel()")
    await screen.shows("已取消")
    assert (await ticket(hall, issued["id"]))["state"] == "cancelled"
    await screen.touch("GoHome()")


async def a_guide_helps(hall: DemoHall, screen: Kiosk) -> None:
    await screen.at("Home")
    await screen.scan("GONGHAO-0001")
    await screen.shows("导办协助：导办台")
    # Four at once: whoever stands beside the guide is no burst.
    for _ in range(4):
        await screen.touch("Choose(queue='general')", "Take()")
        given = number(await screen.until(numbered))
        assert (await ticket(hall, given))["assisted_by"] == "g01"
        await screen.wait(PRINT_S)
        await screen.touch("GoHome()")
    await screen.touch("EndHelp()")
    await screen.until(lambda seen: seen["helper"] is None)


async def a_ticket_by_three_keys_and_ears_alone(hall: DemoHall, screen: Kiosk) -> None:
    """Nothing is looked at but what was said."""
    await screen.at("Home")

    async def hear(wanted: str) -> str:
        """Press next until a choice is said that is wanted."""
        for _ in range(40):
            said = (await screen.do("key", "tab"))["spoken"]
            seen = await screen.until(lambda seen, said=said: bool(seen["spoken"]) and seen["calm"])  # type: ignore[misc]
            if wanted in seen["spoken"][-1]:
                return str(seen["spoken"][-1])
        raise AssertionError(seen["spoken"])

    await hear("社保卡，")
    await screen.do("key", "return")
    confirm = await screen.until(lambda seen: seen["spoken"][-1].startswith("请确认"))
    assert "社保卡" in confirm["spoken"][-1]
    await hear("取号")
    await screen.do("key", "return")
    told = await screen.until(lambda seen: "您的号码" in seen["spoken"][-1])
    said = told["spoken"][-1]
    given = re.search(r"您的号码 ([A-Z]\d{3})", said)
    assert given is not None, said
    assert (await ticket(hall, given[1]))["queue"] == "card"
    done = await screen.until(lambda seen: "请取走纸票" in seen["spoken"][-1])
    assert "等候叫号" in done["spoken"][-1]
    assert done["caption"] == done["spoken"][-1], "who cannot hear reads the same"
    await screen.do("key", "escape")
    seen = await screen.at("Home")
    assert seen["caption"] == ""


async def staff_look_after_the_printer(hall: DemoHall, screen: Kiosk) -> None:
    await screen.let_in("0000")
    await screen.shows("密码不对")
    await screen.touch("GoBack()")
    await screen.type("13579")
    await screen.touch("Enter()", "Work(what='new_roll', device='printer')")
    # Once the slip is out it is asked by itself whether it is clear; nobody touches 刷新.
    await screen.until(lambda seen: any("Work(what='clear'" in one["action"] for one in seen["targets"]))
    await screen.touch("Work(what='clear', device='printer')")
    await screen.touch("Work(what='test', device='printer')")
    await screen.until(lambda seen: seen["calm"])
    # Whoever looks after the process starts it anew.
    assert await screen.ends("Restart()") == 0
