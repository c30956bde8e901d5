"""What routes about pages and documents share: the documents of the hub, and problems for what went wrong."""

from __future__ import annotations

from kioskd.documents.desk import ClosedError, Documents
from kioskd.documents.spool import SpoolError
from kioskd.documents.workers import WorkerError
from kioskd.web.call import Call
from kioskd.web.problem import ProblemError


def documents_of(call: Call) -> Documents:
    """Return the documents. Raises `ProblemError` before there are any."""
    documents = call.site.documents
    if documents is None:
        raise ProblemError("documents_starting")
    return documents


def trouble(error: SpoolError | ClosedError | WorkerError) -> ProblemError:
    """Return the problem to raise for an error."""
    if isinstance(error, WorkerError):
        if error.code == "reader_failed":
            return ProblemError("reader_failed")
        unreadable = error.code == "unreadable"
        return ProblemError("not_a_picture") if unreadable else ProblemError("page_failed")
    return ProblemError(error.code)
