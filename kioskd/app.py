"""The composition root: the only place that builds a whole hub, or a whole station, and ends it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from functools import partial
from importlib.resources import files
from pathlib import Path

import structlog
from aiohttp import web
from msgspec import structs

from kioskd.access.accounts import Accounts
from kioskd.access.pairing import Pairing
from kioskd.access.tokens import FILE_NAME, TokenStore
from kioskd.alerts_out.sink import Sink
from kioskd.backup.keeper import Keeper
from kioskd.documents.archive.build import Central
from kioskd.documents.desk import Documents
from kioskd.documents.office import OfficePrinting, build_printers
from kioskd.documents.upkeep import Upkeep
from kioskd.hall.commands import ApplySettings, Tick
from kioskd.hall.refusal import Refusal
from kioskd.hub.announcer import Announcer
from kioskd.hub.clock import Clock, boot_id
from kioskd.hub.desk import SYSTEM, Desk
from kioskd.hub.notices import NoticeComposer
from kioskd.hub.planner import Planner
from kioskd.hub.slips import SlipComposer
from kioskd.hub.stations import Stations
from kioskd.journal.journal import Journal
from kioskd.journal.keys import KEY_NAME
from kioskd.journal.refused import RefusedError, refusal_of
from kioskd.settings.gather import gather
from kioskd.settings.model import HallSettings
from kioskd.settings.releases import Releases
from kioskd.settings.shown import shown
from kioskd.standby.bundle import Bundle
from kioskd.standby.fence import knock, may_begin, sign
from kioskd.standby.hub import Standbys
from kioskd.standby.witness import Witnesses
from kioskd.station.config import StationSettings
from kioskd.station.finder import AddressBook
from kioskd.station.link.addresses import interfaces
from kioskd.station.link.local import LocalLink
from kioskd.station.link.memory import FILE_NAME as MEMORY
from kioskd.station.link.memory import HubMemory
from kioskd.station.link.proof import HubProof
from kioskd.station.link.seek import Beacon, Seeker, serve_beacon
from kioskd.station.link.websocket import WebSocketLink
from kioskd.station.station import Station
from kioskd.sync.settings import CentralSettings
from kioskd.sync.uplink import Uplink
from kioskd.web.alert_words import AlertWords
from kioskd.web.app import build_app
from kioskd.web.catalogue import Catalogue
from kioskd.web.hall_file import HallFile
from kioskd.web.language import Language
from kioskd.web.releases import Offered
from kioskd.web.server import serving
from kioskd.web.settings import WebSettings
from kioskd.web.setup_views import HallSetup
from kioskd.web.site import Site
from kioskd.web.staff import home, to_setup

STATION_STORE = "station.db"
WITNESS_S = 2.0
"""How long a starting hub waits for the central server's word on whether it may go on."""
_EVERYWHERE = ("0.0.0.0", "::")
"""Hosts that stand for every address of a PC."""

SLIP_FONT = Path(str(files("ui") / "fonts" / "NotoSansSC-Regular-subset.otf"))


class SettingsRefusedError(Exception):
    """The hall's rules cannot be applied and there are none before them; ``code`` and ``params`` are the
    refusal's.
    """

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(f"{refusal.code} {refusal.params}")
        self.code = refusal.code
        self.params = refusal.params


Mount = Callable[[web.Application], None]
log = structlog.get_logger("kioskd")


class RunningHub:
    """A hub at work. ``url`` ends with a slash."""

    def __init__(
        self,
        settings: HallSettings,
        desk: Desk,
        stations: Stations,
        station: Station,
        tokens: TokenStore,
        accounts: Accounts,
        clock: Clock,
        journal: Journal,
    ) -> None:
        self.accounts = accounts
        self.settings = settings
        self.desk = desk
        self.stations = stations
        self.station = station
        self.tokens = tokens
        self.clock = clock
        self.journal = journal
        self.host = settings.web.host
        self.port = 0
        self.uplink: Uplink | None = None

    @property
    def url(self) -> str:
        """Where the hub's own PC reaches it."""
        host = "127.0.0.1" if self.host in _EVERYWHERE else self.host
        return f"{_web_address(host, self.port)}/"

    def stalled(self) -> tuple[str, ...]:
        """Name the loops that should have got on and did not."""
        return self.desk.stalled() + self.station.stalled()


@contextlib.asynccontextmanager
async def run_hub(
    settings: HallSettings,
    data: Path,
    *,
    port: int | None = None,
    clock: Clock | None = None,
    mounts: Sequence[Mount] = (),
    book: AddressBook | None = None,
    file: Path | None = None,
    hall_file: HallFile | None = None,
    offered: Offered | None = None,
    setup: HallSetup | None = None,
) -> AsyncIterator[RunningHub]:
    """Run a hall's hub and the station of its own PC until the block is left.

    ``data`` is its data folder, made where there is none; ``port`` overrides the settings' (0: any free one).
    ``mounts`` add routes before the server starts. ``book`` is the settings file, to write down where a lost
    device was found, ``hall_file`` the same to be edited from a page, ``setup`` to be asked for on pages,
    ``file`` its path, for backups; ``offered`` are installers for the hall's stations. Raises
    what `Journal.open` raises, `ListenError` for an address that cannot be had, `SettingsRefusedError` for
    rules that are refused while there are no others, and an ExceptionGroup when a part of the hub dies.
    """
    clock = clock or Clock()
    boot = boot_id()
    releases: Releases | None = None
    if file is not None and settings.central is not None:
        releases = Releases(file, data)
        settings = await asyncio.to_thread(releases.loaded, settings)
    async with contextlib.AsyncExitStack() as stack:
        journal = await Journal.open(data, now_wall=clock.moment().wall, boot=boot, settings=settings.journal)
        stack.push_async_callback(journal.close)
        replaced = await may_begin(journal, journal.keys, data)
        if replaced is not None:
            await journal.refuse(replaced)
            raise RefusedError(replaced)
        tokens = TokenStore.open(data / FILE_NAME)
        stack.callback(tokens.close)
        desk = Desk(journal, clock)
        stack.push_async_callback(desk.close)
        await desk.start(boot)
        applied = await desk.submit(ApplySettings(by=SYSTEM, rules=settings.rules))
        if isinstance(applied, Refusal):
            if not desk.has_rules:
                raise SettingsRefusedError(applied)
            # Open tickets of a queue that the new file no longer has are served by the rules they came under.
            log.error("settings_not_applied", code=applied.code, params=applied.params)
        await desk.submit(Tick(by=SYSTEM))

        stations = Stations(desk, f"{settings.rules.hall}/{journal.identity}")
        notices = NoticeComposer(settings.layouts)
        slips = SlipComposer(settings.layouts, settings.public_url)
        planner = Planner(stations.order, slips, desk, notices)
        stack.callback(planner.close)
        announcer = Announcer(stations.order, desk)
        stations.use(planner, announcer)
        desk.follow(planner)
        desk.follow(announcer)
        desk.follow(stations)
        witnesses = Witnesses(journal, lambda: site.urls + _urls_of(site.standbys))
        stations.witness = witnesses
        desk.follow(witnesses)

        station = Station(with_font(settings.station), data / STATION_STORE, book=book)
        catalogue = Catalogue(guide_fields=settings.guide_fields, evaluation=settings.evaluation)
        site = Site(
            desk,
            stations,
            tokens,
            Pairing(tokens),
            settings.web,
            journal,
            catalogue=catalogue,
            privacy=settings.privacy,
        )
        site.settings_shown = shown(settings)
        documents = site.documents = Documents(desk, journal, settings.documents, data)
        await documents.start()
        stack.push_async_callback(documents.close)
        printers = build_printers(settings.office_printers, data)
        office = OfficePrinting(desk, notices, documents.workers, printers)
        desk.follow(office)
        site.notices, site.office_printers = notices, settings.office_printers
        site.hall_file = hall_file
        site.offered = offered
        site.setup = setup
        hub = RunningHub(settings, desk, stations, station, tokens, site.accounts, clock, journal)
        app = build_app(site)
        for mount in mounts:
            mount(app)
        first = to_setup if setup is not None and setup.begin else home
        app.router.add_get("/", first)  # unless something was mounted there

        if settings.central is not None:
            if releases is not None:
                releases.changed = partial(_take_up, site)
            hub.uplink = site.uplink = Uplink(desk, journal, settings.central, data, releases=releases)
            await stack.enter_async_context(_running(("uplink", hub.uplink.run())))
            with contextlib.suppress(TimeoutError):
                # A hub whose disk was put back must hear of it before it gives a number.
                async with asyncio.timeout(WITNESS_S):
                    await hub.uplink.first_word.wait()
            refusal = refusal_of(data)
            if refusal is not None:
                raise RefusedError(refusal)

        # A port that is taken says so before anything else begins.
        hub.port = await stack.enter_async_context(serving(app, settings.web, port, data))
        site.urls = own_urls(settings.web, hub.port)
        if file is not None:
            site.standbys = _standbys(journal, desk, data, settings, hub.port, file)
            await stack.enter_async_context(_running(("standbys", site.standbys.look_after())))
        beacon = await _beacon(settings.web, journal, site)
        if beacon is not None:
            stack.callback(beacon.close)
        journal.on_refused = stations.send_away
        await stack.enter_async_context(
            _running(("knock", knock(journal, journal.keys, data)), ("witnesses", stations.keep_told()))
        )
        await stack.enter_async_context(
            _running(("desk", desk.run()), ("station", station.run(LocalLink(stations))))
        )
        upkeep = Upkeep(documents, desk, data, central=_documents_of(settings.central, data))
        await stack.enter_async_context(_running(("documents", upkeep.run())))
        await stack.enter_async_context(_running(("office printers", office.run())))
        if file is not None:
            site.keeper = Keeper(settings.backup, desk, data, file)
            await stack.enter_async_context(_running(("backups", site.keeper.run())))
        for sink in settings.alert_sinks:
            words = AlertWords(Language(sink.language))
            sending = Sink(sink, desk, data, words)
            await stack.enter_async_context(_running((f"alert-sink-{sink.id}", sending.run())))
        await station.at_work.wait()
        log.info("hub_ready", hall=settings.rules.hall, url=hub.url, position=str(journal.durable))
        yield hub
        log.info("hub_stopping")
        stations.end()


def _documents_of(central: CentralSettings | None, data: Path) -> Central | None:
    if central is None:
        return None
    url = f"{central.url.rstrip('/')}/sync/v1/halls/{central.hall}/documents"
    return Central(url, data / central.token_file, data / central.ca_file if central.ca_file else None)


def own_urls(web: WebSettings, port: int) -> tuple[str, ...]:
    """Return where other PCs reach a hub with these settings, as far as it can know."""
    if web.tls is not None:
        return tuple(f"https://{address}:{web.tls.port}" for address, _ in interfaces())
    if web.host in _EVERYWHERE:
        return tuple(f"http://{address}:{port}" for address, _ in interfaces())
    return (_web_address(web.host, port),)


def _web_address(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _urls_of(standbys: Standbys | None) -> tuple[str, ...]:
    return () if standbys is None else tuple(one.url for one in standbys.known.values() if one.url)


def _standbys(
    journal: Journal, desk: Desk, data: Path, settings: HallSettings, port: int, file: Path
) -> Standbys:
    key = settings.journal.key_file
    tls = settings.web.tls
    return Standbys(
        journal,
        desk,
        data,
        settings.rules.hall,
        bundle=Bundle(data, Path(key) if key else data / KEY_NAME, partial(gather, file)),
        port=tls.port if tls is not None else port,
        tls=tls is not None,
    )


async def _beacon(web: WebSettings, journal: Journal, site: Site) -> asyncio.BaseTransport | None:
    """Answer stations that look for their hub, where the hub serves other PCs at all."""
    if web.tls is None and web.host in ("127.0.0.1", "localhost", "::1"):
        return None

    def answer(nonce: str) -> HubProof | None:
        return None if journal.refused else sign(journal, journal.keys, nonce, site.urls)

    return await serve_beacon(Beacon(journal.identity, answer))


def _take_up(site: Site, settings: HallSettings) -> None:
    """Show what the city's new settings say beside the rules, which are in the journal."""
    site.catalogue = Catalogue(guide_fields=settings.guide_fields, evaluation=settings.evaluation)
    site.settings_shown = shown(settings)


def with_font(settings: StationSettings) -> StationSettings:
    """Give ticket printers that print slips as pictures the project's own font, where they name none."""
    devices = []
    for device in settings.devices:
        options = device.options
        if device.driver == "printer.escpos" and options.get("mode") == "raster" and not options.get("font"):
            device = structs.replace(device, options={**options, "font": str(SLIP_FONT)})
        devices.append(device)
    return structs.replace(settings, devices=tuple(devices))


@contextlib.asynccontextmanager
async def run_station(
    settings: StationSettings, data: Path, *, book: AddressBook | None = None
) -> AsyncIterator[Station]:
    """Run the devices of a PC whose hub is elsewhere until the block is left; ``book`` as in `run_hub`.

    Whoever is in the block has a station whose store is open and whose devices are looked after; raises an
    ExceptionGroup when one dies.
    """
    hub = settings.hub
    if hub is None:
        raise ValueError("a station on its own needs a hub")
    ca_file = data / hub.ca_file if hub.ca_file else None
    memory = HubMemory(data / MEMORY)
    link = WebSocketLink(hub.url, data / hub.token_file, ca_file, seeker=Seeker(memory, hub.url, ca_file))
    station = Station(with_font(settings), data / STATION_STORE, book=book, memory=memory)
    async with _running(("station", station.run(link))):
        await station.at_work.wait()
        yield station


@contextlib.asynccontextmanager
async def _running(*works: tuple[str, Coroutine[None, None, None]]) -> AsyncIterator[None]:
    """Run these for as long as the block; one that dies ends the block and the others."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(work, name=name) for name, work in works]
        yield
        for task in tasks:
            task.cancel()
