"""The route table: every route of the hub's API, and who may use it.

The router, the role checks, the validation of what comes in and the OpenAPI document are all made of
this table; there is no other way to add a route.
"""

from __future__ import annotations

from kioskd.access.roles import Role
from kioskd.hub.counter import TellerView
from kioskd.hub.overview import Overview
from kioskd.hub.public_events import PublicEvent
from kioskd.hub.views import AlertView, HallView, QueueView, ServiceView, TicketView, WindowView
from kioskd.station.link.server import STATION_PATH
from kioskd.web import (
    counter,
    devices,
    diagnostics,
    events,
    guides,
    hall,
    health,
    openapi,
    overview,
    rating_faces,
    readers,
    routes_access,
    routes_figures,
    staff,
    stations,
    stories,
    tickets,
    windows,
)
from kioskd.web.route import Handler, Keep, Route, Summary

API = "/api/v1"

PUBLIC, KIOSK, TELLER, GUIDE = Role.PUBLIC, Role.KIOSK, Role.TELLER, Role.GUIDE
LEAD, TECHNICIAN, AUDITOR = Role.LEAD, Role.TECHNICIAN, Role.AUDITOR
INTEGRATOR, ADMIN, STATION = Role.INTEGRATOR, Role.ADMIN, Role.STATION

EVERYBODY = frozenset(Role)
LEADING = frozenset({LEAD, ADMIN})
SERVING = LEADING | {TELLER}
HELPING = SERVING | {GUIDE}
ISSUING = HELPING | {KIOSK, INTEGRATOR}
LOADING_PAPER = HELPING | {KIOSK, TECHNICIAN}
WATCHING = LEADING | {GUIDE, TECHNICIAN, AUDITOR}

_TICKET = ("unknown_ticket", "code_needed", "check_wrong", "check_locked")
_WINDOW = ("unknown_window", "window_moved_on")


def _get(
    name: str,
    path: str,
    roles: frozenset[Role],
    handler: Handler,
    summary: Summary,
    answer: object,
    *,
    query: object = None,
    problems: tuple[str, ...] = (),
    media_type: str = "application/json",
) -> Route:
    return Route(
        name=name,
        method="GET",
        path=path,
        roles=roles,
        handler=handler,
        summary=summary,
        answers={200: answer},
        query=query,
        problems=problems,
        media_type=media_type,
    )


def _post(
    name: str,
    path: str,
    roles: frozenset[Role],
    handler: Handler,
    summary: Summary,
    body: object,
    answers: dict[int, object],
    *,
    problems: tuple[str, ...] = (),
    keep: Keep = Keep.DAYS_2,
    window: bool = False,
) -> Route:
    return Route(
        name=name,
        method="POST",
        path=path,
        roles=roles,
        handler=handler,
        summary=summary,
        body=body,
        answers=answers,
        problems=problems,
        keep=keep,
        window=window,
    )


def _at_window(
    name: str,
    action: str,
    handler: Handler,
    summary: Summary,
    body: object,
    answers: dict[int, object] | None = None,
    roles: frozenset[Role] = SERVING,
) -> Route:
    return _post(
        name,
        f"{API}/windows/{{window}}/{action}",
        roles,
        handler,
        summary,
        body,
        answers or {200: WindowView},
        problems=_WINDOW,
        window=True,
    )


def _of_ticket(
    name: str,
    action: str,
    roles: frozenset[Role],
    handler: Handler,
    summary: Summary,
    body: object = openapi.Empty,
    answers: dict[int, object] | None = None,
    keep: Keep = Keep.DAYS_2,
    problems: tuple[str, ...] = (),
) -> Route:
    return _post(
        name,
        f"{API}/tickets/{{ticket}}/{action}",
        roles,
        handler,
        summary,
        body,
        answers or {200: TicketView},
        problems=(*_TICKET, *problems),
        keep=keep,
    )


_TICKETS = (
    _post(
        "issueTicket",
        f"{API}/tickets",
        ISSUING | {TECHNICIAN},
        tickets.issue,
        Summary("取号（技术员只能取测试号）", "Take a number (a technician: test numbers only)"),
        tickets.IssueBody,
        {201: tickets.Issued},
        problems=("test_only", "unknown_queue", "unknown_service", "closed", "quota_reached", "burst"),
    ),
    _get(
        "getTicket",
        f"{API}/tickets/{{ticket}}",
        EVERYBODY,
        tickets.show,
        Summary(
            "查询票号：按编号、当日号码（可带核对码，如 A012-4821）或票上的二维码",
            "A ticket by id, today's number (with its check code as A012-4821), or the slip's code",
        ),
        TicketView,
        problems=_TICKET,
    ),
    _of_ticket(
        "cancelTicket",
        "cancel",
        ISSUING | {PUBLIC},
        tickets.cancel,
        Summary(
            "取消取号（群众凭二维码或核对码）",
            "Give up a waiting ticket (the public by its code or check code)",
        ),
    ),
    _of_ticket(
        "reprintTicket",
        "reprint",
        ISSUING | {PUBLIC, TECHNICIAN},
        tickets.reprint,
        Summary(
            "补打（群众凭二维码或核对码）",
            "Print the slip again (the public by its code or check code)",
        ),
        problems=("reprint_at_desk",),
    ),
    _of_ticket(
        "returnTicket",
        "return",
        ISSUING | {PUBLIC},
        tickets.put_back,
        Summary(
            "过号恢复（群众凭二维码或核对码）",
            "Back in after a no-show (the public by its code or check code)",
        ),
    ),
    _of_ticket(
        "rateTicket",
        "rating",
        frozenset({PUBLIC, KIOSK, STATION, INTEGRATOR}),
        tickets.rate,
        Summary("评价（群众凭二维码）", "Rate a finished ticket (the public by its code)"),
        tickets.RateBody,
        {204: None},
        keep=Keep.DAYS_30,
    ),
    _of_ticket(
        "decidePriority",
        "priority",
        HELPING,
        tickets.decide_priority,
        Summary("核验优先资格", "Confirm a priority, or return the ticket to ordinary"),
        tickets.PriorityBody,
    ),
    _of_ticket(
        "moveTicket",
        "move",
        LEADING | {GUIDE},
        tickets.move,
        Summary("改到其他队列，保留时间", "Move a waiting ticket to another queue, keeping its time"),
        tickets.MoveBody,
    ),
    _of_ticket(
        "voidTicket", "void", HELPING, tickets.void, Summary("作废", "Void a ticket"), tickets.VoidBody
    ),
    _of_ticket(
        "wakeTicket",
        "wake",
        HELPING | {INTEGRATOR},
        tickets.wake,
        Summary("唤醒挂起的票", "Make a held ticket callable again"),
    ),
    _of_ticket(
        "changeServices",
        "services",
        HELPING | {INTEGRATOR},
        tickets.change_services,
        Summary("登记或更正事项", "Record or correct a ticket's services"),
        tickets.ServicesBody,
    ),
    _of_ticket(
        "amendTicket",
        "amend",
        SERVING | {INTEGRATOR},
        tickets.amend,
        Summary("补录办结信息", "Complete or correct a finished ticket"),
        tickets.AmendBody,
    ),
    _post(
        "enterPaperRange",
        f"{API}/paper-range",
        LEADING | {GUIDE},
        tickets.enter_paper,
        Summary("登记预印纸票号段", "Enter numbers of a pre-printed roll"),
        tickets.PaperBody,
        {201: tickets.PaperEntered},
        problems=("unknown_queue",),
    ),
    _post(
        "settleJob",
        f"{API}/jobs/{{job}}/settle",
        HELPING | {TECHNICIAN},
        hall.settle,
        Summary("确认存疑的票是否已打出", "Say whether a doubtful slip is on paper"),
        hall.SettleBody,
        {204: None},
    ),
)

_WINDOWS = (
    _get(
        "listWindows",
        f"{API}/windows",
        EVERYBODY,
        windows.show_all,
        Summary("全部窗口", "Every window"),
        list[WindowView],
    ),
    _get(
        "getWindow",
        f"{API}/windows/{{window}}",
        EVERYBODY,
        windows.show,
        Summary("一个窗口", "One window"),
        WindowView,
        problems=("unknown_window",),
    ),
    _get(
        "getCounter",
        f"{API}/windows/{{window}}/counter",
        SERVING,
        counter.show,
        Summary("窗口上的人看到的：手里的号、接下来的号", "A window as the person at it sees it"),
        counter.CounterAnswer,
        problems=("unknown_window",),
    ),
    Route(
        name="getCurrent",
        method="GET",
        path=f"{API}/windows/{{window}}/current",
        roles=SERVING | {INTEGRATOR},
        handler=counter.current,
        summary=Summary("窗口在办和刚办结的号", "The ticket at a window, and the one just finished"),
        answers={200: counter.Current},
        problems=("unknown_window",),
        window=True,
    ),
    _get(
        "getOwnDay",
        f"{API}/windows/{{window}}/day",
        SERVING,
        counter.own_day,
        Summary("我的今天", "One's own day so far"),
        counter.OwnDay,
        problems=("unknown_window",),
    ),
    _get(
        "listTellers",
        f"{API}/tellers",
        WATCHING | HELPING,
        counter.tellers,
        Summary("全部柜员", "Every teller"),
        list[TellerView],
    ),
    _at_window(
        "callNext",
        "call-next",
        windows.call_next,
        Summary("呼叫下一位；没有人等候时为 204", "Call the next ticket; 204 when nobody waits"),
        windows.CallNextBody,
        {200: windows.Called, 204: None},
    ),
    _at_window(
        "callTicket",
        "call",
        windows.call_ticket,
        Summary("呼叫指定票号", "Call one given ticket"),
        windows.CallBody,
        {200: windows.Called},
    ),
    _at_window("recall", "recall", windows.recall, Summary("重呼", "Call again"), windows.TicketBody),
    _at_window("start", "start", windows.start, Summary("开始办理", "Start the service"), windows.TicketBody),
    _at_window("markNoShow", "no-show", windows.no_show, Summary("过号", "No-show"), windows.TicketBody),
    _at_window("hold", "hold", windows.hold, Summary("挂起", "Put on hold"), windows.HoldBody),
    _at_window(
        "transfer",
        "transfer",
        windows.transfer,
        Summary("转移到队列、窗口或人员", "Transfer to a queue, window or person"),
        windows.TransferBody,
    ),
    _at_window(
        "requeue", "requeue", windows.requeue, Summary("退回排队", "Back to its queue"), windows.TicketBody
    ),
    _at_window("finish", "finish", windows.finish, Summary("办结", "Finish"), windows.FinishBody),
    _at_window(
        "evaluate",
        "evaluate",
        windows.evaluate,
        Summary("请评价：结束办理并请群众评价", "End the service and ask for its rating"),
        windows.TicketBody,
        roles=SERVING | {INTEGRATOR},
    ),
    _at_window(
        "attachCase",
        "case",
        windows.attach_case,
        Summary("关联办件编号", "Hand over a case of the business system"),
        windows.CaseBody,
        roles=SERVING | {INTEGRATOR},
    ),
    _at_window(
        "askSignature",
        "signature",
        readers.ask_signature,
        Summary("请签名", "Ask for a signature"),
        windows.TicketBody,
    ),
    _at_window(
        "dropSignature",
        "signature/cancel",
        readers.drop_signature,
        Summary("不签了", "No signature is wanted any more"),
        openapi.Empty,
    ),
    _at_window("pause", "pause", windows.pause, Summary("暂停服务", "Pause"), windows.PauseBody),
    _at_window("resume", "resume", windows.resume, Summary("恢复服务", "Resume"), openapi.Empty),
    _at_window(
        "moveSkills",
        "skills",
        overview.move_skills,
        Summary("临时调整窗口叫号类别（潮汐窗口）", "Change for a while what a window calls"),
        overview.SkillsBody,
        roles=LEADING,
    ),
    _at_window("login", "login", windows.login, Summary("上岗", "Take up duty"), windows.LoginBody),
    _at_window("logout", "logout", windows.logout, Summary("离岗", "End duty"), openapi.Empty),
)

_SIGNED = (
    _get(
        "getSignature",
        f"{API}/tickets/{{ticket}}/signature",
        SERVING | {AUDITOR},
        readers.show_signature,
        Summary("查看签名（记录在案）", "Look at a signature (which is noted)"),
        readers.SignatureAnswer,
        problems=("unknown_ticket", "not_signed"),
    ),
)

_HALL = (
    _get(
        "getOverview",
        f"{API}/overview",
        LEADING | {AUDITOR},
        overview.show,
        Summary("大厅总览", "The hall as a lead sees it"),
        Overview,
    ),
    _get("getHall", f"{API}/hall", EVERYBODY, hall.show, Summary("大厅现状", "The hall now"), HallView),
    _get(
        "listQueues",
        f"{API}/queues",
        EVERYBODY,
        hall.queues,
        Summary("取号类别", "What numbers can be taken for"),
        list[QueueView],
    ),
    _post(
        "openQueue",
        f"{API}/queues/{{queue}}/open",
        LEADING,
        hall.open_queue,
        Summary("今天开放或停止取号", "Open or close a queue's ticketing for today"),
        hall.OpenBody,
        {204: None},
        problems=("unknown_queue",),
    ),
    _get(
        "listServices",
        f"{API}/services",
        EVERYBODY,
        hall.services,
        Summary("查事项、查材料", "Services, by name, code or initials"),
        list[ServiceView],
        query=hall.ServicesQuery,
    ),
    _get(
        "getService",
        f"{API}/services/{{service}}",
        EVERYBODY,
        guides.service,
        Summary("一个事项和它的办事指南", "One service with its guide"),
        guides.ServiceDetail,
        problems=("not_found",),
    ),
    _get(
        "listRatingOptions",
        f"{API}/rating-options",
        EVERYBODY,
        guides.rating_options,
        Summary("各评价等级的选项", "What may be chosen with each level of a rating"),
        guides.RatingOptions,
        query=guides.LevelQuery,
    ),
    _get(
        "listAlerts",
        f"{API}/alerts",
        WATCHING,
        hall.alerts,
        Summary("未解除的提醒", "Alerts that are up"),
        list[AlertView],
    ),
    _post(
        "acknowledgeAlert",
        f"{API}/alerts/{{alert}}/acknowledge",
        LEADING,
        hall.acknowledge,
        Summary("知悉提醒", "Say that an alert was seen"),
        openapi.Empty,
        {204: None},
        problems=("unknown_alert",),
    ),
    _post(
        "callLead",
        f"{API}/alerts/call-lead",
        HELPING,
        hall.call_lead,
        Summary("请带班领导到场", "Ask the lead to come"),
        hall.CallLeadBody,
        {204: None},
    ),
    _post(
        "setNotice",
        f"{API}/notice",
        LEADING,
        hall.set_notice,
        Summary("设置大厅通知", "Set the hall notice"),
        hall.NoticeBody,
        {204: None},
    ),
    _post(
        "setQuiet",
        f"{API}/quiet",
        LEADING | {GUIDE},
        hall.set_quiet,
        Summary("安静模式", "Lower the voice for some minutes"),
        hall.QuietBody,
        {204: None},
    ),
    _post(
        "confirmDay",
        f"{API}/day/confirm",
        LEADING | {TECHNICIAN},
        hall.confirm_day,
        Summary("确认业务日期", "Say which business day it is"),
        hall.DateBody,
        {204: None},
    ),
    _post(
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
    _get(
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

_EQUIPMENT = (
    _get(
        "listDevices",
        f"{API}/devices",
        WATCHING | {KIOSK},
        devices.show_all,
        Summary("全部设备", "Every device"),
        list[devices.DeviceAnswer],
    ),
    _post(
        "testDevice",
        f"{API}/devices/{{device}}/test",
        LEADING | {TECHNICIAN, KIOSK},
        devices.test,
        Summary("测试设备", "Test a device"),
        devices.TestBody,
        {200: devices.TestAnswer},
        problems=("unknown_device", "test_needs_confirmation"),
        keep=Keep.NEVER,
    ),
    _get(
        "readDevice",
        f"{API}/devices/{{device}}/reading",
        ISSUING,
        readers.reading,
        Summary("读码器、读卡器刚读到的内容", "What was just read at a reader"),
        readers.ReadingAnswer,
        query=readers.ReadingQuery,
        problems=("unknown_device",),
    ),
    _post(
        "changeRoll",
        f"{API}/devices/{{device}}/new-roll",
        LOADING_PAPER,
        devices.new_roll,
        Summary("换好纸了", "A new roll of paper is in"),
        openapi.Empty,
        {204: None},
        problems=("unknown_device", "not_a_printer", "no_paper_in"),
    ),
    _post(
        "judgeRoll",
        f"{API}/devices/{{device}}/print-clear",
        LOADING_PAPER,
        devices.judge_roll,
        Summary("换纸后的字迹清楚吗", "Whether the print on the new roll is clear"),
        devices.ClearBody,
        {204: None},
        problems=("unknown_device", "no_test_slip"),
    ),
    _post(
        "newUnit",
        f"{API}/devices/{{device}}/new-unit",
        LEADING | {TECHNICIAN},
        devices.new_unit,
        Summary("换了一台新机器", "Another unit was put in this device's place"),
        openapi.Empty,
        {204: None},
        problems=("unknown_device", "device_away"),
        keep=Keep.NEVER,
    ),
    _post(
        "rebindDevice",
        f"{API}/devices/{{device}}/rebind",
        LEADING | {GUIDE, TECHNICIAN},
        devices.rebind,
        Summary("确认换了插口的设备", "Confirm a device found at another port, or take that back"),
        devices.RebindBody,
        {200: devices.ReboundAnswer},
        problems=(
            "unknown_device",
            "rebind_not_asked",
            "rebind_wrong_code",
            "nothing_to_undo",
            "device_away",
        ),
        keep=Keep.NEVER,
    ),
    _get(
        "getDiagnostics",
        f"{API}/diagnostics",
        LEADING | {TECHNICIAN},
        diagnostics.overview,
        Summary("主机、日志库、中心和各台电脑的状况", "How hub, journal, central server and PCs stand"),
        diagnostics.OverviewAnswer,
    ),
    _get(
        "getStation",
        f"{API}/diagnostics/stations/{{station}}",
        LEADING | {TECHNICIAN},
        diagnostics.detail,
        Summary("一台电脑和一个设备最近的字节", "A PC, and the last bytes of one of its devices"),
        diagnostics.DetailAnswer,
        query=diagnostics.DetailQuery,
        problems=("unknown_station", "station_away"),
    ),
    _get(
        "readLog",
        f"{API}/logs",
        frozenset({TECHNICIAN, ADMIN}),
        diagnostics.logs,
        Summary("最近的运行日志", "The last lines of the log"),
        list[diagnostics.LogAnswer],
        query=diagnostics.LogQuery,
    ),
    _get(
        "getBundle",
        f"{API}/diagnostics/bundle",
        frozenset({TECHNICIAN, ADMIN}),
        diagnostics.bundle,
        Summary("诊断包（ZIP，不含个人信息）", "The diagnose bundle, a ZIP without anything personal"),
        None,
        media_type="application/zip",
        problems=("bundle_busy",),
    ),
    Route(
        name="pairStation",
        method="POST",
        path=f"{API}/stations/pair",
        roles=EVERYBODY,
        handler=stations.pair,
        summary=Summary("用配对码换取工作站令牌", "Trade a pairing code for a station's token"),
        body=stations.PairBody,
        answers={201: stations.Paired},
        problems=("pairing_wrong", "too_many_attempts"),
        needs_key=False,
    ),
    Route(
        name="linkStation",
        method="GET",
        path=STATION_PATH,
        roles=frozenset({STATION}),
        handler=stations.link,
        summary=Summary("工作站连接（WebSocket）", "A station's WebSocket"),
        answers={101: None},
        problems=("not_websocket",),
    ),
)

_WATCHERS = (
    _get(
        "getMetrics",
        "/metrics",
        EVERYBODY,
        health.metrics,
        Summary("Prometheus 指标", "Prometheus metrics"),
        None,
        media_type="text/plain",
    ),
    _get("getHealth", "/healthz", EVERYBODY, health.alive, Summary("进程存活", "Alive"), health.Alive),
    _get(
        "getReadiness",
        "/readyz",
        EVERYBODY,
        health.ready,
        Summary("可以受理", "Ready: commands are taken and durable"),
        health.Alive,
        problems=("intake_closed",),
    ),
    _get(
        "getOpenApi",
        f"{API}/openapi.json",
        EVERYBODY,
        openapi.show,
        Summary("本接口的描述", "This description"),
        None,
    ),
)

ROUTES: tuple[Route, ...] = (
    *_TICKETS,
    *_WINDOWS,
    *_SIGNED,
    *_HALL,
    *_EQUIPMENT,
    *_WATCHERS,
    *rating_faces.ROUTES,
    *stories.ROUTES,
    *routes_access.ROUTES,
    *routes_figures.figures_routes(API),
    *staff.staff_routes(),
)
