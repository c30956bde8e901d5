"""What arrives broken, odd, slow or too large is answered clearly and harms nobody else."""

from __future__ import annotations

import asyncio
import contextlib
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
import structlog.testing

from kioskd.access.roles import Role
from kioskd.web.settings import WebSettings
from tests.web.conftest import Answer, Hall, Time, running

JSON = {"Content-Type": "application/json"}


async def send(hall: Hall, raw: bytes, path: str = "tickets", **headers: str) -> Answer:
    headers = hall.headers(Role.KIOSK) | {"Idempotency-Key": "x", **JSON, **headers}
    async with hall.session.post(hall.at(path), data=raw, headers=headers) as response:
        return Answer(response.status, response.headers, await response.read())


@pytest.mark.parametrize(
    ("raw", "params"),
    [
        (b"{", {"reason": "truncated"}),
        (b"nonsense", {"reason": "malformed", "byte": 4}),
        (b"[]", {"reason": "wrong_type", "want": "object"}),
        (b'"text"', {"reason": "wrong_type", "want": "object"}),
        (b"null", {"reason": "wrong_type", "want": "object"}),
        (b"\xff\xfe{}", {"reason": "malformed", "byte": 0}),
        (b'{"queue": "\xff"}', {"reason": "encoding"}),
        (b'{"queue": "\\ud800"}', {"reason": "surrogate"}),
        (b'{"queue": "\\ud800x"}', {"reason": "surrogate"}),
        (b'{"queue": "\\udc00"}', {"reason": "surrogate"}),
        (b'{"queue": "\\ud800\\u0041"}', {"reason": "surrogate"}),
        (b'{"queue": "\\ud800', {"reason": "truncated"}),
        (b'{"queue": 7}', {"reason": "wrong_type", "path": "queue", "want": "str"}),
        (b'{"queue": "general", "surprise": 1}', {"reason": "unknown_field", "field": "surprise"}),
        (b'{"queue": "general", "' + b"x" * 500 + b'": 1}', {"reason": "unknown_field", "field": "x" * 60}),
        (b'{"queue": ""}', {"reason": "too_short", "path": "queue", "least": 1}),
        (b'{"queue": "' + b"x" * 65 + b'"}', {"reason": "too_long", "path": "queue", "most": 64}),
        (b'{"queue": "a b"}', {"reason": "pattern", "path": "queue"}),
        (b'{"queue": "a\\u0000b"}', {"reason": "pattern", "path": "queue"}),
        (b'{"queue": "general", "headcount": 0}', {"reason": "too_small", "path": "headcount", "least": 1}),
        (
            b'{"queue": "general", "headcount": 99999999999999999999999999}',
            {"reason": "too_large", "path": "headcount", "most": 9999},
        ),
        (b'{"queue": "general", "headcount": 1e400}', {"reason": "out_of_range", "path": "headcount"}),
        (b'{"queue": "general", "language": "fr"}', {"reason": "no_choice", "path": "language"}),
        (b'{"services": [1]}', {"reason": "wrong_type", "path": "services[0]", "want": "str"}),
        (
            b'{"services": ["a"' + b', "a"' * 20 + b"]}",
            {"reason": "too_many", "path": "services", "most": 20},
        ),
        (b'{"queue": "general"} trailing', {"reason": "malformed", "byte": 22}),
    ],
)
async def test_bodies_that_are_not_right(hall: Hall, raw: bytes, params: dict[str, Any]) -> None:
    answer = await send(hall, raw)
    assert (answer.status, answer.code) == (400, "body_invalid"), answer.raw
    assert answer.json["params"] == params
    assert not re.search(r"[a-z]{3,} [a-z]{3,}", answer.json["detail"]), "plain Chinese"
    assert (await hall.ticket())["number"] == "A001"


async def test_a_body_nested_too_deeply(hall: Hall) -> None:
    answer = await send(hall, b'{"services": ' + b"[" * 5000 + b"]" * 5000 + b"}")
    assert (answer.status, answer.code) == (400, "body_invalid")


async def test_what_is_wrong_is_said_in_the_readers_language(hall: Hall) -> None:
    said = [
        (await send(hall, raw, **{"Accept-Language": language})).json["detail"]
        for raw in (b'{"queue": 7}', b'{"surprise": 1}')
        for language in ("zh", "en")
    ]
    assert said == [
        "请求内容不符合要求：“queue”：应为文字。",
        "The request's content is not as required: “queue”: this must be text.",
        "请求内容不符合要求：没有“surprise”这一项。",
        "The request's content is not as required: there is no field “surprise”.",
    ]
    query = await hall.get("services?limit=0", Role.PUBLIC)
    assert query.json["detail"] == "地址里的查询条件不符合要求：“limit”：太小，最小为 1。"


async def test_other_kinds_of_body(hall: Hall) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        answer = await send(hall, b'{"queue":"general"}', **{"Content-Type": kind})
        assert (answer.status, answer.code) == (415, "not_json"), kind
    fine = await send(hall, b'{"queue":"general"}', **{"Content-Type": "application/json; charset=utf-8"})
    assert fine.status == 201


async def test_a_body_may_be_left_out_where_nothing_is_needed(hall: Hall) -> None:
    headers = hall.headers(Role.TELLER) | {"Idempotency-Key": "x"}
    async with hall.session.post(hall.at("windows/1/logout"), headers=headers) as response:
        assert response.status == 200


async def test_a_body_too_large(hall: Hall) -> None:
    answer = await send(hall, b'{"queue":"' + b"x" * 70_000 + b'"}')
    assert (answer.status, answer.code) == (413, "body_too_large")

    async def pieces() -> object:
        for _ in range(100):
            yield b" " * 1000

    headers = hall.headers(Role.KIOSK) | {"Idempotency-Key": "x", **JSON}
    async with hall.session.post(hall.at("tickets"), data=pieces(), headers=headers) as response:
        assert response.status == 413
    assert (await hall.ticket())["number"] == "A001"


async def raw_exchange(hall: Hall, request: bytes, *, end: bool = False) -> bytes:
    host, port = hall.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        writer.write(request)
        if end:
            writer.write_eof()
        return await asyncio.wait_for(reader.read(), 10)
    finally:
        writer.close()
        await writer.wait_closed()


async def test_a_body_that_takes_too_long(tmp_path: Path, time: Time) -> None:
    async with running(tmp_path, time, settings=WebSettings(body_s=0.05)) as hall:
        token = hall.tokens[Role.KIOSK]
        answer = await raw_exchange(
            hall,
            b"POST /api/v1/tickets HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            b"Idempotency-Key: s\r\nAuthorization: Bearer " + token.encode() + b"\r\n"
            b'Content-Length: 100\r\n\r\n{"queue"',
        )
        assert answer.startswith(b"HTTP/1.1 408")
        assert b"body_slow" in answer
        assert (await hall.ticket())["number"] == "A001"


async def test_a_line_that_breaks_in_a_body_is_no_failure_of_the_hub(
    hall: Hall, caplog: pytest.LogCaptureFixture
) -> None:
    host, port = hall.url.removeprefix("http://").split(":")
    with structlog.testing.capture_logs() as logs:
        for head in (b"Content-Length: 100", b"Transfer-Encoding: chunked"):
            _, writer = await asyncio.open_connection(host, int(port))
            writer.write(
                b"POST /api/v1/tickets HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                b"Idempotency-Key: s\r\nAuthorization: Bearer " + hall.tokens[Role.KIOSK].encode() + b"\r\n"
                b"" + head + b'\r\n\r\n5\r\n{"que'
            )
            await writer.drain()
            await asyncio.sleep(0.05)
            writer.transport.abort()
        async with asyncio.timeout(10):
            while sum(one["event"] == "web.dropped" for one in logs) < 2:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
    assert {(one["event"], one["log_level"]) for one in logs} == {("web.dropped", "debug")}
    assert not caplog.records


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd", "x-own"])
async def test_a_body_that_is_encoded(hall: Hall, encoding: str, caplog: pytest.LogCaptureFixture) -> None:
    answer = await raw_exchange(
        hall,
        b"POST /api/v1/tickets HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        b"Idempotency-Key: s\r\nAuthorization: Bearer " + hall.tokens[Role.KIOSK].encode() + b"\r\n"
        b"Content-Encoding: " + encoding.encode() + b"\r\nContent-Length: 8\r\n\r\nnonsense",
    )
    assert problem(answer) == (415, "encoding_refused")
    assert not caplog.records
    assert (await send(hall, b'{"queue": "general"}', **{"Content-Encoding": "identity"})).status == 201


def problem(answer: bytes) -> tuple[int, str]:
    """Status and code of a raw answer, which must be a whole problem and the last of its connection."""
    head, _, body = answer.partition(b"\r\n\r\n")
    lines = [line.partition(b": ") for line in head.split(b"\r\n")[1:]]
    headers = {name.lower(): value for name, _, value in lines}
    assert headers[b"content-type"] == b"application/problem+json"
    assert int(headers[b"content-length"]) == len(body)
    assert headers[b"x-content-type-options"] == b"nosniff"
    said = msgspec.json.decode(body)
    assert answer.startswith(b"HTTP/1.%c %d " % (answer[7], said["status"]))
    assert said["detail"]
    return said["status"], said["code"]


@pytest.mark.parametrize(
    ("request_bytes", "code"),
    [
        (b"\x00\xff\x16\x03\x01\x02\x00\r\n\r\n", "not_http"),
        (b"GET\r\n\r\n", "not_http"),
        (b"GET /api/v1/hall HTTP/9.9\r\n\r\n", "not_http"),
        (b"GET /api/v1/hall HTTP/1.1\r\nHost x\r\n\r\n", "not_http"),
        (b"POST /api/v1/tickets HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n", "not_http"),
        (
            b"POST /api/v1/tickets HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
            "not_http",
        ),
        (b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", "head_too_large"),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 20_000 + b"\r\n\r\n", "head_too_large"),
    ],
)
async def test_requests_that_are_no_http(
    hall: Hall, request_bytes: bytes, code: str, caplog: pytest.LogCaptureFixture
) -> None:
    answer = await raw_exchange(hall, request_bytes)
    assert problem(answer) == (431 if code == "head_too_large" else 400, code)
    assert not caplog.records, "what is no HTTP is quoted nowhere"
    assert (await hall.get("/healthz")).status == 200


async def test_a_client_that_says_nothing_more(hall: Hall) -> None:
    assert await raw_exchange(hall, b"\r\n\r\n\r\n", end=True) == b""


async def test_a_head_that_takes_too_long(tmp_path: Path, time: Time) -> None:
    """Slow clients, however many, are let go one by one; everybody else is served meanwhile."""
    async with running(tmp_path, time, settings=WebSettings(head_s=0.2)) as hall:
        async with asyncio.TaskGroup() as group:
            slow = [
                group.create_task(raw_exchange(hall, b"POST /api/v1/tickets HTTP/1.1\r\nHost: x\r\nX-A: b"))
                for _ in range(50)
            ]
            assert (await hall.ticket())["number"] == "A001"
        assert {problem(task.result()) for task in slow} == {(408, "head_slow")}
        assert (await hall.ticket())["number"] == "A002"


async def test_a_head_that_drips_is_slow_too(tmp_path: Path, time: Time) -> None:
    async with running(tmp_path, time, settings=WebSettings(head_s=0.2)) as hall:
        host, port = hall.url.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))

        async def drip() -> None:
            while True:
                writer.write(b"X-A: b\r\n")
                await asyncio.sleep(0.02)

        writer.write(b"GET /healthz HTTP/1.1\r\n")
        dripping = asyncio.create_task(drip())
        # Who goes on sending may miss the answer, as the line is reset under it; it ends in any case.
        with contextlib.suppress(ConnectionError):
            assert problem(await asyncio.wait_for(reader.read(), 30)) == (408, "head_slow")
        dripping.cancel()
        writer.close()


async def test_time_between_requests_is_no_slowness(tmp_path: Path, time: Time) -> None:
    async with running(tmp_path, time, settings=WebSettings(head_s=0.1)) as hall:
        host, port = hall.url.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        for _ in range(2):
            writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 30)
            assert head.startswith(b"HTTP/1.1 200")
            await reader.readexactly(int(re.search(rb"(?i)content-length: (\d+)", head)[1]))  # type: ignore[index]
            await asyncio.sleep(0.3)
        writer.close()
        await writer.wait_closed()


@pytest.mark.parametrize(
    "path", ["/nope", "/pages/shared/nope.css", "/%ff", "/tokens.json", "/index.php?x=1"]
)
async def test_unknown_pages(hall: Hall, path: str) -> None:
    program = await hall.get(path, Role.PUBLIC, Accept="application/json")
    assert (program.status, program.code) == (404, "not_found")
    assert program.headers["Content-Type"] == "application/problem+json"
    said = {}
    for language, words in (("zh-CN", "没有这个页面"), ("en", "There is no such page")):
        accept = {"Accept": "text/html,application/xhtml+xml", "Accept-Language": language}
        page = await hall.get(path, Role.PUBLIC, **accept)
        assert (page.status, page.headers["Content-Language"]) == (404, language)
        assert page.headers["Content-Type"] == "text/html; charset=utf-8"
        assert "script" not in page.headers["Content-Security-Policy"]
        said[language] = page.raw.decode()
        assert f"<h1>{words}</h1>" in said[language]
        assert "没有这个页面" in said[language], "both languages are on the page"
    assert said["zh-CN"] != said["en"]


async def test_a_page_asked_for_in_another_way(hall: Hall) -> None:
    async with hall.session.post(hall.url + "/pages/revision") as response:
        assert response.status == 405
        assert response.headers["Allow"] == "GET,HEAD"
        assert (await response.json(content_type=None))["code"] == "method_not_allowed"


async def test_the_api_answers_browsers_as_programs(hall: Hall) -> None:
    answer = await hall.get("nope", Role.PUBLIC, Accept="text/html")
    assert answer.code == "not_found"


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/nope",
        "/api/v1/",
        "/api",
        "/api/v2/hall",
        "/api/v1/tickets/A001/nope",
        "/api/v1/windows//call-next",
        "/api/v1/hall/",
        "/api/v1/services/%00",
        "/api/v1/services/%ff%fe",
        "/api/v1/services/..%2f..%2fetc",
    ],
)
async def test_odd_paths(hall: Hall, path: str) -> None:
    answer = await hall.get(path)
    assert (answer.status, answer.code) == (404, "not_found"), answer.raw


@pytest.mark.parametrize(
    "name", ["%00", "%ff", "t_", "c_", "c_%00", "%F0%9F%98%80", "x" * 3000, "测001", "%25"]
)
async def test_odd_names_of_tickets(hall: Hall, name: str) -> None:
    assert (await hall.get(f"tickets/{name}")).code == "unknown_ticket"
    assert (await hall.post(f"tickets/{name}/void", {}, Role.LEAD)).code == "unknown_ticket"


async def test_the_wrong_method(hall: Hall) -> None:
    async with hall.session.put(hall.at("tickets")) as response:
        assert response.status == 405
        assert response.headers["Allow"] == "POST"
        assert (await response.json(content_type=None))["code"] == "method_not_allowed"


async def test_headers_of_answers(hall: Hall) -> None:
    for answer in (await hall.get("hall"), await hall.get("tickets/A999"), await hall.get("nope")):
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"
    assert (await hall.get("nope")).headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("accept", "language"),
    [
        ("", "zh-CN"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh-CN"),
        ("en-US,en;q=0.9,zh;q=0.1", "en"),
        ("fr, de;q=0.5", "zh-CN"),
        ("en;q=0", "zh-CN"),
        ("en;q=nonsense, zh;q=0.1", "zh-CN"),
        ("*", "zh-CN"),
        ("EN", "en"),
        ("," * 400 + "en", "en"),
    ],
)
async def test_problems_speak_the_readers_language(hall: Hall, accept: str, language: str) -> None:
    answer = await hall.get("tickets/A999", Role.PUBLIC, **{"Accept-Language": accept})
    assert answer.headers["Content-Language"] == language
    assert answer.json == {
        "type": "urn:kioskd:problem:unknown_ticket",
        "title": "没有这个号" if language == "zh-CN" else "No such number",
        "status": 404,
        "code": "unknown_ticket",
        "detail": "今天没有号码“A999”，请核对后重试。"
        if language == "zh-CN"
        else "There is no number “A999” today. Please check it.",
        "params": {"ticket": "A999"},
    }


async def test_a_refusal_names_the_queue_as_people_know_it(hall: Hall) -> None:
    answer = await hall.post("tickets", {"queue": "company"}, Role.KIOSK, **{"Accept-Language": "en"})
    assert "“Companies”" in answer.json["detail"]
    assert answer.json["params"] == {"queue": "company"}


async def test_queries_that_are_not_right(hall: Hall) -> None:
    for path in ("services?limit=0", "services?limit=x", "services?nope=1", "figures/day?date=yesterday"):
        assert (await hall.get(path, Role.LEAD)).code == "query_invalid", path
