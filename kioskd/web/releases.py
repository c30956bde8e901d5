"""Routes by which the hall's stations come to the release that the hub runs."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path
from typing import Annotated

import msgspec
from aiohttp import web
from msgspec import Meta

from kioskd.access.roles import Role
from kioskd.hall import queries
from kioskd.station.link.release import FILE_PATH, RELEASE_PATH, Offer
from kioskd.web.call import Call, respond
from kioskd.web.problem import ProblemError
from kioskd.web.route import Route, Summary


class ReleaseQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The kind of PC as ``uname -m`` says it, and what the answer must be signed with."""

    arch: Annotated[str, Meta(pattern=r"^[a-z0-9_]{2,20}$")]
    nonce: Annotated[str, Meta(pattern=r"^[0-9a-zA-Z_-]{8,64}$")]


class FileQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The kind of PC as ``uname -m`` says it."""

    arch: Annotated[str, Meta(pattern=r"^[a-z0-9_]{2,20}$")]


class Offered:
    """Installers that were carried into the hall, in one folder; of them those of the release that runs."""

    def __init__(self, folder: Path, version: str) -> None:
        self._folder = folder
        self.version = version
        self._sums: dict[tuple[str, int, int], str] = {}

    def file(self, arch: str) -> Path | None:
        """Return the installer for such PCs; None where none was carried in."""
        file = self._folder / f"kioskd-{self.version}-{arch}.run"
        return file if file.is_file() else None

    def sum(self, file: Path) -> tuple[int, str]:
        """Return its size and SHA-256. Blocks: it may be hundreds of megabytes."""
        stat = file.stat()
        known = (str(file), stat.st_size, stat.st_mtime_ns)
        if known not in self._sums:
            with file.open("rb") as opened:
                self._sums = {known: hashlib.file_digest(opened, "sha256").hexdigest()}
        return stat.st_size, self._sums[known]


def _file(call: Call) -> tuple[Offered, Path]:
    offered = call.site.offered
    file = None if offered is None else offered.file(call.query.arch)
    if offered is None or file is None:
        raise ProblemError("no_release")
    return offered, file


async def offer(call: Call) -> web.Response:
    """GET release. A hub that another has taken over from offers nothing."""
    journal = call.site.journal
    if journal.refused:
        raise ProblemError("not_the_hub")
    offered, file = _file(call)
    size, digest = await asyncio.to_thread(offered.sum, file)
    _, is_open = await call.site.desk.read(queries.hall_open)
    word = Offer(
        history=journal.identity,
        version=offered.version,
        arch=call.query.arch,
        size=size,
        sha256=digest,
        nonce=call.query.nonce,
        quiet=not is_open,
        key=journal.keys.public_key().hex(),
    )
    signature = journal.keys.sign(word.text()).hex()
    return respond(msgspec.json.encode(msgspec.structs.replace(word, signature=signature)))


async def send(call: Call) -> web.StreamResponse:
    """GET release/file."""
    return web.FileResponse(_file(call)[1], headers={"Content-Type": "application/octet-stream"})


ROUTES: tuple[Route, ...] = (
    Route(
        name="getRelease",
        method="GET",
        path=RELEASE_PATH,
        roles=frozenset({Role.STATION}),
        handler=offer,
        summary=Summary("主机现在的版本（签名）", "Which release stations should run, signed by the hub"),
        query=ReleaseQuery,
        answers={200: Offer},
        problems=("no_release", "not_the_hub"),
    ),
    Route(
        name="getReleaseFile",
        method="GET",
        path=FILE_PATH,
        roles=frozenset({Role.STATION}),
        handler=send,
        summary=Summary("主机现在版本的安装文件", "The installer of the release that the hub runs"),
        query=FileQuery,
        answers={200: None},
        problems=("no_release",),
        media_type="application/octet-stream",
    ),
)
