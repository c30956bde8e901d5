"""What hub and station tell each other, in one process or over a WebSocket (JSON, one message a frame).

Three shapes of device: a **show** is a level (newest wins), a **job** an edge (done once at most),
an **input** is kept at the station until the hub has taken it.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from drivers.barcode_reader.api import CodeScanned
from drivers.call_pad.api import KeypadFace, KeyPressed
from drivers.caller_display.api import SignFace
from drivers.card_reader.api import CardRead, CardUnread
from drivers.facts import Fact
from drivers.printer.api import Slip
from drivers.rating_pad.api import PadFace, Rated
from drivers.registry import DeviceClass
from drivers.signature_pad.api import SignatureFace, Signed
from drivers.speaker.api import Speech
from drivers.status import DeviceStatus
from kioskd.station.views import StationView

PROTOCOL = 1
"""Version of these messages; a hub speaks this one and the one before."""

Face = SignFace | KeypadFace | PadFace | SignatureFace
Passing = CodeScanned | CardRead | CardUnread
"""Readings that are for this moment and nobody else: never written down, gone after seconds."""
AnyReading = KeyPressed | Rated | Signed | Passing


class Revision(msgspec.Struct, frozen=True, order=True, array_like=True):
    """Age of a show: the run of the hub that said it (journal position of its ``hub.started``) and a
    counter within that run. Greater is newer; a station never goes back.
    """

    epoch: int
    run: int
    n: int


class Context(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a device was about when it showed a face: stamped on every input made at it.

    ``ticket`` is the ticket at the window, ``slot`` the ticket whose rating is asked for, ``call``
    which call of the ticket is on display.
    """

    ticket: str | None = None
    slot: str | None = None
    call: int = 0


_Name = Annotated[str, Meta(min_length=1, max_length=64)]
_Word = Annotated[str, Meta(max_length=200)]
_DEVICES = 256
"""More than are plugged into any PC: a station is paired, and its machine may still be anybody's."""


class DeviceInfo(msgspec.Struct, frozen=True, omit_defaults=True):
    """A device as the hub needs to know it. ``window`` and ``zone`` say what it serves."""

    id: _Name
    device_class: DeviceClass
    driver: _Word = ""
    window: _Word | None = None
    zone: _Word | None = None
    rows: int = 1


class PaperCount(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is left on a printer's roll: millimetres, and slips of the mean length measured so far.

    ``assumed``: nobody has told when the roll was put in, so it was taken for a full one.
    """

    left_mm: int
    roll_mm: int
    slips: int
    slip_mm: float
    assumed: bool = False


class _Message(msgspec.Struct, frozen=True, tag=True, tag_field="type", omit_defaults=True):
    pass


class Seen(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How far a hub's journal was: its history, the durable end, and the last number of each prefix of
    ``day``.
    """

    history: str
    epoch: int
    seq: int
    day: str = ""
    numbers: dict[str, int] = {}


# --- station → hub ------------------------------------------------------------------------------


class Hello(_Message, frozen=True, kw_only=True):
    """First message on every connection. ``incarnation`` changes when the station's store was lost,
    ``boot`` at each start of its machine. ``seen`` is the furthest it ever heard a hub of this hall to be.
    """

    protocol: int
    station: str
    incarnation: _Word
    boot: _Word
    version: _Word
    date: _Word
    devices: Annotated[tuple[DeviceInfo, ...], Meta(max_length=_DEVICES)]
    seen: Seen | None = None


class DeviceReport(_Message, frozen=True, kw_only=True):
    """The state of a device changed (and once per device after `Hello`); of a printer also its count."""

    device: str
    status: DeviceStatus
    paper: PaperCount | None = None
    behind: str | None = None


class Shown(_Message, frozen=True, kw_only=True):
    """A show is visible now."""

    device: str
    revision: Revision
    context: Context


class JobReport(_Message, frozen=True, kw_only=True):
    """What became of a job: ``done``, ``failed``, ``unknown``; ``queued`` and ``started`` answer `AskJobs`
    and are followed by the outcome; ``unseen`` says this station never got it. ``device`` and ``context``
    are the announcement's own, as long as the station knows them.
    """

    job: str
    outcome: str
    code: str = ""
    device: str = ""
    context: Context = Context()


class Input(_Message, frozen=True, kw_only=True):
    """Something a person did. ``id`` is unique for ever in this incarnation; sent again until `Taken`."""

    id: str
    device: str
    reading: AnyReading
    context: Context
    age_ms: int


class TestReport(_Message, frozen=True, kw_only=True):
    """How a device test went; empty ``code`` is success. ``facts`` and ``detail`` as in `DeviceStatus`."""

    test: str
    code: str = ""
    detail: str = ""
    facts: tuple[Fact, ...] = ()


class Rebound(_Message, frozen=True, kw_only=True):
    """Devices are at another port now and the settings say so.

    ``pressed`` is the device whose key said that it is the one; ``request`` answers a `Rebind`, and with a
    ``code`` nothing was done (``rebind.wrong_code``, ``rebind.not_asked``, …).
    """

    request: str = ""
    devices: tuple[str, ...] = ()
    old: str = ""
    new: str = ""
    undone: bool = False
    pressed: str = ""
    code: str = ""


class PicturePart(_Message, frozen=True, kw_only=True):
    """Part of a camera's picture; answers a `TakePicture`. The parts come in order, the last has ``last``;
    with a ``code`` there is no picture.
    """

    request: str
    data: bytes = b""
    last: bool = True
    width: int = 0
    height: int = 0
    code: str = ""
    detail: str = ""


class ViewReport(_Message, frozen=True, kw_only=True):
    """The whole station as it is; answers an `AskView`."""

    request: str
    view: StationView


# --- hub → station ------------------------------------------------------------------------------


class Welcome(_Message, frozen=True, kw_only=True):
    """The hub accepts the station.

    ``hub`` names the hub's journal: to a station another name means another hub, even if it runs the
    same hall, whose revisions and jobs begin anew. A key press older than ``press_shelf_ms`` is not
    worth telling.
    """

    hub: str
    protocol: int
    press_shelf_ms: int = 5000


class Standing(_Message, frozen=True, kw_only=True):
    """How the hub stands, now and then: what a station remembers of it. ``key`` (hex) proves a hub of this
    hall, ``urls`` are where one may be.
    """

    seen: Seen
    key: str
    urls: tuple[str, ...] = ()


class Rejected(_Message, frozen=True, kw_only=True):
    """The hub refuses the station for good until somebody acts; ``code`` says why."""

    code: str


class Show(_Message, frozen=True, kw_only=True):
    """Make this face visible, now and after every reconnect, until a newer revision comes."""

    device: str
    revision: Revision
    face: Face
    context: Context = Context()


class PrintJob(_Message, frozen=True, kw_only=True):
    """Print one slip, once. ``job`` is ``"epoch.seq.copy"``; not begun within ``expires_ms`` it fails."""

    job: str
    device: str
    slip: Slip
    expires_ms: int


class ComingJob(_Message, frozen=True, kw_only=True):
    """The hub is saving that a slip is asked for: ``order`` follows as soon as that is durable, or
    `WithdrawJob`.

    The station gets everything ready but the first byte. Said only within one process, whose ends die
    together, and only of the event right after all that is durable: should both die before it is saved, the
    next start of the hub takes its position, and no other slip can get its name.
    """

    order: PrintJob


class WithdrawJob(_Message, frozen=True, kw_only=True):
    """A job that was coming does not exist; its name may be given to another."""

    job: str


class SpeakJob(_Message, frozen=True, kw_only=True):
    """Say one announcement, ``repeats`` times or, while others wait behind it, once. ``job`` is
    ``"epoch.seq.speaker"`` with the position of the call; not begun within ``expires_ms`` it fails.
    ``context`` names the ticket and which of its calls this is.
    """

    job: str
    device: str
    speech: Speech
    expires_ms: int
    repeats: int = 1
    context: Context = Context()


class CancelJob(_Message, frozen=True, kw_only=True):
    """Forget a job that has not begun; it reports ``failed``, ``job.cancelled``. An announcement that has
    begun is not repeated.
    """

    job: str


class AskJobs(_Message, frozen=True, kw_only=True):
    """What became of these? Answered by one `JobReport` each."""

    jobs: tuple[str, ...]


class Taken(_Message, frozen=True, kw_only=True):
    """The hub has this input durably, or has decided for good not to use it."""

    id: str


class NewRoll(_Message, frozen=True, kw_only=True):
    """A new roll is in a printer; ``roll`` names it, so that hearing of it twice changes nothing."""

    device: str
    roll: str


class NewUnit(_Message, frozen=True, kw_only=True):
    """Another unit was put in a device's place: forget what was learned of the one before."""

    device: str


class Rebind(_Message, frozen=True, kw_only=True):
    """This number is shown at the lost device's new place; or, with ``undo``, it was the wrong one."""

    request: str
    device: str
    code: str = ""
    undo: bool = False


class TestLevel(StrEnum):
    """UnifiedPOS health checks: does it report to be well; does it do something that people see or hear;
    do its keys arrive. While keys are tried out they do nothing else, until ``END`` or a time-out.
    """

    INTERNAL = "internal"
    EXTERNAL = "external"
    INTERACTIVE = "interactive"
    END = "end"


class Test(_Message, frozen=True, kw_only=True):
    """Check a device; answered by a `TestReport`. What is pressed in an interactive check stands in the
    station's view.
    """

    test: str
    device: str
    level: TestLevel = TestLevel.EXTERNAL


class TakePicture(_Message, frozen=True, kw_only=True):
    """Take a picture with a document camera: ``full``, or small for a preview. For this moment: nobody asks
    again, nothing is kept.
    """

    request: str
    device: str
    full: bool = False


class AskView(_Message, frozen=True, kw_only=True):
    """How does the station stand? ``device`` is the one whose last bytes are wanted, empty for none."""

    request: str
    device: str = ""


ToHub = Hello | DeviceReport | Shown | JobReport | Input | TestReport | Rebound | PicturePart | ViewReport
ToStation = (
    Welcome
    | Standing
    | Rejected
    | Show
    | PrintJob
    | ComingJob
    | WithdrawJob
    | SpeakJob
    | CancelJob
    | AskJobs
    | Taken
    | NewRoll
    | NewUnit
    | Rebind
    | Test
    | TakePicture
    | AskView
)
