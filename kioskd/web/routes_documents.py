"""Rows of the route table about pages taken at windows, and documents."""

from __future__ import annotations

from kioskd.access.roles import Role
from kioskd.hub.register import ApprovalView
from kioskd.web import cameras, documents, notices, page_views, scans
from kioskd.web.rights import SERVING
from kioskd.web.route import Keep, Route, Summary

_CLOSED = ("documents_key_missing", "documents_spool_failed", "documents_starting")
"""Why no page can be had at all."""

_SEEING = ("page_gone", "page_broken", "key_wrong", *_CLOSED)

_TAKING = (
    "unknown_window",
    "window_empty",
    "window_moved_on",
    *_CLOSED,
    "spool_full",
    "spool_failed",
    "too_many_pages",
    "unknown_page",
)


def document_routes(api: str) -> tuple[Route, ...]:
    """Return the rows."""
    pages = f"{api}/windows/{{window}}/pages"
    return (
        Route(
            name="listPages",
            method="GET",
            path=pages,
            roles=SERVING,
            handler=scans.show,
            summary=Summary(
                "窗口在办的号已拍的页和应收材料", "Pages taken for the ticket at a window, and papers due"
            ),
            answers={200: page_views.PagesView},
            problems=("unknown_window", "not_your_window"),
            window=True,
        ),
        Route(
            name="takePage",
            method="POST",
            path=pages,
            roles=SERVING,
            handler=scans.take,
            summary=Summary("用窗口的高拍仪拍一页", "Take a page with the window's camera"),
            body=page_views.TakeBody,
            answers={201: page_views.TakenView},
            problems=(*_TAKING, "no_camera", "camera_failed", "page_failed"),
            window=True,
        ),
        Route(
            name="sendPage",
            method="POST",
            path=f"{pages}/picture",
            roles=SERVING,
            handler=scans.send,
            summary=Summary("交来浏览器拍的一页（JPEG）", "Hand in a page of a browser's camera (JPEG)"),
            query=page_views.TakeBody,
            answers={201: page_views.TakenView},
            problems=(*_TAKING, "not_a_picture", "body_too_large", "page_failed"),
            sends="image/jpeg",
            window=True,
        ),
        Route(
            name="dropPages",
            method="POST",
            path=f"{pages}/drop",
            roles=SERVING,
            handler=scans.drop,
            summary=Summary("删除拍好的页", "Remove pages that were taken"),
            body=page_views.DropBody,
            answers={200: list[page_views.PageView]},
            problems=("unknown_window", "window_moved_on"),
            window=True,
        ),
        Route(
            name="arrangePages",
            method="POST",
            path=f"{pages}/arrange",
            roles=SERVING,
            handler=scans.arrange,
            summary=Summary("调整页的顺序和所属材料", "Order pages and say which paper each is of"),
            body=page_views.ArrangeBody,
            answers={200: list[page_views.PageView]},
            problems=("unknown_window", "window_moved_on", "pages_changed"),
            window=True,
        ),
        Route(
            name="turnPage",
            method="POST",
            path=f"{pages}/turn",
            roles=SERVING,
            handler=scans.turn,
            summary=Summary("旋转一页", "Turn a page"),
            body=page_views.TurnBody,
            answers={201: page_views.TakenView},
            problems=(*_TAKING, "page_failed"),
            window=True,
        ),
        Route(
            name="getPage",
            method="GET",
            path=f"{pages}/{{page}}",
            roles=SERVING,
            handler=scans.image,
            summary=Summary("查看一页（记录在案）", "Look at a page (which is noted)"),
            query=page_views.ImageQuery,
            answers={200: None},
            problems=("unknown_page", "page_failed", *_SEEING),
            media_type="image/jpeg",
            window=True,
        ),
        Route(
            name="readPage",
            method="GET",
            path=f"{pages}/{{page}}/text",
            roles=SERVING,
            handler=scans.text,
            summary=Summary("识别一页上的文字（记录在案）", "Read the writing on a page (which is noted)"),
            answers={200: page_views.TextView},
            problems=("unknown_page", "no_reader", "reader_failed", *_SEEING),
            window=True,
        ),
        Route(
            name="previewCamera",
            method="GET",
            path=f"{api}/windows/{{window}}/camera/preview",
            roles=SERVING,
            handler=cameras.preview,
            summary=Summary("高拍仪预览（连续 JPEG）", "What the camera sees, as JPEG frames"),
            answers={200: None},
            problems=("no_camera", "camera_failed"),
            media_type="multipart/x-mixed-replace",
            window=True,
        ),
        Route(
            name="listNotices",
            method="GET",
            path=f"{api}/windows/{{window}}/notices",
            roles=SERVING,
            handler=notices.show,
            summary=Summary(
                "窗口在办的号打印过的告知单和回执", "Notices and receipts printed for the ticket at a window"
            ),
            answers={200: notices.NoticesView},
            problems=("unknown_window", "not_your_window"),
            window=True,
        ),
        Route(
            name="printNotice",
            method="POST",
            path=f"{api}/windows/{{window}}/notices",
            roles=SERVING,
            handler=notices.ask,
            summary=Summary("打印一次性告知单或受理回执", "Print a notice of what is missing, or a receipt"),
            body=notices.NoticeBody,
            keep=Keep.DAYS_2,
            answers={202: notices.NoticeView},
            problems=(
                "unknown_window",
                "window_empty",
                "window_moved_on",
                "bad_value",
                "no_printer",
                "no_service",
                "nothing_missing",
                "too_many_notices",
            ),
            window=True,
        ),
        Route(
            name="listDocuments",
            method="GET",
            path=f"{api}/tickets/{{ticket}}/documents",
            roles=SERVING | {Role.AUDITOR},
            handler=documents.of_ticket,
            summary=Summary("一个号的档案", "A ticket's documents"),
            answers={200: list[documents.DocumentView]},
            problems=_CLOSED,
        ),
        Route(
            name="askDocumentPurge",
            method="POST",
            path=f"{api}/documents/{{document}}/purge",
            roles=frozenset({Role.LEAD, Role.ADMIN}),
            handler=documents.ask_purge,
            summary=Summary(
                "申请删除一份档案（由另一人决定）", "Ask another person to delete a document from here"
            ),
            body=documents.PurgeBody,
            answers={201: ApprovalView},
            problems=(
                "unknown_document",
                "document_archived",
                "approval_open",
                "named_account_needed",
                *_CLOSED,
            ),
            keep=Keep.DAYS_2,
        ),
        Route(
            name="getDocument",
            method="GET",
            path=f"{api}/documents/{{document}}",
            roles=SERVING | {Role.AUDITOR},
            handler=documents.show_document,
            summary=Summary("查看一份档案（PDF，记录在案）", "Look at a document (PDF; which is noted)"),
            answers={200: None},
            problems=("unknown_document", "document_archived", "page_failed", *_SEEING),
            media_type="application/pdf",
        ),
    )
