"""What people ask of devices and PCs while they wait: test it, show a picture, say how you are."""

from __future__ import annotations

from collections.abc import Callable

from kioskd.hall.commands import By
from kioskd.hub.asked import Asked
from kioskd.hub.desk import Desk
from kioskd.hub.pictures import NoPictureError, Picture, Pictures
from kioskd.hub.reported import rebinding
from kioskd.station.messages import (
    AskView,
    NewUnit,
    PicturePart,
    Rebind,
    Rebound,
    TakePicture,
    Test,
    TestLevel,
    TestReport,
    ToStation,
    ViewReport,
)
from kioskd.station.views import StationView

TEST_TIMEOUT_S = 20.0
VIEW_TIMEOUT_S = 4.0

Deliver = Callable[[ToStation], None]


class Asking:
    """Questions to stations and their answers. Nothing asked here outlives the one who asks."""

    def __init__(
        self, desk: Desk, station_of: Callable[[str], str], way_to: Callable[[str], Deliver | None]
    ) -> None:
        """``station_of`` names a device's station, ``way_to`` delivers to a station, None while it is away;
        both raise KeyError for what was never there.
        """
        self._desk = desk
        self._station_of = station_of
        self._way_to = way_to
        self._tests = Asked[TestReport]()
        self._rebinds = Asked[Rebound]()
        self._views = Asked[StationView]()
        self._pictures = Pictures()

    def new_unit(self, device: str) -> bool:
        """Tell a device's station that another unit stands there; False when it is away.

        KeyError when there is no such device.
        """
        deliver = self._way_to(self._station_of(device))
        if deliver is None:
            return False
        deliver(NewUnit(device=device))
        return True

    async def rebind(self, device: str, by: By, code: str, *, undo: bool) -> Rebound:
        """Say which number is shown at a lost device's new place, or take a rebinding back.

        KeyError when there is no such device; the answer's ``code`` says why nothing was done.
        """
        deliver = self._way_to(self._station_of(device))
        if deliver is None:
            return Rebound(request="", code="station.away")
        done = await self._rebinds.ask(
            lambda request: deliver(Rebind(request=request, device=device, code=code, undo=undo)),
            TEST_TIMEOUT_S,
        )
        if done is None:
            return Rebound(request="", code="device.silent")
        if not done.code:
            await self._desk.submit(rebinding(done, by))
        return done

    async def picture(self, device: str, *, full: bool) -> Picture:
        """Return what a document camera sees. Raises `NoPictureError`; KeyError for no such device."""
        station = self._station_of(device)
        deliver = self._way_to(station)
        if deliver is None:
            raise NoPictureError("station.away")
        return await self._pictures.take(
            station, lambda request: deliver(TakePicture(request=request, device=device, full=full))
        )

    async def test(self, device: str, level: TestLevel = TestLevel.EXTERNAL) -> TestReport:
        """Check a device. KeyError when there is no such device."""
        deliver = self._way_to(self._station_of(device))
        if deliver is None:
            return TestReport(test="", code="station.away")
        done = await self._tests.ask(
            lambda test: deliver(Test(test=test, device=device, level=level)), TEST_TIMEOUT_S
        )
        return done or TestReport(test="", code="device.silent")

    async def view(self, station: str, device: str = "") -> StationView | None:
        """Return a station as it sees itself, with the last bytes of one of its devices.

        None when it is away or says nothing (one of an earlier version does not know the question).
        KeyError when there is no such station.
        """
        deliver = self._way_to(station)
        if deliver is None:
            return None
        return await self._views.ask(
            lambda request: deliver(AskView(request=request, device=device)), VIEW_TIMEOUT_S
        )

    def answered(self, station: str, message: TestReport | PicturePart | ViewReport) -> None:
        """Take a station's answer; what nobody waits for any more is dropped."""
        match message:
            case TestReport():
                self._tests.answered(message.test, message)
            case PicturePart():
                self._pictures.received(station, message)
            case ViewReport():
                if message.view.station == station:
                    self._views.answered(message.request, message.view)

    def rebound(self, message: Rebound) -> bool:
        """Take what became of a rebinding; False when nobody here asked for it."""
        return self._rebinds.answered(message.request, message)
