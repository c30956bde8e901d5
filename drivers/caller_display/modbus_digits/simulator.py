"""A digit display on Modbus RTU."""

from __future__ import annotations

from pymodbus.framer import FramerRTU
from pymodbus.pdu import DecodePDU, ExceptionResponse, ModbusPDU
from pymodbus.pdu.register_message import (
    WriteMultipleRegistersRequest,
    WriteMultipleRegistersResponse,
    WriteSingleRegisterRequest,
    WriteSingleRegisterResponse,
)

from drivers.caller_display.api import Colour
from drivers.caller_display.dots import HEIGHT, strip
from drivers.caller_display.modbus_digits.codec import (
    MAX_REQUEST,
    NUMBER,
    POINT,
    SEGMENTS,
    WRITE_MANY,
    WRITE_ONE,
    Refusal,
    characters,
    checked,
)
from drivers.caller_display.modbus_digits.driver import Options
from drivers.caller_display.simulated import SimulatedSign, TextRow, Window
from drivers.hunt import Hunter, Look

_WRITE_ONE_LENGTH = 8


class ModbusDigits(SimulatedSign):
    """A display built like the driver from its profile."""

    def __init__(self, unit: int, options: Options | None = None) -> None:
        options = options or Options()
        super().__init__(options.digits * HEIGHT // 2, HEIGHT)
        self.unit = unit
        self.frames = 0
        self.refusals: list[int] = []
        """Exception codes for the next requests."""
        self._digits = options.digits
        self._framer = FramerRTU(DecodePDU(is_server=False))
        self._decoder = requests()
        self._text = "0"
        self._point = 0

    @property
    def lit(self) -> bool:
        """Powered; the display has no switch."""
        return self.powered

    def _take(self, data: bytes) -> None:
        for pdu in self._decoder.feed(data):
            if pdu.dev_id != self.unit:
                continue
            self.frames += 1
            refusal = self.refusals.pop(0) if self.refusals else self._obey(pdu)
            answer: ModbusPDU
            if refusal:
                answer = ExceptionResponse(pdu.function_code, refusal, self.unit)
            elif pdu.function_code == WRITE_ONE:
                answer = WriteSingleRegisterResponse(
                    self.unit, address=pdu.address, registers=list(pdu.registers)
                )
            else:
                answer = WriteMultipleRegistersResponse(self.unit, address=pdu.address, count=pdu.count)
            self._say(self._framer.buildFrame(answer))

    def _obey(self, pdu: ModbusPDU) -> int:
        before = (self._text, self._point)
        if isinstance(pdu, WriteMultipleRegistersRequest):
            if pdu.address != SEGMENTS:
                return Refusal.REGISTER
            self._text, self._point = characters(pdu.registers)[: self._digits], 0
        elif pdu.address == NUMBER:
            value = pdu.registers[0]
            self._text = str(value - 0x10000 if value & 0x8000 else value)
        elif pdu.address == POINT:
            if pdu.registers[0] >= self._digits:
                return Refusal.VALUE
            self._point = pdu.registers[0]
        else:
            return Refusal.REGISTER
        if (self._text, self._point) != before:
            self._changed()
        return 0

    def _lost_power(self) -> None:
        self._text, self._point = "0", 0
        self._decoder.clear()

    def _lost_line(self) -> None:
        self._decoder.clear()

    def _shown(self) -> str:
        text = self._text.rjust(self._digits)[-self._digits :]
        return text[: -self._point] + "." + text[-self._point :] if self._point else text

    def _rows(self) -> list[TextRow]:
        return [TextRow(((self._shown(), Colour.RED),), 0)]

    def _windows(self) -> list[Window]:
        return [Window(0, 0, self.width, self.height, (strip([(self._shown(), Colour.RED)]),))]


def requests() -> Hunter[ModbusPDU]:
    """Write requests out of a stream, as a display takes them."""
    decoder = DecodePDU(is_server=True)

    def request_at(held: bytes, at: int) -> tuple[ModbusPDU, int] | Look:
        if len(held) < at + _WRITE_ONE_LENGTH:
            return Look.NOT_YET
        function = held[at + 1]
        if function not in (WRITE_ONE, WRITE_MANY):
            return Look.NOT_HERE
        end = at + (_WRITE_ONE_LENGTH if function == WRITE_ONE else 9 + held[at + 6])
        if end - at > MAX_REQUEST:
            return Look.NOT_HERE
        if len(held) < end:
            return Look.NOT_YET
        frame = held[at:end]
        pdu = decoder.decode(frame[1:-2]) if checked(frame) else None
        if not isinstance(pdu, WriteSingleRegisterRequest | WriteMultipleRegistersRequest):
            return Look.NOT_HERE
        pdu.dev_id = frame[0]
        return pdu, end

    return Hunter(request_at, MAX_REQUEST)
