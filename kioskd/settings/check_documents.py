"""What must be right about archives of documents and office printers."""

from __future__ import annotations

from kioskd.documents.settings import ArchiveSink, OfficePrinterSettings, SinkKind
from kioskd.settings.entries import Entries, all_known
from kioskd.settings.problems import Report


def check_documents(report: Report, windows: set[str]) -> None:
    """Note archives that lack where they are, and printers of windows that there are not."""
    for entry in Entries(report, "documents.archive", ArchiveSink):
        sink = entry.value
        wanted = {
            SinkKind.FOLDER: ("path", bool(sink.path)),
            SinkKind.HTTP: ("url", bool(sink.url)),
            SinkKind.S3: ("url", bool(sink.url and sink.credentials_file)),
            SinkKind.CENTRAL: ("kind", "central" in report.raw),
        }
        key, given = wanted[sink.kind]
        if not given:
            code = "archive.no_central" if sink.kind is SinkKind.CENTRAL else "archive.no_place"
            report.add(f"{entry.path}.{key}", code, value=sink.id)
    for printer in Entries(report, "office_printer", OfficePrinterSettings):
        path = f"{printer.path}.windows"
        all_known(report, path, printer.value.windows, windows, "window.unknown")
