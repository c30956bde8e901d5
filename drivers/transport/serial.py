"""Lines over serial ports, real ones and ptys."""

from __future__ import annotations

import asyncio
import errno
import termios

import serialx

from drivers.errors import ConfigurationError, DeviceError, TransientError
from drivers.facts import Fact, fact, refused
from drivers.transport.address import format_address, wire_of
from drivers.transport.api import Address
from drivers.transport.stream import StreamLine, Timing, Traffic

_DENIED = {errno.EACCES, errno.EPERM}
_NOT_SERIAL = {errno.ENOTTY, errno.EISDIR, errno.EINVAL}


async def open_serial(address: Address, traffic: Traffic | None, timing: Timing) -> StreamLine:
    """Open and lock the port, raw, eight data bits, no flow control."""
    wire = wire_of(address)
    where = fact("line.at", where=format_address(address))
    try:
        async with asyncio.timeout(timing.connect):
            _, line = await serialx.create_serial_connection(
                asyncio.get_running_loop(),
                lambda: StreamLine(address, wire, traffic, timing),
                address.target,
                baudrate=wire.baudrate or 9600,
                parity=serialx.Parity(wire.parity),
                stopbits=serialx.StopBits(wire.stopbits),
                exclusive=True,
            )
    except TimeoutError:
        raise TransientError(
            "line.absent", fact("line.did_not_open", seconds=timing.connect), where
        ) from None
    except (OSError, termios.error) as error:
        raise _explain(where, error) from error
    except serialx.UnsupportedSetting as error:
        raise ConfigurationError("address.bad", fact("serial.setting", text=error), where) from error
    assert isinstance(line, StreamLine)
    return line


def _explain(where: Fact, error: Exception) -> DeviceError:
    number = error.args[0] if error.args and isinstance(error.args[0], int) else None
    if number == errno.EBUSY:
        return ConfigurationError("line.busy", where)
    if number in _DENIED:
        return ConfigurationError("line.denied", fact("line.not_in_group", group="dialout"), where)
    if number in _NOT_SERIAL:
        return ConfigurationError("address.bad", fact("serial.no_port"), where)
    return TransientError("line.absent", refused(error), where)
