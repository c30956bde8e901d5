"""The part of the route table for tickets and their slips."""

from __future__ import annotations

from kioskd.hub.appointments import AppointmentView
from kioskd.hub.views import TicketView
from kioskd.web import appointments, hall, readers, tickets
from kioskd.web.rights import EVERYBODY, HELPING, ISSUING, LEADING, SERVING
from kioskd.web.route import API, Keep, Route, Summary
from kioskd.web.rows import (
    AUDITOR,
    GUIDE,
    INTEGRATOR,
    KIOSK,
    PUBLIC,
    STATION,
    TECHNICIAN,
    TICKET_PROBLEMS,
    get,
    of_ticket,
    post,
)

_TICKETS = (
    post(
        "issueTicket",
        f"{API}/tickets",
        ISSUING | {TECHNICIAN},
        tickets.issue,
        Summary("取号（技术员只能取测试号）", "Take a number (a technician: test numbers only)"),
        tickets.IssueBody,
        {201: tickets.Issued},
        problems=(
            "test_only",
            "unknown_queue",
            "unknown_service",
            "unknown_priority",
            "queue_or_services",
            "headcount_needed",
            "duplicate_person",
            "bad_value",
            "no_settings",
            "no_day",
            "day_closed",
            "queue_closed",
            "closed",
            "quota_reached",
            "burst",
            "appointment_unknown",
            "appointment_early",
            "appointment_late",
            "appointment_used",
            "appointment_cancelled",
            "appointment_other_queue",
        ),
    ),
    get(
        "getAppointment",
        f"{API}/appointments/{{appointment}}",
        HELPING | {KIOSK},
        appointments.show,
        Summary("查询预约：按预约码或编号", "An appointment by its code or id"),
        AppointmentView,
        problems=("appointment_unknown",),
    ),
    get(
        "listAppointments",
        f"{API}/appointments",
        HELPING | {AUDITOR},
        appointments.list_expected,
        Summary("一天的预约，不含个人信息", "Who is expected on a date; nothing personal"),
        appointments.AppointmentsView,
        query=appointments.AppointmentsQuery,
    ),
    get(
        "getTicket",
        f"{API}/tickets/{{ticket}}",
        EVERYBODY,
        tickets.show,
        Summary(
            "查询票号：按编号、当日号码（可带核对码，如 A012-4821）或票上的二维码",
            "A ticket by id, today's number (with its check code as A012-4821), or the slip's code",
        ),
        TicketView,
        problems=TICKET_PROBLEMS,
    ),
    of_ticket(
        "cancelTicket",
        "cancel",
        ISSUING | {PUBLIC},
        tickets.cancel,
        Summary(
            "取消取号（群众凭二维码或核对码）",
            "Give up a waiting ticket (the public by its code or check code)",
        ),
    ),
    of_ticket(
        "reprintTicket",
        "reprint",
        ISSUING | {PUBLIC, TECHNICIAN},
        tickets.reprint,
        Summary(
            "补打（群众凭二维码或核对码）",
            "Print the slip again (the public by its code or check code)",
        ),
        problems=("reprint_at_desk", "print_pending"),
    ),
    of_ticket(
        "returnTicket",
        "return",
        ISSUING | {PUBLIC},
        tickets.put_back,
        Summary(
            "过号恢复（群众凭二维码或核对码）",
            "Back in after a no-show (the public by its code or check code)",
        ),
        problems=("returned_before",),
    ),
    of_ticket(
        "rateTicket",
        "rating",
        frozenset({PUBLIC, KIOSK, STATION, INTEGRATOR}),
        tickets.rate,
        Summary("评价（群众凭二维码）", "Rate a finished ticket (the public by its code)"),
        tickets.RateBody,
        {204: None},
        keep=Keep.DAYS_30,
        problems=("already_rated", "bad_level", "bad_options"),
    ),
    of_ticket(
        "decidePriority",
        "priority",
        HELPING,
        tickets.decide_priority,
        Summary("核验优先资格", "Confirm a priority, or return the ticket to ordinary"),
        tickets.PriorityBody,
        problems=("no_priority", "unknown_priority"),
    ),
    of_ticket(
        "moveTicket",
        "move",
        LEADING | {GUIDE},
        tickets.move,
        Summary("改到其他队列，保留时间", "Move a waiting ticket to another queue, keeping its time"),
        tickets.MoveBody,
        problems=("unknown_queue", "nobody_serves"),
    ),
    of_ticket(
        "voidTicket", "void", HELPING, tickets.void, Summary("作废", "Void a ticket"), tickets.VoidBody
    ),
    of_ticket(
        "wakeTicket",
        "wake",
        HELPING | {INTEGRATOR},
        tickets.wake,
        Summary("唤醒挂起的票", "Make a held ticket callable again"),
    ),
    of_ticket(
        "changeServices",
        "services",
        HELPING | {INTEGRATOR},
        tickets.change_services,
        Summary("登记或更正事项", "Record or correct a ticket's services"),
        tickets.ServicesBody,
        problems=("unknown_service",),
    ),
    of_ticket(
        "amendTicket",
        "amend",
        SERVING | {INTEGRATOR},
        tickets.amend,
        Summary("补录办结信息", "Complete or correct a finished ticket"),
        tickets.AmendBody,
        problems=("unknown_service", "bad_value"),
    ),
    post(
        "enterPaperRange",
        f"{API}/paper-range",
        LEADING | {GUIDE},
        tickets.enter_paper,
        Summary("登记预印纸票号段", "Enter numbers of a pre-printed roll"),
        tickets.PaperBody,
        {201: tickets.PaperEntered},
        problems=("unknown_queue", "bad_range", "numbers_taken", "day_closed", "no_day", "no_settings"),
    ),
    post(
        "settleJob",
        f"{API}/jobs/{{job}}/settle",
        HELPING | {TECHNICIAN},
        hall.settle,
        Summary("确认存疑的票是否已打出", "Say whether a doubtful slip is on paper"),
        hall.SettleBody,
        {204: None},
        problems=("unknown_job", "job_not_in_doubt"),
    ),
)

_SIGNED = (
    get(
        "getSignature",
        f"{API}/tickets/{{ticket}}/signature",
        SERVING | {AUDITOR},
        readers.show_signature,
        Summary("查看签名（记录在案）", "Look at a signature (which is noted)"),
        readers.SignatureAnswer,
        problems=("unknown_ticket", "not_signed"),
    ),
)

ROUTES: tuple[Route, ...] = (*_TICKETS, *_SIGNED)
