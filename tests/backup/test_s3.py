"""Backups in a bucket: signed as the published example, and against a store that checks every signature."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest

from kioskd.backup import make, recovery
from kioskd.backup.errors import PlaceError
from kioskd.backup.s3 import Bucket, signature
from kioskd.backup.settings import BackupSettings, S3Place
from tests.backup.halls import Walls, issue, job, running

KEY, SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"


def test_signs_as_amazons_example() -> None:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html, "GET Object"."""
    empty = hashlib.sha256(b"").hexdigest()
    headers = {
        "host": "examplebucket.s3.amazonaws.com",
        "range": "bytes=0-9",
        "x-amz-content-sha256": empty,
        "x-amz-date": "20130524T000000Z",
    }
    signed = signature("GET", "/test.txt", {}, headers, empty, region="us-east-1", key=KEY, secret=SECRET)
    assert signed == (
        "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"
        "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,"
        "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
    )


class Store(ThreadingHTTPServer):
    """A bucket in memory. ``full``: it takes nothing more; ``page``: names in one answer of a list."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.objects: dict[str, bytes] = {}
        self.full = False
        self.page = 2


class Handler(BaseHTTPRequestHandler):
    server: Store

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        parts = urlsplit(self.path)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        signed = self.headers["Authorization"].split("SignedHeaders=")[1].split(",")[0].split(";")
        headers = {name: self.headers[name] for name in signed}
        digest = hashlib.sha256(body).hexdigest()
        expected = signature(
            self.command, parts.path, query, headers, digest, region="us-east-1", key=KEY, secret=SECRET
        )
        key = parts.path.removeprefix("/halls/")
        if self.headers["Authorization"] != expected or not parts.path.startswith("/halls/"):
            self._answer(403, b"<Error><Code>SignatureDoesNotMatch</Code></Error>")
        elif self.command == "PUT" and self.server.full:
            self._answer(507)
        elif self.command == "PUT":
            self.server.objects[key] = body
            self._answer(200)
        elif self.command == "DELETE":
            self.server.objects.pop(key, None)
            self._answer(204)
        elif key:
            found = self.server.objects.get(key)
            self._answer(404) if found is None else self._answer(200, found)
        else:
            self._answer(200, self._list(query))

    do_GET = do_PUT = do_DELETE = _serve  # noqa: N815

    def _list(self, query: dict[str, str]) -> bytes:
        names = sorted(name for name in self.server.objects if name.startswith(query["prefix"]))
        start = int(query.get("continuation-token", "0"))
        some = names[start : start + self.server.page]
        more = start + self.server.page < len(names)
        token = f"<NextContinuationToken>{start + self.server.page}</NextContinuationToken>" if more else ""
        contents = "".join(f"<Contents><Key>{name}</Key></Contents>" for name in some)
        xmlns = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'
        return f"<ListBucketResult {xmlns}>{contents}{token}</ListBucketResult>".encode()

    def _answer(self, status: int, body: bytes = b"") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def store() -> Iterator[Store]:
    server = Store()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def place(store: Store) -> S3Place:
    url = f"http://127.0.0.1:{store.server_address[1]}"
    return S3Place(id="s3", url=url, bucket="halls", prefix="hall 1/".replace(" ", "-"))


def bucket(store: Store, folder: Path, secret: str = SECRET) -> Bucket:
    (folder / "s3.secret").write_text(f"{KEY}\n{secret}\n")
    return Bucket(place(store), folder, lambda: datetime(2026, 3, 2, tzinfo=UTC))


def test_a_file_goes_and_comes_back(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "some"
    file.write_bytes(bytes(range(256)) * 1000)
    far = bucket(store, tmp_path)
    for n in range(5):
        far.put(f"kioskd-{n}.kbk", file)
    (store.objects)["hall-1/notes.txt"] = b""
    assert far.names() == [f"kioskd-{n}.kbk" for n in range(5)], "over several pages"
    with far.open("kioskd-3.kbk") as stream:
        assert stream.read() == file.read_bytes()
    far.remove("kioskd-3.kbk")
    assert len(far.names()) == 4


def test_failures_are_told_apart(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "some"
    file.touch()
    store.full = True
    for far, name, code in (
        (bucket(store, tmp_path, "wrong"), "x.kbk", "denied"),
        (bucket(store, tmp_path), "x.kbk", "full"),
    ):
        with pytest.raises(PlaceError) as refused:
            far.put(name, file)
        assert refused.value.code == code
    with pytest.raises(PlaceError) as refused:
        bucket(store, tmp_path).open("none.kbk")
    assert refused.value.code == "not_there"
    far = bucket(store, tmp_path)
    store.shutdown()
    store.server_close()
    with pytest.raises(PlaceError) as refused:
        far.names()
    assert refused.value.code == "not_there"
    (tmp_path / "s3.secret").unlink()
    with pytest.raises(PlaceError) as refused:
        Bucket(place(store), tmp_path)
    assert refused.value.code == "denied"


async def test_a_hall_is_backed_up_into_it(store: Store, tmp_path: Path) -> None:
    data, walls = tmp_path / "hub", Walls()
    async with running(data, walls) as desk:
        await issue(desk, "1")
        recovery.make_first(data, walls.wall_ms)
        (data / "s3.secret").write_text(f"{KEY}\n{SECRET}\n")
        settings = BackupSettings(places=(place(store),), keep=2)
        for _ in range(3):
            walls.wall_ms += 1000
            (made,) = make.make(job(data), settings, wall=lambda: walls.wall_ms)
            assert made.code == ""
    assert len(store.objects) == 2
