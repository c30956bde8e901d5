"""Upgrades and their way back, with real halls: nothing acknowledged is lost, the hall runs afterwards."""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path

import pytest

from kioskd.access.roles import Role
from kioskd.access.tokens import FILE_NAME, TokenStore
from kioskd.install.layout import Layout
from kioskd.install.switch import SwitchError, point, record, roll_back, upgrade
from tests.install.conftest import BLIND, DEAD, DEAF, PICKY, Processes, make_release

pytestmark = pytest.mark.on_disk

PATIENCE_S = 60.0


def token_of(layout: Layout) -> str:
    store = TokenStore.open(layout.data / FILE_NAME)
    try:
        return store.add(Role.KIOSK, "kiosk")[1]
    finally:
        store.close()


def take(services: Processes, token: str, key: str) -> str:
    """Take a number."""
    request = urllib.request.Request(
        f"{services.url}api/v1/tickets",
        data=b'{"queue":"general"}',
        headers={
            "Authorization": f"Bearer {token}",
            "Idempotency-Key": key,
            "Content-Type": "application/json",
        },
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        number: str = json.load(answer)["number"]
        return number


@pytest.fixture
def token(layout: Layout, services: Processes) -> str:
    """Release 1 runs; a kiosk's token."""
    token = token_of(layout)
    point(layout, "1.0.0")
    services.start(["hub"])
    assert services.well(["hub"], PATIENCE_S) == ""
    return token


def test_an_upgrade_and_the_way_back_keep_every_number(
    layout: Layout, services: Processes, token: str
) -> None:
    assert take(services, token, "a") == "A001"
    make_release(layout.release("1.1.0"), "1.1.0")
    done = upgrade(layout, "1.1.0", services, PATIENCE_S)
    assert (done.outcome, done.before, done.after) == ("done", "1.0.0", "1.1.0")
    assert layout.version() == "1.1.0"
    assert Path(done.copy).stat().st_size > 0
    # What was taken before the upgrade and its repeat are one, and the next number follows.
    assert take(services, token, "a") == "A001"
    assert take(services, token, "b") == "A002"
    back = roll_back(layout, services, patience_s=PATIENCE_S)
    assert (back.outcome, layout.version()) == ("done", "1.0.0")
    assert take(services, token, "b") == "A002"
    assert take(services, token, "c") == "A003"
    assert [step.outcome for step in record(layout)] == ["done", "done"]


@pytest.mark.parametrize("program", [DEAD, DEAF], ids=["ends at once", "never ready"])
def test_a_release_that_does_not_come_up_gives_way_to_the_old_one(
    layout: Layout, services: Processes, token: str, program: str
) -> None:
    assert take(services, token, "a") == "A001"
    make_release(layout.release("1.1.0"), "1.1.0", program)
    step = upgrade(layout, "1.1.0", services, patience_s=3.0 if program == DEAF else PATIENCE_S)
    assert step.outcome == "returned"
    assert step.why
    assert layout.version() == "1.0.0"
    assert services.well(["hub"], PATIENCE_S) == ""
    assert take(services, token, "b") == "A002"


@pytest.mark.parametrize(("program", "code"), [(PICKY, "settings_refused"), (BLIND, "journal_refused")])
def test_what_cannot_read_this_hall_is_never_started(
    layout: Layout, services: Processes, token: str, program: str, code: str
) -> None:
    assert take(services, token, "a") == "A001"
    make_release(layout.release("1.1.0"), "1.1.0", program)
    told = list(services.told)
    with pytest.raises(SwitchError) as refused:
        upgrade(layout, "1.1.0", services)
    assert refused.value.code == code
    assert services.told == told  # nothing was stopped
    assert layout.version() == "1.0.0"
    assert not list(layout.before.glob("*.db"))
    assert take(services, token, "b") == "A002"


class Cut(BaseException):
    """The power goes."""


@pytest.mark.parametrize("at", ["stop", "start"])
def test_power_gone_in_mid_switch_leaves_a_release_that_starts(
    layout: Layout, services: Processes, token: str, at: str
) -> None:
    assert take(services, token, "a") == "A001"
    make_release(layout.release("1.1.0"), "1.1.0")

    class Cutting(Processes):
        def __getattribute__(self, name: str) -> object:
            if name == at:
                raise Cut
            return super().__getattribute__(name)

    cutting = Cutting(layout)
    if at == "start":
        cutting.running = services.running
        services.running = None
    with pytest.raises(Cut):
        upgrade(layout, "1.1.0", cutting)
    assert record(layout)[-1].outcome == "begun"
    services.stop(["hub"])
    services.start(["hub"])  # the PC starts again
    assert services.well(["hub"], PATIENCE_S) == ""
    assert layout.version() == ("1.0.0" if at == "stop" else "1.1.0")
    assert take(services, token, "b") == "A002"


def test_no_way_back_is_said(layout: Layout, services: Processes) -> None:
    point(layout, "1.0.0")
    with pytest.raises(SwitchError, match="nothing_before"):
        roll_back(layout, services)
    with pytest.raises(SwitchError, match="not_here"):
        roll_back(layout, services, to="0.9.0")
    with pytest.raises(SwitchError, match="same"):
        upgrade(layout, "1.0.0", services)
