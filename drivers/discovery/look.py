"""Looking at what is plugged in, through sysfs and the links that udev makes under /dev.

Sources: the kernel's Documentation/ABI (sysfs-class-tty ``type``, sysfs-bus-usb), USB class codes 07
(printer) and, of input devices, include/uapi/linux/input-event-codes.h. Nothing is opened, so nobody's
device is disturbed and no right is needed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from drivers.discovery.found import Found, Kind

_ORDER = tuple(Kind)
_KEY_A, _KEY_Z, _KEY_SPACE = 30, 44, 57
_KEY_KP1, _KEY_1 = 79, 2
_BTN_LEFT, _BTN_PEN = 0x110, 0x140
_ODD = re.compile(r"[^\w .,:/()+#-]")


def look(root: Path = Path("/")) -> tuple[Found, ...]:
    """All devices that a hall could use, by kind and address.

    ``root`` is the folder that holds ``sys`` and ``dev``. A device that goes away in the middle of
    the look is left out. Raises nothing.
    """
    found = [*_serial(root), *_printers(root), *_inputs(root), *_videos(root), *_sounds(root)]
    return tuple(sorted(found, key=lambda each: (_ORDER.index(each.kind), _in_order(each.address))))


def _in_order(address: str) -> list[str | int]:
    """Socket 10 comes after socket 9, not after socket 1."""
    return [int(part) if part.isdecimal() else part for part in re.split(r"(\d+)", address)]


def _serial(root: Path) -> Iterator[Found]:
    links = _links(root / "dev/serial/by-path")
    for entry in _entries(root / "sys/class/tty"):
        # A name without a device is a virtual console; type 0 is a socket the board doesn't have.
        if not (entry / "device").exists() or _read(entry / "type") == "0":
            continue
        usb = _usb_parent(entry / "device")
        link = links.get(entry.name, "")
        on_board = usb is None
        yield Found(
            kind=Kind.SERIAL,
            address=f"serial://{link or f'/dev/{entry.name}'}?baudrate=9600",
            name=_usb_name(usb) or entry.name,
            node=f"/dev/{entry.name}",
            port=usb.name if usb else "",
            usb=_usb_id(usb),
            # A port of the board keeps its number; an adapter's number is the order of plugging.
            stable=bool(link) or on_board,
        )


def _printers(root: Path) -> Iterator[Found]:
    for interface in _entries(root / "sys/bus/usb/devices"):
        if ":" not in interface.name or _read(interface / "bInterfaceClass") != "07":
            continue
        usb = _usb_parent(interface)
        if usb is None:
            continue
        nodes = [f"/dev/usb/{node.name}" for node in _entries(interface / "usbmisc")]
        yield Found(
            kind=Kind.PRINTER,
            address=f"usb://{_usb_id(usb)}?port={usb.name}",
            name=_usb_name(usb) or _usb_id(usb),
            node=nodes[0] if nodes else "",
            port=usb.name,
            usb=_usb_id(usb),
        )


def _inputs(root: Path) -> Iterator[Found]:
    links = _links(root / "dev/input/by-path")
    for entry in _entries(root / "sys/class/input"):
        if not entry.name.startswith("event"):
            continue
        role = _role(entry / "device")
        usb = _usb_parent(entry / "device")
        link = links.get(entry.name, "")
        # Power buttons and lid switches of the board are nothing for a hall.
        if not role or (usb is None and not link):
            continue
        node = f"/dev/input/{entry.name}"
        yield Found(
            kind=Kind.INPUT,
            address=f"evdev://{link or node}",
            name=_clean(_read(entry / "device/name")) or entry.name,
            node=node,
            port=usb.name if usb else "",
            usb=_usb_id(usb),
            role=role,
            stable=bool(link),
        )


def _videos(root: Path) -> Iterator[Found]:
    links = _links(root / "dev/v4l/by-path")
    for entry in _entries(root / "sys/class/video4linux"):
        # A camera has several nodes; pictures come from the first, the others carry metadata.
        if not entry.name.startswith("video") or _read(entry / "index") not in ("", "0"):
            continue
        usb = _usb_parent(entry / "device")
        link = links.get(entry.name, "")
        yield Found(
            kind=Kind.VIDEO,
            address=f"v4l2://{link or f'/dev/{entry.name}'}",
            name=_clean(_read(entry / "name")) or entry.name,
            node=f"/dev/{entry.name}",
            port=usb.name if usb else "",
            usb=_usb_id(usb),
            stable=bool(link),
        )


def _sounds(root: Path) -> Iterator[Found]:
    for entry in _entries(root / "sys/class/sound"):
        if not re.fullmatch(r"card[0-9]+", entry.name):
            continue
        # The id, unlike the number, doesn't depend on the order in which cards were found.
        name = _clean(_read(entry / "id"))
        usb = _usb_parent(entry / "device")
        yield Found(
            kind=Kind.SOUND,
            address=f"alsa://plughw:CARD={name}" if name else f"alsa://plughw:{entry.name[4:]}",
            name=_usb_name(usb) or name or entry.name,
            port=usb.name if usb else "",
            usb=_usb_id(usb),
            stable=bool(name),
        )


def _role(device: Path) -> str:
    """What an input device looks like by its keys; empty for what nobody presses."""
    keys = _bits(_read(device / "capabilities/key"))
    if keys >> _BTN_PEN & 1:
        return "tablet"
    if keys >> _BTN_LEFT & 1:
        return "mouse"
    if all(keys >> key & 1 for key in (_KEY_A, _KEY_Z, _KEY_SPACE)):
        return "keyboard"
    if keys >> _KEY_KP1 & 1 or keys >> _KEY_1 & 1:
        return "keypad"
    return "buttons" if keys else ""


def _bits(text: str) -> int:
    """A capability bitmap: words of the kernel's 64-bit long in hex, the highest first."""
    value = 0
    for word in text.split():
        if not re.fullmatch(r"[0-9a-f]{1,16}", word):
            return 0
        value = value << 64 | int(word, 16)
    return value


def _usb_parent(device: Path) -> Path | None:
    """The USB device that a node of sysfs belongs to; None for one that is not on USB."""
    try:
        place = device.resolve(strict=True)
    except OSError:
        return None
    for folder in (place, *place.parents):
        if (folder / "idVendor").is_file():
            return folder
        if folder.name == "devices":
            return None
    return None


def _usb_id(usb: Path | None) -> str:
    return f"{_read(usb / 'idVendor')}:{_read(usb / 'idProduct')}" if usb else ""


def _usb_name(usb: Path | None) -> str:
    if usb is None:
        return ""
    return _clean(" ".join(word for word in (_read(usb / "manufacturer"), _read(usb / "product")) if word))


def _links(folder: Path) -> dict[str, str]:
    """From a device's present name to its stable path, as seen from the root."""
    links: dict[str, str] = {}
    # Newer systems also write "…-usbv2-0:…"; the form sorted first is the one that all have.
    for link in sorted(_entries(folder), reverse=True):
        try:
            target = link.readlink()
        except OSError:
            continue
        links[target.name] = "/" + str(Path(*link.parts[-4:]))
    return links


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


def _read(file: Path) -> str:
    try:
        return file.read_text("utf-8", "replace").strip()
    except OSError:
        return ""


def _clean(text: str) -> str:
    """A name that a device gave itself, harmless on a terminal and in a settings file."""
    return _ODD.sub("", text)[:80].strip()
