"""``kioskd install``: puts this release on this PC, or goes over to it from the one that runs.

Exit status: 0 done, 1 not done and everything as before, 2 wrong use, 3 the new release did not come up and
the old one runs again.
"""

from __future__ import annotations

import argparse
import re
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from kioskd.commands.releases_texts import finding, say
from kioskd.commands.switching import PORT, add_root, systemd, tell, tried

if TYPE_CHECKING:
    from kioskd.install.layout import Layout

    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

ROLE_NAMES = ("hub", "station", "kiosk", "board", "central", "standby")
WITH_A_HUB = {"station", "kiosk", "board", "standby"}
"""What needs to know where its hub is, unless this PC is it."""
PAIRED = {"station", "standby"}
"""What needs a code that was made on the hub."""


def register(subparsers: Subparsers) -> None:
    """Add the command."""
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
    add_root(install)
    install.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    from kioskd.install.layout import Layout
    from kioskd.install.place import own_release

    layout = Layout(args.root)
    folder = args.release or own_release()
    if folder is None:
        print(say("no_release"), file=sys.stderr)
        return 1
    known = layout.chosen_roles()
    roles = role_names(args.roles) if args.roles else known
    asking = not args.yes and not args.check and sys.stdin.isatty()
    if not roles and not args.yes and sys.stdin.isatty():
        roles = role_names(input(say("which_roles")))
    if not roles:
        print(say("roles_needed", roles=", ".join(ROLE_NAMES)), file=sys.stderr)
        return 2
    new = set(roles) - set(known)
    if asking and not args.hub and new & WITH_A_HUB and "hub" not in roles:
        args.hub = input(say("which_hub"))
    if asking and not args.code and new & PAIRED:
        args.code = input(say("which_code")).strip()
    if args.hub and not (address := hub_address(args.hub)):
        print(say("bad_hub", found=args.hub), file=sys.stderr)
        return 2
    args.hub = address if args.hub else ""
    if args.ca is not None and not args.ca.is_file():
        print(say("bad_ca", found=args.ca), file=sys.stderr)
        return 2
    if not _fit(layout, folder, roles):
        print(say("not_fit"), file=sys.stderr)
        return 1
    return 0 if args.check else tried(lambda: _install(layout, folder, roles, known, args))


def role_names(text: str) -> list[str]:
    """Return the roles that were written; none when one of them is none."""
    wanted = [word for word in text.replace("，", ",").replace(" ", ",").split(",") if word]
    return list(dict.fromkeys(wanted)) if all(word in ROLE_NAMES for word in wanted) else []


def hub_address(text: str) -> str:
    """Return the address of a hub as it is kept, from what a person writes; empty when it is none."""
    form = r"(?:(https?)://)?([\w.-]+|\[[0-9A-Fa-f:.]+\])(?::(\d{1,5}))?/?"
    words = re.fullmatch(form, text.strip(), re.ASCII)
    if not words or not 0 < int(words[3] or PORT) < 1 << 16:
        return ""
    # With a scheme its own port is meant; who writes a bare name means the hub as it comes.
    port = f":{words[3]}" if words[3] else "" if words[1] else f":{PORT}"
    return f"{words[1] or 'http'}://{words[2]}{port}"


def _fit(layout: Layout, folder: Path, roles: list[str]) -> bool:
    """Say what was found out about this PC, and whether it will do."""
    from kioskd.commands.browser import NAMES
    from kioskd.install.machine import look

    built = int((folder / "BUILT").read_text("utf-8"))
    floor = (folder / "FLOOR").read_text("utf-8").strip()
    running = layout.version() is not None
    # Where kioskd runs already, it is this hall's own hub that has the port.
    findings = [
        one for one in look(layout, roles, floor, built, PORT, NAMES) if one.code != "port" or not running
    ]
    for one in findings:
        print(finding(one))
    return not any(one.level == "stop" for one in findings)


def _install(
    layout: Layout, folder: Path, roles: list[str], known: list[str], args: argparse.Namespace
) -> int:
    from kioskd.install.place import offer, put_ca, put_release, put_settings, put_system_files
    from kioskd.install.services import managed
    from kioskd.install.switch import SwitchError, point, upgrade

    running, looked_after = layout.version(), managed(layout)
    version = put_release(layout, folder)
    put_system_files(layout, layout.release(version), roles)
    new = put_settings(layout, layout.release(version), roles)
    if args.ca is not None:
        put_ca(layout, args.ca)
    _address(layout, roles, args.hub)
    if args.file is not None and {"hub", "standby"} & set(roles):
        offer(layout, args.file)
    if running is None or not looked_after or args.no_start:
        point(layout, version)
        print(say("installed", version=version))
    if running is None:
        for file in new:
            if file.parent == layout.settings:
                print(f"  {file}")
    if not looked_after:
        return 0
    system = systemd(layout)
    system.prepare()
    # Who was not paired the first time comes again with a code, and with nothing else that is new.
    if changed := running is None or roles != known or bool(args.code):
        own(layout)
        system.enable(roles)
        if not _pair(layout, roles, args):
            return 1
    if args.no_start:
        return 0
    if running is not None:
        try:
            return tell(upgrade(layout, version, system))
        except SwitchError as error:
            if error.code != "same":
                raise
            if not changed:
                print(say("same", version=error.detail))
                return 0
    system.start(roles)
    why = system.well(roles, 60.0)
    print(say("not_up", why=why) if why else say("up"))
    url = f"http://127.0.0.1:{PORT}/" if "hub" in roles else args.hub
    print(say("next_hub" if "hub" in roles else "next_other", url=url))
    return 0


def _address(layout: Layout, roles: list[str], hub: str) -> None:
    """Tell the units of this PC where the hub is, and whom its certificate must be from: in a drop-in, so
    that an upgrade keeps it.
    """
    if not hub:
        return
    from kioskd.install.layout import ROLES
    from kioskd.install.place import HALL_CA

    ca = layout.settings / HALL_CA
    own_ca = hub.startswith("https:") and ca.exists()
    lines = f"[Service]\nEnvironment=KIOSKD_HUB={hub}\n"
    if own_ca:
        lines += f'Environment="KIOSKD_CA=--ca-file /{ca.relative_to(layout.root)}"\n'
    for role in ("kiosk", "board"):
        if role in roles:
            folder = layout.units / f"{ROLES[role]}.d"
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "hub.conf").write_text(lines, "utf-8")
    station = layout.settings / "station.toml"
    if "station" in roles and station.exists():
        import tomlkit

        document = tomlkit.parse(station.read_text("utf-8"))
        table = document.get("hub")
        if isinstance(table, dict):
            table["url"] = hub
            if hub.startswith("http:"):
                table.pop("ca_file", None)
            elif own_ca:
                table.setdefault("ca_file", HALL_CA)
            station.write_text(tomlkit.dumps(document), "utf-8")


def _pair(layout: Layout, roles: list[str], args: argparse.Namespace) -> bool:
    """Give this PC its token of the hub, as the service's user, whose data it will be."""
    import subprocess

    from kioskd.install.place import HALL_CA

    role = next((role for role in ("station", "standby") if role in roles), None)
    if role is None or not args.code:
        return True
    program, data = str(layout.base / "bin" / "kioskd"), str(layout.data)
    ca = ["--ca", str(layout.settings / HALL_CA)] if args.ca is not None else []
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


def own(layout: Layout) -> None:
    """Give the settings to the service's user: where a device was found is written into them. What the kiosk
    is handed stays root's, and readable by it where the service manager knows no credentials; the hall's CA
    is no secret, and programs of several users read it.
    """
    from kioskd.install.place import HALL_CA, SECRETS

    for place in (layout.settings, *layout.settings.rglob("*")):
        secret = place.name in SECRETS
        shutil.chown(place, "root", "kiosk" if secret else "kioskd")
        mode = 0o640 if secret else 0o644 if place.name == HALL_CA else 0o660
        place.chmod(0o2771 if place.is_dir() else mode)
