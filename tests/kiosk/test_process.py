"""The real kiosk process against a real hub with its devices on real lines."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.demo.hall import DemoHall
from tests.kiosk.process import ENVIRONMENT, SHOWN_S, kiosk, number


async def test_a_ticket_in_two_touches_and_a_hub_that_dies_and_returns(tmp_path: Path) -> None:
    with DemoHall(tmp_path / "hall") as hall:
        port = hall.port
        async with kiosk(hall, "--size", "1080x1920", timed=False) as screen:
            await screen.touch("Choose(queue='general')")
            await screen.touch("Take()")
            seen = await screen.shows("请取走纸票")
            given = number(seen)
            assert seen["screen"] == "Number"
            _, ticket = await hall.ask("lead", "GET", f"/api/v1/tickets/{given}")
            assert ticket["print"]["state"] == "done"
            assert ticket["state"] == "waiting"
            await screen.touch("GoHome()")
            # The hall's own events bring the new count to the button.
            await screen.shows("前面 1 人")

            # Nothing is drawn while nothing changes.
            before = await screen.until(lambda seen: seen["screen"] == "Home" and seen["calm"])
            assert (await screen.do("look"))["frames"] == before["frames"]

            # Priority and English go with the ticket.
            await screen.touch("SwitchLanguage()")
            await screen.shows("What are you here for?")
            await screen.touch("Choose(queue='card')")
            await screen.touch("Claim(priority='elderly')")
            await screen.touch("Take()")
            seen = await screen.shows("Please take your slip")
            assert "Please show your card at the window" in seen["texts"]
            given = number(seen)
            _, ticket = await hall.ask("lead", "GET", f"/api/v1/tickets/{given}")
            assert (ticket["language"], ticket["priority"]) == ("en", "elderly")
            await screen.touch("GoHome()")
            await screen.shows("请选择要办理的业务")

            hall.end(signal.SIGKILL)
            await screen.do("speed", 1)
            seen = await screen.shows("取号服务正在恢复")
            assert seen["targets"] == []
            with DemoHall(tmp_path / "hall", port=port) as again:
                await screen.shows("请选择要办理的业务")
                await screen.touch("Choose(queue='general')")
                await screen.touch("Take()")
                await screen.shows("请取走纸票")
                assert again.port == port


async def at_the_printer(hall: DemoHall, act: str) -> None:
    status, said = await hall.ask("lead", "POST", "/virtual/act", {"device": "printer", "act": act})
    assert status < 300, said


async def printer_code(hall: DemoHall, *wanted: str) -> None:
    """Wait until the hub knows how the printer is."""
    await hall.until(
        "/api/v1/devices",
        lambda body: next(one for one in body if one["id"] == "printer")["status"].get("code", "") in wanted,
        60,
    )


async def test_without_a_slip_the_number_is_to_be_noted_down_and_why_is_said(hall: DemoHall) -> None:
    async with kiosk(hall, "--size", "1366x768", "--large") as screen:
        await screen.shows("请选择要办理的业务")
        for act, code, undo, text in (
            ("unplug", "line.lost", "plug", "请记下号码"),
            ("empty", "printer.paper_out", "refill", "纸票用完了"),
            ("jam", "printer.jammed", "clear_jam", "纸票卡住了"),
        ):
            await at_the_printer(hall, act)
            await printer_code(hall, code, "printer.cutter", "printer.error")
            await screen.touch("Choose(queue='enterprise')")
            await screen.touch("People(by=10)")
            await screen.shows("11 人")
            await screen.touch("Take()")
            seen = await screen.shows(text)
            assert f"请记下号码 {number(seen)}" in "".join(seen["texts"]).replace("号码A", "号码 A")
            _, ticket = await hall.ask("lead", "GET", f"/api/v1/tickets/{number(seen)}")
            assert (ticket["headcount"], ticket["large_print"]) == (11, True)
            await at_the_printer(hall, undo)
            await printer_code(hall, "", "printer.paper_low")
            await screen.touch("GoHome()")


def test_what_cannot_start_says_so(tmp_path: Path) -> None:
    token, good = tmp_path / "token", tmp_path / "good"
    good.write_text("secret")
    run = [sys.executable, "-m", "kioskd", "kiosk", "--hub"]
    for arguments, text in (
        (["http://127.0.0.1:1", "--token-file", str(token)], "token"),
        (["127.0.0.1:1", "--token-file", str(good)], "--hub"),
        (["http://127.0.0.1:1", "--token-file", str(token), "--size", "20x30"], "1080x1920"),
    ):
        done = subprocess.run([*run, *arguments], capture_output=True, text=True, env=ENVIRONMENT, timeout=60)
        assert done.returncode == 2
        assert text in done.stderr
        assert "Traceback" not in done.stderr


@pytest.mark.parametrize("number_", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_when_asked_even_without_a_hub(tmp_path: Path, number_: signal.Signals) -> None:
    token = tmp_path / "token"
    token.write_text("secret")
    process = subprocess.Popen(
        [sys.executable, "-m", "kioskd", "kiosk", "--hub", "http://127.0.0.1:1", "--token-file", str(token)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=ENVIRONMENT,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "kiosk ready\n"
        process.send_signal(number_)
        _, said = process.communicate(timeout=SHOWN_S)
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()
    assert process.returncode == 0
    assert "secret" not in said
    assert "Traceback" not in said
