"""A print queue that speaks IPP on a real socket: what comes out, and what is known if nothing does."""

from __future__ import annotations

import asyncio
import contextlib
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.office_printer.ipp.codec import (
    Group,
    JobState,
    MalformedError,
    Message,
    Operation,
    decode,
    encode,
    request,
)
from drivers.office_printer.ipp.driver import IppPrinter
from drivers.office_printer.ipp.simulator import SimulatedQueue
from drivers.outcome import Outcome

PDF = b"%PDF-1.7 something"


def test_a_print_job_as_the_standard_has_it() -> None:
    # RFC 8010, appendix A.1 in shape: version, operation, request id, then charset first.
    data = encode(
        Message(
            code=Operation.PRINT_JOB,
            request=1,
            groups={
                Group.OPERATION: {
                    "attributes-charset": ("utf-8",),
                    "attributes-natural-language": ("en-us",),
                    "printer-uri": ("ipp://printer.example.com/ipp/print/pinetree",),
                    "job-name": ("foobar",),
                }
            },
            data=b"%!PDF",
        )
    )
    assert data.startswith(
        b"\x02\x00\x00\x02\x00\x00\x00\x01\x01\x47\x00\x12attributes-charset\x00\x05utf-8"
        b"\x48\x00\x1battributes-natural-language\x00\x05en-us"
        b"\x45\x00\x0bprinter-uri\x00\x2cipp://printer.example.com/ipp/print/pinetree"
        b"\x42\x00\x08job-name\x00\x06foobar"
    )
    assert data.endswith(b"\x03%!PDF")


_text = st.text(st.characters(exclude_categories=("Cs",)), max_size=40)


@given(
    st.integers(0, 0xFFFF),
    st.integers(0, 2**31 - 1),
    st.lists(_text, min_size=1, max_size=4),
    st.integers(-(2**31), 2**31 - 1),
    st.booleans(),
    st.binary(max_size=60),
)
def test_what_is_written_is_read(
    code: int, number: int, words: list[str], value: int, flag: bool, data: bytes
) -> None:
    groups = {
        Group.OPERATION: {"job-name": (words[0],), "requested-attributes": tuple(words)},
        Group.JOB: {"job-id": (value,), "printer-is-accepting-jobs": (flag,)},
    }
    message = Message(code=code, request=number, groups=groups, data=data)
    assert decode(encode(message)) == message


@given(st.binary(max_size=200))
def test_anything_is_read_or_refused(data: bytes) -> None:
    with contextlib.suppress(MalformedError):
        decode(data)


@given(st.data())
def test_a_message_cut_short_is_refused_or_whole(data: st.DataObject) -> None:
    whole = encode(request(Operation.PRINT_JOB, 7, "ipp://h/printers/x", "li", {"job-name": ("A012",)}))
    cut = data.draw(st.integers(0, len(whole) - 1))
    with pytest.raises(MalformedError):
        decode(whole[:cut])


async def test_printed() -> None:
    async with SimulatedQueue() as queue:
        result = await IppPrinter(queue.url, look_s=0.01).print(PDF, "A012 告知单", user="li")
        assert result.outcome is Outcome.DONE
        (job,) = queue.jobs
        assert (job.pdf, job.name, job.media) == (PDF, "A012 告知单", "iso_a4_210x297mm")


async def test_waits_for_paper() -> None:
    async with SimulatedQueue() as queue:
        queue.stopped = ("media-empty-error",)
        printing = asyncio.create_task(IppPrinter(queue.url, look_s=0.01).print(PDF, "A012"))
        await asyncio.wait_for(queue.taken.wait(), 30)
        assert not printing.done()
        queue.finish()
        assert (await asyncio.wait_for(printing, 30)).outcome is Outcome.DONE


async def test_without_paper_for_long_it_is_unknown_and_says_why() -> None:
    async with SimulatedQueue() as queue:
        queue.stopped = ("media-empty-error",)
        result = await IppPrinter(queue.url, look_s=0.01, printed_s=0.3).print(PDF, "A012")
        assert (result.outcome, result.code) == (Outcome.UNKNOWN, "printer.paper_out")
        assert len(queue.jobs) == 1


async def test_refused_is_failed() -> None:
    async with SimulatedQueue() as queue:
        queue.accepts = False
        result = await IppPrinter(queue.url).print(PDF, "A012")
        assert (result.outcome, result.code) == (Outcome.FAILED, "printer.refused")
        assert queue.jobs == []


async def test_taken_without_an_answer_is_unknown_and_never_sent_twice() -> None:
    async with SimulatedQueue() as queue:
        queue.silent = True
        result = await IppPrinter(queue.url).print(PDF, "A012")
        assert (result.outcome, result.code) == (Outcome.UNKNOWN, "printer.no_answer")
        assert len(queue.jobs) == 1


async def test_cancelled_at_the_printer_is_unknown() -> None:
    async with SimulatedQueue() as queue:
        queue.stopped = ("media-jam",)
        printing = asyncio.create_task(IppPrinter(queue.url, look_s=0.01).print(PDF, "A012"))
        await asyncio.wait_for(queue.taken.wait(), 30)
        queue.jobs[0].state = JobState.CANCELED
        result = await asyncio.wait_for(printing, 30)
        assert (result.outcome, result.code) == (Outcome.UNKNOWN, "printer.cancelled")


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]"])
async def test_nobody_there_is_failed(host: str) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        result = await IppPrinter(f"ipp://{host}:{port}/printers/x").print(PDF, "A012")
    assert (result.outcome, result.code) == (Outcome.FAILED, "printer.absent")


@pytest.mark.parametrize("url", ["http://h/printers/x", "ipp:///printers/x", "tcp://h:9100"])
def test_another_address_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="ipp://"):
        IppPrinter(url)
