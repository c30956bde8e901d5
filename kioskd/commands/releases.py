"""``kioskd install``, ``rollback``, ``releases`` and ``uninstall``: which release runs on this PC.

Exit status: 0 done, 1 not done and everything as before, 2 wrong use, 3 the new release did not come up and
the old one runs again.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from kioskd.commands.releases_texts import finding, say

if TYPE_CHECKING:
    from kioskd.install.layout import Layout
    from kioskd.install.services import Systemd
    from kioskd.install.switch import Switched

    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

ROLE_NAMES = ("hub", "station", "kiosk", "board", "central", "standby")
PORT = 8080


def register(subparsers: Subparsers) -> None:
    """Add the commands."""
    install = subparsers.add_parser("install", help="安装或升级本机 · install or upgrade on this PC")
    install.add_argument(
        "--roles", help=f"本机用途，逗号分开 · what this PC is: {','.join(ROLE_NAMES)}", default=""
    )
    install.add_argument(
        "--hub", default="", help="大厅主机的地址 · address of the hub, for a station or kiosk"
    )
    install.add_argument(
        "--code",
        default="",
        help="主机上生成的配对码 · pairing code made on the hub, for a station or standby",
    )
    install.add_argument("--ca", type=Path, help="大厅根证书 · the hall's CA, where the hub has https")
    install.add_argument("--check", action="store_true", help="只检查本机 · only look at this PC")
    install.add_argument("--yes", action="store_true", help="不再询问 · ask nothing")
    install.add_argument("--no-start", action="store_true", help="不启动服务 · do not start anything")
    install.add_argument("--release", type=Path, help=argparse.SUPPRESS)
    install.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    _root(install)
    install.set_defaults(run=_install)

    back = subparsers.add_parser("rollback", help="退回上一个版本，数据不丢 · back to the release before")
    back.add_argument("--to", metavar="VERSION", help="退到这个版本 · to this one")
    _root(back)
    back.set_defaults(run=_rollback)

    listing = subparsers.add_parser(
        "releases", help="本机有哪些版本 · which releases are here, and what ran when"
    )
    actions = listing.add_subparsers(dest="action")
    reads = actions.add_parser("reads", help="本版本能否读懂一份日志 · can this release read a journal")
    reads.add_argument("file", type=Path, help="日志文件 · the journal's file")
    reads.set_defaults(run=_reads)
    offering = actions.add_parser("offer", help="让工作站从本机取安装文件 · let stations fetch a file here")
    offering.add_argument("file", type=Path, help="kioskd-….run")
    _root(offering)
    offering.set_defaults(run=_offer)
    _root(listing)
    listing.set_defaults(run=_list)

    follow = subparsers.add_parser(
        "follow-hub", help="工作站换到主机的版本 · bring this station to the release its hub runs"
    )
    follow.add_argument("--now", action="store_true", help="办公时间也换 · also while the hall is open")
    _root(follow)
    follow.set_defaults(run=_follow)

    away = subparsers.add_parser(
        "uninstall", help="卸载程序，数据和设置留下 · take the program away, never the data"
    )
    away.add_argument("--yes", action="store_true", help="不再询问 · ask nothing")
    _root(away)
    away.set_defaults(run=_uninstall)


def _root(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--root", type=Path, default=Path("/"), help=argparse.SUPPRESS)


def _install(args: argparse.Namespace) -> int:
    from kioskd.commands.browser import NAMES
    from kioskd.install.layout import Layout
    from kioskd.install.machine import look
    from kioskd.install.place import (
        ReleaseError,
        offer,
        own_release,
        put_release,
        put_settings,
        put_system_files,
    )
    from kioskd.install.services import SystemdError
    from kioskd.install.switch import SwitchError, point, upgrade

    layout = Layout(args.root)
    folder = args.release or own_release()
    if folder is None:
        print(say("no_release"), file=sys.stderr)
        return 1
    known = layout.chosen_roles()
    roles = _roles(args.roles) if args.roles else known
    if not roles and not args.yes and sys.stdin.isatty():
        roles = _roles(input(say("which_roles")))
    if not roles:
        print(say("roles_needed", roles=", ".join(ROLE_NAMES)), file=sys.stderr)
        return 2
    built = int((folder / "BUILT").read_text("utf-8"))
    floor = (folder / "FLOOR").read_text("utf-8").strip()
    findings = look(layout, roles, floor, built, PORT, NAMES)
    running = layout.version() is not None
    for one in findings:
        if running and one.code == "port":
            continue  # it is this hall's own hub that has it
        print(finding(one))
    if any(one.level == "stop" for one in findings):
        print(say("not_fit"), file=sys.stderr)
        return 1
    if args.check:
        return 0
    try:
        version = put_release(layout, folder)
        put_system_files(layout, layout.release(version), roles)
        new = put_settings(layout, layout.release(version), roles)
        _address(layout, roles, args.hub)
        if args.file is not None and "hub" in roles:
            offer(layout, args.file)
        system = _system(layout)
        if not running:
            point(layout, version)
            print(say("installed", version=version))
            for file in new:
                if file.parent == layout.settings:
                    print(f"  {file}")
            if layout.root == Path("/") and shutil.which("systemctl"):
                system.prepare()
                _own(layout)
                system.enable(roles)
                if not _pair(layout, roles, args):
                    return 1
                if not args.no_start:
                    system.start(roles)
                    why = system.well(roles, 60.0)
                    print(say("not_up", why=why) if why else say("up"))
            print(say("next_hub" if "hub" in roles else "next_other", url=_url(roles, args.hub)))
            return 0
        if args.no_start or layout.root != Path("/") or not shutil.which("systemctl"):
            point(layout, version)
            print(say("installed", version=version))
            return 0
        system.prepare()
        return _tell(upgrade(layout, version, system))
    except SwitchError as error:
        if error.code == "same":
            print(say("same", version=error.detail))
            return 0
        print(say(error.code, detail=error.detail), file=sys.stderr)
    except ReleaseError as error:
        print(say(error.code, detail=error.what), file=sys.stderr)
    except (SystemdError, OSError) as error:
        print(say("system", detail=error), file=sys.stderr)
    return 1


def _roles(text: str) -> list[str]:
    wanted = [word for word in text.replace("，", ",").replace(" ", ",").split(",") if word]
    return list(dict.fromkeys(wanted)) if all(word in ROLE_NAMES for word in wanted) else []


def _url(roles: list[str], hub: str) -> str:
    return f"http://127.0.0.1:{PORT}/" if "hub" in roles else hub


def _address(layout: Layout, roles: list[str], hub: str) -> None:
    """Tell the units of this PC where the hub is: in a drop-in, so that an upgrade keeps it."""
    if not hub:
        return
    from kioskd.install.layout import ROLES

    for role in ("kiosk", "board"):
        if role in roles:
            folder = layout.units / f"{ROLES[role]}.d"
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "hub.conf").write_text(f"[Service]\nEnvironment=KIOSKD_HUB={hub}\n", "utf-8")
    station = layout.settings / "station.toml"
    if "station" in roles and station.exists():
        import tomlkit

        document = tomlkit.parse(station.read_text("utf-8"))
        table = document.get("hub")
        if isinstance(table, dict):
            table["url"] = hub
            station.write_text(tomlkit.dumps(document), "utf-8")


def _pair(layout: Layout, roles: list[str], args: argparse.Namespace) -> bool:
    """Give this PC its token of the hub, as the service's user, whose data it will be."""
    import subprocess

    role = next((role for role in ("station", "standby") if role in roles), None)
    if role is None or not args.code:
        return True
    program, data = str(layout.base / "bin" / "kioskd"), str(layout.data)
    ca = []
    if args.ca is not None:
        held = layout.settings / "hall-ca.pem"
        shutil.copy(args.ca, held)
        shutil.chown(held, "root", "kioskd")
        held.chmod(0o640)
        ca = ["--ca", str(held)]
    words = (
        ["run", str(layout.settings / "station.toml")]
        if role == "station"
        else ["standby", "--hub", args.hub]
    )
    words += ["--data", data, "--code", args.code, "--pair", *ca]
    layout.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    shutil.chown(layout.data, "kioskd", "kioskd")
    done = subprocess.run(["runuser", "-u", "kioskd", "--", program, *words], check=False, timeout=120)
    return done.returncode == 0


def _own(layout: Layout) -> None:
    """Give the settings to the service's user: where a device was found is written into them. What the kiosk
    is handed stays root's, and readable by it where the service manager knows no credentials.
    """
    from kioskd.install.place import SECRETS

    for place in (layout.settings, *layout.settings.rglob("*")):
        secret = place.name in SECRETS
        shutil.chown(place, "root", "kiosk" if secret else "kioskd")
        place.chmod(0o2771 if place.is_dir() else 0o640 if secret else 0o660)


def _system(layout: Layout) -> Systemd:
    from kioskd.install.services import Systemd

    return Systemd(layout, f"http://127.0.0.1:{_port(layout)}/")


def _port(layout: Layout) -> int:
    import tomllib

    try:
        settings = tomllib.loads((layout.settings / "hall.toml").read_text("utf-8"))
        return int(settings.get("web", {}).get("port", PORT))
    except (OSError, ValueError):
        return PORT


def _tell(step: Switched) -> int:
    if step.outcome == "returned":
        print(say("returned", before=step.before, after=step.after, why=step.why), file=sys.stderr)
        return 3
    print(say("switched", before=step.before, after=step.after, copy=step.copy or "-"))
    return 0


def _rollback(args: argparse.Namespace) -> int:
    from kioskd.install.layout import Layout
    from kioskd.install.services import SystemdError
    from kioskd.install.switch import SwitchError, roll_back

    layout = Layout(args.root)
    try:
        return _tell(roll_back(layout, _system(layout), args.to))
    except SwitchError as error:
        print(say(error.code, detail=error.detail), file=sys.stderr)
    except (SystemdError, OSError) as error:
        print(say("system", detail=error), file=sys.stderr)
    return 1


def _offer(args: argparse.Namespace) -> int:
    from kioskd.install.layout import Layout
    from kioskd.install.place import offer

    try:
        print(say("offered", file=offer(Layout(args.root), args.file)))
    except OSError as error:
        print(say("system", detail=error), file=sys.stderr)
        return 1
    return 0


def _follow(args: argparse.Namespace) -> int:
    from kioskd.install.follow import LeftError, Station, follow
    from kioskd.install.layout import Layout
    from kioskd.install.place import ReleaseError
    from kioskd.install.services import SystemdError
    from kioskd.install.switch import SwitchError
    from kioskd.settings import HallSettings, check

    layout = Layout(args.root)
    settings = check(layout.settings / "station.toml").settings
    if settings is None or isinstance(settings, HallSettings) or settings.hub is None:
        print(say("no_station"), file=sys.stderr)
        return 2
    hub = settings.hub
    ca = layout.data / hub.ca_file if hub.ca_file and hub.url.startswith("https:") else None
    try:
        system = _system(layout)
        return _tell(follow(layout, Station(hub.url, layout.data / hub.token_file, ca), system, now=args.now))
    except LeftError as error:
        print(say("left_" + error.code, detail=error.detail))
        # Nothing to do, or nothing that can be done now, is no failure of the timer's service.
        return 0 if error.code in ("same", "later", "failed_before", "no_release", "unreached") else 1
    except SwitchError as error:
        print(say(error.code, detail=error.detail), file=sys.stderr)
    except ReleaseError as error:
        print(say(error.code, detail=error.what), file=sys.stderr)
    except (SystemdError, OSError) as error:
        print(say("system", detail=error), file=sys.stderr)
    return 1


def _list(args: argparse.Namespace) -> int:
    from kioskd.install.layout import Layout
    from kioskd.install.switch import record

    layout = Layout(args.root)
    now = layout.version()
    for version in layout.versions():
        print(("* " if version == now else "  ") + version)
    for step in record(layout):
        at = time.strftime("%Y-%m-%d %H:%M", time.localtime(step.at / 1000))
        print(
            say("step", at=at, before=step.before, after=step.after, outcome=say("outcome_" + step.outcome))
        )
        if step.why:
            print("    " + step.why)
    if now is None:
        print(say("none_here"))
    return 0


def _reads(args: argparse.Namespace) -> int:
    import apsw

    from kioskd.backup.prove import replay
    from kioskd.journal.errors import JournalError
    from kioskd.journal.schema import open_to_read

    try:
        connection = open_to_read(args.file)
        try:
            _, _, head = replay(connection)
        finally:
            connection.close()
    except (JournalError, apsw.Error, ValueError, KeyError, OSError) as error:
        print(say("unreadable", why=f"{type(error).__name__}: {error}"), file=sys.stderr)
        return 1
    print(say("readable", head=head))
    return 0


def _uninstall(args: argparse.Namespace) -> int:
    from kioskd.install.layout import Layout
    from kioskd.install.place import remove
    from kioskd.install.services import SystemdError

    layout = Layout(args.root)
    if layout.version() is None:
        print(say("none_here"), file=sys.stderr)
        return 1
    if not args.yes and (
        not sys.stdin.isatty() or input(say("really")).strip().lower() not in ("y", "yes", "是")
    ):
        print(say("nothing_done"), file=sys.stderr)
        return 1
    if layout.root == Path("/"):
        try:
            _system(layout).stop(layout.chosen_roles())
        except SystemdError as error:
            print(say("system", detail=error), file=sys.stderr)
    kept = remove(layout)
    print(say("removed", kept="、".join(str(place) for place in kept) or "-"))
    return 0
