"""Going over to another release and, when it does not come up, back again by itself.

The order makes every moment safe to be cut off in: the release that runs is said by one symbolic link that is
replaced whole; the journal is copied before anything of the new release touches it; what happened is written
down before it happens.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec

from kioskd.install.layout import Layout
from kioskd.install.services import Services

CHECK_S = 300.0
READY_S = 120.0
"""How long a release has until it takes commands. A hub with years of history needs a second or two."""
KEPT_COPIES = 2
"""Copies of the journal kept from upgrades: the last, and the one before."""
SETTINGS_FILES = {"hub": "hall.toml", "station": "station.toml"}


class Switched(msgspec.Struct, frozen=True):
    """One change of release. ``copy``: the journal as it was before; ``outcome``: ``begun``, ``done`` or
    ``returned``, with ``why``.
    """

    at: int
    before: str
    after: str
    copy: str
    outcome: str
    why: str = ""


class SwitchError(Exception):
    """Nothing was changed, or everything was put back: ``code`` says why, ``detail`` in whose words."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


def record(layout: Layout) -> list[Switched]:
    """Return all changes of release, oldest first."""
    try:
        return msgspec.json.decode(layout.record.read_bytes(), type=list[Switched])
    except (OSError, msgspec.DecodeError):
        return []


def _note(layout: Layout, switched: Switched) -> None:
    known = record(layout)
    if known and known[-1].at == switched.at:
        known[-1] = switched
    else:
        known.append(switched)
    new = layout.record.with_suffix(".new")
    with new.open("wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(known)))
        file.flush()
        os.fsync(file.fileno())
    new.replace(layout.record)


def point(layout: Layout, version: str) -> None:
    """Make a release the one that runs from its next start on."""
    new = layout.base / "current.new"
    new.unlink(missing_ok=True)
    new.symlink_to(Path("releases") / version)
    new.replace(layout.current)
    stable = layout.base / "bin"
    if not stable.is_symlink():
        stable.symlink_to(Path("current") / "bin")
    folder = os.open(layout.base, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def program(layout: Layout, version: str) -> Path:
    """Return the ``kioskd`` of a release."""
    return layout.release(version) / "bin" / "kioskd"


def upgrade(layout: Layout, version: str, services: Services, patience_s: float = READY_S) -> Switched:
    """Go over to release ``version``, which lies in place; return what happened, also when it was to return.

    The journal is copied and the new release asked to read the settings and the whole journal before anything
    stops. Raises `SwitchError` (``same``, ``copy_failed``, ``settings_refused``, ``journal_refused``), with
    the hall running on as before.
    """
    before, roles = layout.version(), layout.chosen_roles()
    if before is None or before == version:
        raise SwitchError("same", version)
    at = time.time_ns() // 1_000_000
    copy = _copy(layout, before, version, at)
    try:
        _self_check(layout, version, roles, copy)
    except SwitchError:
        if copy is not None:
            copy.unlink(missing_ok=True)
        raise
    step = Switched(at, before, version, str(copy or ""), "begun")
    _note(layout, step)
    services.stop(roles)
    point(layout, version)
    services.start(roles)
    why = services.well(roles, patience_s)
    if why:
        return _return(layout, step, why, services, patience_s)
    done = msgspec.structs.replace(step, outcome="done")
    _note(layout, done)
    _tidy(layout)
    return done


def _return(layout: Layout, step: Switched, why: str, services: Services, patience_s: float) -> Switched:
    roles = layout.chosen_roles()
    services.stop(roles)
    point(layout, step.before)
    services.start(roles)
    still = services.well(roles, patience_s)
    outcome = msgspec.structs.replace(step, outcome="returned", why=why + (f"; {still}" if still else ""))
    _note(layout, outcome)
    return outcome


def roll_back(
    layout: Layout, services: Services, to: str | None = None, patience_s: float = READY_S
) -> Switched:
    """Go back to the release before this one, or to ``to``, keeping every event.

    The older release must be able to read the journal as it is now; it is asked before anything stops. Raises
    `SwitchError` (``nothing_before``, ``not_here``, ``journal_refused``, ``settings_refused``).
    """
    now = layout.version()
    earlier = [step.before for step in record(layout) if step.after == now and step.outcome == "done"]
    wanted = to or (earlier[-1] if earlier else None)
    if wanted is None or now is None:
        raise SwitchError("nothing_before")
    if wanted not in layout.versions():
        raise SwitchError("not_here", wanted)
    return upgrade(layout, wanted, services, patience_s)


def _copy(layout: Layout, before: str, after: str, at: int) -> Path | None:
    """Copy the journal by the program that writes it, while it does."""
    if not (layout.data / "journal.db").exists():
        return None
    layout.before.mkdir(parents=True, exist_ok=True)
    layout.before.chmod(0o700)
    copy = layout.before / f"{at}-{before}-{after}.db"
    done = _ask(program(layout, before), "journal", "backup", str(copy), "--data", str(layout.data))
    if done.returncode:
        raise SwitchError("copy_failed", _last(done))
    return copy


def _self_check(layout: Layout, version: str, roles: Sequence[str], copy: Path | None) -> None:
    """Have the release read what it will have to run on."""
    new = program(layout, version)
    done = _ask(new, "--help")
    if done.returncode:
        raise SwitchError("broken", _last(done))
    for role, name in SETTINGS_FILES.items():
        file = layout.settings / name
        if role in roles and file.exists():
            done = _ask(new, "check", str(file))
            if done.returncode:
                raise SwitchError("settings_refused", _last(done))
    if copy is not None:
        done = _ask(new, "releases", "reads", str(copy))
        if done.returncode:
            raise SwitchError("journal_refused", _last(done))


def _ask(program_: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(program_), *words],
        capture_output=True,
        text=True,
        timeout=CHECK_S,
        check=False,
        stdin=subprocess.DEVNULL,
    )


def _last(done: subprocess.CompletedProcess[str]) -> str:
    lines = [line for line in (done.stderr + "\n" + done.stdout).splitlines() if line.strip()]
    return "\n".join(lines[-4:]) or f"exit {done.returncode}"


def _tidy(layout: Layout) -> None:
    """Forget copies of the journal, and releases, that nobody will go back to."""
    for old in sorted(layout.before.glob("*.db"))[:-KEPT_COPIES]:
        old.unlink(missing_ok=True)
    steps = record(layout)
    keep = {layout.version(), steps[-1].before if steps else None}
    for version in layout.versions():
        if version not in keep:
            shutil.rmtree(layout.release(version), ignore_errors=True)
            for file in layout.offered.glob(f"kioskd-{version}-*.run"):
                file.unlink(missing_ok=True)
