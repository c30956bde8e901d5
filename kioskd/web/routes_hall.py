"""The part of the route table for the hall as a whole."""

from __future__ import annotations

from kioskd.hub.overview import Overview
from kioskd.hub.public_forms import PublicEvent
from kioskd.hub.views import AlertView, HallView, QueueView, ServiceView
from kioskd.web import events, guides, hall, openapi, overview
from kioskd.web.rights import EVERYBODY, HELPING, LEADING, REVIEWING, WATCHING
from kioskd.web.route import API, Keep, Route, Summary
from kioskd.web.rows import GUIDE, TECHNICIAN, get, post

ROUTES: tuple[Route, ...] = (
    get(
        "getOverview",
        f"{API}/overview",
        REVIEWING,
        overview.show,
        Summary("大厅总览", "The hall as a lead sees it"),
        Overview,
    ),
    get("getHall", f"{API}/hall", EVERYBODY, hall.show, Summary("大厅现状", "The hall now"), HallView),
    get(
        "listQueues",
        f"{API}/queues",
        EVERYBODY,
        hall.queues,
        Summary("取号类别", "What numbers can be taken for"),
        list[QueueView],
    ),
    post(
        "openQueue",
        f"{API}/queues/{{queue}}/open",
        LEADING,
        hall.open_queue,
        Summary("今天开放或停止取号", "Open or close a queue's ticketing for today"),
        hall.OpenBody,
        {204: None},
        problems=("unknown_queue",),
    ),
    get(
        "listServices",
        f"{API}/services",
        EVERYBODY,
        hall.services,
        Summary("查事项、查材料", "Services, by name, code or initials"),
        list[ServiceView],
        query=hall.ServicesQuery,
    ),
    get(
        "getService",
        f"{API}/services/{{service}}",
        EVERYBODY,
        guides.service,
        Summary("一个事项和它的办事指南", "One service with its guide"),
        guides.ServiceDetail,
        problems=("not_found",),
    ),
    get(
        "listRatingOptions",
        f"{API}/rating-options",
        EVERYBODY,
        guides.rating_options,
        Summary("各评价等级的选项", "What may be chosen with each level of a rating"),
        guides.RatingOptions,
        query=guides.LevelQuery,
    ),
    get(
        "listAlerts",
        f"{API}/alerts",
        WATCHING,
        hall.alerts,
        Summary("未解除的提醒", "Alerts that are up"),
        list[AlertView],
    ),
    post(
        "acknowledgeAlert",
        f"{API}/alerts/{{alert}}/acknowledge",
        LEADING,
        hall.acknowledge,
        Summary("知悉提醒", "Say that an alert was seen"),
        openapi.Empty,
        {204: None},
        problems=("unknown_alert",),
    ),
    post(
        "callLead",
        f"{API}/alerts/call-lead",
        HELPING,
        hall.call_lead,
        Summary("请带班领导到场", "Ask the lead to come"),
        hall.CallLeadBody,
        {204: None},
    ),
    post(
        "setOrder",
        f"{API}/order",
        LEADING,
        hall.set_order,
        Summary("今天的叫号顺序", "How the next ticket is chosen for the rest of the day"),
        hall.OrderBody,
        {204: None},
        problems=("bad_value", "unknown_priority"),
    ),
    post(
        "setNotice",
        f"{API}/notice",
        LEADING,
        hall.set_notice,
        Summary("设置大厅通知", "Set the hall notice"),
        hall.NoticeBody,
        {204: None},
    ),
    post(
        "setQuiet",
        f"{API}/quiet",
        LEADING | {GUIDE},
        hall.set_quiet,
        Summary("安静模式", "Lower the voice for some minutes"),
        hall.QuietBody,
        {204: None},
    ),
    post(
        "confirmDay",
        f"{API}/day/confirm",
        LEADING | {TECHNICIAN},
        hall.confirm_day,
        Summary("确认业务日期", "Say which business day it is"),
        hall.DateBody,
        {204: None},
        problems=("day_not_questioned", "pin_wrong", "pin_locked"),
        keep=Keep.NEVER,  # a digest of so short a secret would give it away
    ),
    post(
        "closeDay",
        f"{API}/day/close",
        LEADING,
        hall.close_day,
        Summary(
            "结束今天的业务，作废还在等候的号（先看数量再确认）",
            "End the business day and void who still waits, once their count was seen",
        ),
        hall.CloseBody,
        {204: None},
        problems=("windows_busy", "still_waiting"),
    ),
    get(
        "followEvents",
        f"{API}/events",
        EVERYBODY,
        events.follow,
        Summary("事件流（SSE）", "The event stream (SSE)"),
        PublicEvent,
        query=events.EventsQuery,
        problems=("position_invalid", "too_many_followers"),
        media_type="text/event-stream",
    ),
)
