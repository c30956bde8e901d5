"""``kioskd devices record`` and ``replay``: a strange device becomes a file, and a file the device."""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from drivers.errors import DeviceError
from drivers.recording.blanks import blank
from drivers.recording.format import Header, Recorder, Recording, RecordingError, load
from drivers.recording.playback import Playback
from drivers.registry import DRIVERS, PRIVATE
from drivers.status import DeviceState
from drivers.transport.address import format_address, parse_address, wire_of
from drivers.transport.api import Address
from drivers.transport.line import open_line
from drivers.transport.simulated import PtyPort, TcpPort
from drivers.transport.simulated_udp import UdpPort
from kioskd.commands.arguments import port as port_number
from kioskd.commands.devices_choice import add_device, chosen, failure
from kioskd.commands.devices_texts import say
from kioskd.os_errors import why
from kioskd.station.alone import alone
from kioskd.station.config import DeviceSettings

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

ONLINE_S = 10.0
TEST_S = 60.0


def register(subparsers: Subparsers) -> argparse.ArgumentParser:
    """Add ``record`` and return its parser; it exits 0 done, 1 the device failed, 2 wrong use."""
    parser = subparsers.add_parser("record", help="录制设备的每个字节 · record a device's bytes")
    add_device(parser)
    parser.add_argument("to", type=Path, metavar="FILE", help="录制文件 · the file to make")
    parser.add_argument("--seconds", type=_seconds, default=60.0, help="时长 · how long (%(default)g)")
    parser.add_argument(
        "--listen", action="store_true", help="只听，不用驱动 · only listen; no driver talks to the device"
    )
    parser.add_argument(
        "--test", action="store_true", help="同时做一次测试 · have the driver do its test meanwhile"
    )
    parser.add_argument(
        "--redact", action="store_true", help="抹去打印内容 · blank the text that goes to a printer"
    )
    parser.set_defaults(run=_record)
    return parser


def register_replay(subparsers: Subparsers) -> argparse.ArgumentParser:
    """Add ``replay`` and return its parser; it exits 0 done, 2 wrong use."""
    parser = subparsers.add_parser("replay", help="回放录制，充当设备 · play a recording as the device")
    parser.add_argument("recording", type=Path, metavar="FILE", help="录制文件 · a recording")
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--pty", type=Path, help="串口路径 · where to make the serial port (FILE.pty)")
    where.add_argument("--port", type=port_number, default=None, help="网络端口 · port on 127.0.0.1 (any)")
    parser.add_argument(
        "--pace", type=_pace, default=1.0, help="1 原速，0 不停顿 · 1 as recorded, 0 no pause"
    )
    parser.add_argument(
        "--lead",
        type=_pace,
        default=3.0,
        help="设备先说话时等几秒 · seconds before it speaks first",
    )
    parser.set_defaults(run=_replay)
    return parser


def _record(args: argparse.Namespace) -> int:
    device = chosen(args)
    if device is None:
        return 2
    if DRIVERS[device.driver].device_class in PRIVATE:
        print(say(args.lang, "private", id=device.id), file=sys.stderr)
        return 2
    address = parse_address(device.address)
    header = Header(
        driver=device.driver,
        scheme=address.scheme,
        params=address.params,
        unit=device.unit,
        profile=device.profile,
        options=device.options,
        redacted=args.redact,
    )
    try:
        private = blank(device.driver, device.options) if args.redact else None
    except LookupError:
        print(say(args.lang, "no_blank", driver=device.driver), file=sys.stderr)
        return 2
    try:
        recorder = Recorder(args.to, header, time.monotonic, private)
    except FileExistsError:
        print(say(args.lang, "exists", file=args.to), file=sys.stderr)
        return 2
    except OSError as error:
        print(say(args.lang, "unwritable", file=args.to, detail=why(error, args.lang)), file=sys.stderr)
        return 2
    status = 0
    with recorder:
        print(say(args.lang, "recording", id=device.id, file=args.to, seconds=args.seconds), flush=True)
        try:
            asyncio.run(_hold(device, recorder, args))
        except DeviceError as error:
            print(failure(error, args.lang), file=sys.stderr)
            status = 1
        except TimeoutError:
            print(say(args.lang, "failed", sentence=f"{TEST_S:g} s"), file=sys.stderr)
            status = 1
        except KeyboardInterrupt:
            print()
        except OSError as error:
            print(say(args.lang, "unwritable", file=args.to, detail=why(error, args.lang)), file=sys.stderr)
            status = 1
    print(say(args.lang, "recorded", received=recorder.received, sent=recorder.sent))
    return status


async def _hold(device: DeviceSettings, recorder: Recorder, args: argparse.Namespace) -> None:
    if args.listen:
        line = await open_line(parse_address(device.address), traffic=recorder.take)
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(args.seconds):
                    await line.wait_lost()
        finally:
            await line.close()
        return
    end = time.monotonic() + args.seconds
    async with alone(device, recorder.take) as one:
        if args.test:
            await one.until(lambda status: status.state is DeviceState.ONLINE, ONLINE_S)
            await one.test(TEST_S)
        await one.watch(max(0.0, end - time.monotonic()))


def _replay(args: argparse.Namespace) -> int:
    try:
        recording = load(args.recording)
    except OSError as error:
        detail = why(error, args.lang)
        print(say(args.lang, "unreadable", file=args.recording, detail=detail), file=sys.stderr)
        return 2
    except RecordingError as error:
        print(say(args.lang, "not_a_recording", detail=error), file=sys.stderr)
        return 2
    serial = recording.header.scheme == "serial"
    if args.pty is not None and not serial:
        print(say(args.lang, "no_pty_for", scheme=recording.header.scheme), file=sys.stderr)
        return 2
    if args.port is not None and serial:
        print(say(args.lang, "no_port_for"), file=sys.stderr)
        return 2
    path = args.pty or args.recording.with_name(f"{args.recording.name}.pty")
    if serial and (path.exists() or path.is_symlink()):
        print(say(args.lang, "taken", path=path), file=sys.stderr)
        return 2
    playback = Playback(recording, pace=args.pace, lead=args.lead)
    port = _port(recording, playback, path.absolute(), args.port or 0)

    def ready(address: Address) -> None:
        where = format_address(address)
        print(say(args.lang, "replaying", driver=recording.header.driver, address=where), flush=True)

    try:
        asyncio.run(_serve(port, ready))
    except KeyboardInterrupt:
        print()
    except OSError as error:
        where = path if serial else args.port
        print(say(args.lang, "no_port", where=where, detail=why(error, args.lang)), file=sys.stderr)
        return 2
    view = playback.view()
    print(say(args.lang, "replayed", **{**view, "strange": view["strange"] or say(args.lang, "none")}))
    return 0


def _port(recording: Recording, playback: Playback, path: Path, number: int) -> PtyPort | TcpPort | UdpPort:
    header = recording.header
    if header.scheme == "udp":
        return UdpPort("127.0.0.1", number, [playback])
    if header.scheme == "tcp":
        return TcpPort("127.0.0.1", number, [playback])
    return PtyPort(path, [playback], wire_of(Address("serial", str(path), header.params)).baudrate)


async def _serve(port: PtyPort | TcpPort | UdpPort, ready: Callable[[Address], None]) -> None:
    await port.start()
    try:
        ready(port.address)
        await asyncio.Event().wait()
    finally:
        await port.stop()


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 < value <= 86_400:
        raise argparse.ArgumentTypeError("0 < N ≤ 86400")
    return value


def _pace(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 3600:
        raise argparse.ArgumentTypeError("0 ≤ N ≤ 3600")
    return value
