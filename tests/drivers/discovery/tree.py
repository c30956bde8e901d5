"""A made-up PC: the parts of sysfs and /dev that a look reads."""

from __future__ import annotations

import os
from pathlib import Path

PCI = "sys/devices/pci0000:00/0000:00:14.0"
KEYBOARD = "10000 0 0 7ff 0 0 fffffffffffffffe"
"""Words of a key bitmap: KEY_ESC … KEY_COMPOSE, as an ordinary keyboard has them."""
MOUSE = "70000 0 0 0 0"
KEYPAD = "3ff800000000 ffc"
"""KEY_1 … KEY_0 and the numeric block, no letters."""
PEN = "1c03 0 0 0 0 0"
POWER = "10000000000000 0"


class Tree:
    """Files under ``root`` as a kernel would lay them out."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def file(self, path: str, text: str) -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text + "\n")

    def link(self, path: str, target: str) -> None:
        """A link at ``path`` to ``target``, both as seen from the root."""
        link = self.root / path
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(os.path.relpath(self.root / target, link.parent))

    def usb(self, port: str, vendor: str, product: str, maker: str = "", name: str = "") -> str:
        folder = f"{PCI}/usb1/{port}"
        self.file(f"{folder}/idVendor", vendor)
        self.file(f"{folder}/idProduct", product)
        if maker:
            self.file(f"{folder}/manufacturer", maker)
        if name:
            self.file(f"{folder}/product", name)
        self.link(f"sys/bus/usb/devices/{port}", folder)
        return folder

    def interface(self, device: str, number: int, kind: str) -> str:
        port = device.rpartition("/")[2]
        folder = f"{device}/{port}:1.{number}"
        self.file(f"{folder}/bInterfaceClass", kind)
        self.link(f"sys/bus/usb/devices/{port}:1.{number}", folder)
        return folder

    def usb_serial(self, port: str, tty: str, *, by_path: bool = True, name: str = "FT232R USB UART") -> None:
        interface = self.interface(self.usb(port, "0403", "6001", "FTDI", name), 0, "ff")
        self.file(f"{interface}/{tty}/tty/{tty}/dev", "188:0")
        self.link(f"{interface}/{tty}/tty/{tty}/device", f"{interface}/{tty}")
        self.link(f"sys/class/tty/{tty}", f"{interface}/{tty}/tty/{tty}")
        self.file(f"dev/{tty}", "")
        if by_path:
            hub = port.partition("-")[2]
            for form in ("usb", "usbv2"):
                self.link(f"dev/serial/by-path/pci-0000:00:14.0-{form}-0:{hub}:1.0-port0", f"dev/{tty}")

    def board_serial(self, tty: str, kind: int) -> None:
        folder = f"sys/devices/platform/serial8250/tty/{tty}"
        self.file(f"{folder}/type", str(kind))
        self.link(f"{folder}/device", "sys/devices/platform/serial8250")
        self.link(f"sys/class/tty/{tty}", folder)

    def console(self, tty: str) -> None:
        self.file(f"sys/devices/virtual/tty/{tty}/dev", "4:1")
        self.link(f"sys/class/tty/{tty}", f"sys/devices/virtual/tty/{tty}")

    def printer(self, port: str, lp: str = "lp0") -> None:
        interface = self.interface(self.usb(port, "04b8", "0e15", "EPSON", "TM-T20II"), 0, "07")
        self.file(f"{interface}/usbmisc/{lp}/dev", "180:0")

    def input(self, port: str, event: str, name: str, keys: str, link: str = "") -> None:
        interface = self.interface(self.usb(port, "1a2c", "2d23"), 0, "03")
        folder = f"{interface}/0003:1A2C:2D23.0001/input/input7"
        self.file(f"{folder}/name", name)
        self.file(f"{folder}/capabilities/key", keys)
        self.file(f"{folder}/{event}/dev", "13:64")
        self.link(f"{folder}/{event}/device", folder)
        self.link(f"sys/class/input/{event}", f"{folder}/{event}")
        if link:
            self.link(f"dev/input/by-path/{link}", f"dev/input/{event}")

    def power_button(self, event: str) -> None:
        folder = "sys/devices/LNXSYSTM:00/LNXPWRBN:00/input/input0"
        self.file(f"{folder}/name", "Power Button")
        self.file(f"{folder}/capabilities/key", POWER)
        self.link(f"{folder}/{event}/device", folder)
        self.link(f"sys/class/input/{event}", f"{folder}/{event}")

    def camera(self, port: str) -> None:
        interface = self.interface(self.usb(port, "1bcf", "2b8a", "", "Document Camera"), 0, "0e")
        for number in (0, 1):
            folder = f"{interface}/video4linux/video{number}"
            self.file(f"{folder}/name", "Document Camera: Document Came")
            self.file(f"{folder}/index", str(number))
            self.link(f"{folder}/device", interface)
            self.link(f"sys/class/video4linux/video{number}", folder)
            self.link(
                f"dev/v4l/by-path/pci-0000:00:14.0-usb-0:{port[2:]}:1.0-video-index{number}",
                f"dev/video{number}",
            )

    def sound(self, port: str, card: str, name: str) -> None:
        interface = self.interface(self.usb(port, "0d8c", "0014", "C-Media", "USB Audio"), 0, "01")
        folder = f"{interface}/sound/{card}"
        self.file(f"{folder}/id", name)
        self.link(f"{folder}/device", interface)
        self.link(f"sys/class/sound/{card}", folder)
        self.file(f"{folder}/controlC0/dev", "116:0")
        self.link("sys/class/sound/controlC0", f"{folder}/controlC0")

    def unplug(self, link: str) -> None:
        """Take a device's entry away, as the kernel does first."""
        (self.root / link).unlink()


def hall(root: Path) -> Tree:
    """A PC with one of everything."""
    tree = Tree(root)
    tree.console("tty0")
    tree.board_serial("ttyS0", 4)
    tree.board_serial("ttyS1", 0)
    tree.usb_serial("1-1.2", "ttyUSB0")
    tree.printer("1-2")
    tree.input("1-3", "event5", "SIGMACHIP USB Keyboard", KEYPAD, "pci-0000:00:14.0-usb-0:3:1.0-event-kbd")
    tree.power_button("event0")
    tree.camera("1-4")
    tree.sound("1-5", "card1", "Device")
    return tree
