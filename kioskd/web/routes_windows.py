"""The part of the route table for windows and who works there."""

from __future__ import annotations

from kioskd.hub.counter import TellerView
from kioskd.hub.views import WindowView
from kioskd.web import counter, openapi, overview, readers, windows
from kioskd.web.route import Route, Summary
from kioskd.web.rows import API, EVERYBODY, HELPING, INTEGRATOR, LEADING, SERVING, WATCHING, at_window, get

ROUTES: tuple[Route, ...] = (
    get(
        "listWindows",
        f"{API}/windows",
        EVERYBODY,
        windows.show_all,
        Summary("全部窗口", "Every window"),
        list[WindowView],
    ),
    get(
        "getWindow",
        f"{API}/windows/{{window}}",
        EVERYBODY,
        windows.show,
        Summary("一个窗口", "One window"),
        WindowView,
        problems=("unknown_window",),
    ),
    get(
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
    get(
        "getOwnDay",
        f"{API}/windows/{{window}}/day",
        SERVING,
        counter.own_day,
        Summary("我的今天", "One's own day so far"),
        counter.OwnDay,
        problems=("unknown_window",),
    ),
    get(
        "listTellers",
        f"{API}/tellers",
        WATCHING | HELPING,
        counter.tellers,
        Summary("全部柜员", "Every teller"),
        list[TellerView],
    ),
    at_window(
        "callNext",
        "call-next",
        windows.call_next,
        Summary("呼叫下一位；没有人等候时为 204", "Call the next ticket; 204 when nobody waits"),
        windows.CallNextBody,
        {200: windows.Called, 204: None},
    ),
    at_window(
        "callTicket",
        "call",
        windows.call_ticket,
        Summary("呼叫指定票号", "Call one given ticket"),
        windows.CallBody,
        {200: windows.Called},
    ),
    at_window("recall", "recall", windows.recall, Summary("重呼", "Call again"), windows.TicketBody),
    at_window("start", "start", windows.start, Summary("开始办理", "Start the service"), windows.TicketBody),
    at_window("markNoShow", "no-show", windows.no_show, Summary("过号", "No-show"), windows.TicketBody),
    at_window("hold", "hold", windows.hold, Summary("挂起", "Put on hold"), windows.HoldBody),
    at_window(
        "transfer",
        "transfer",
        windows.transfer,
        Summary("转移到队列、窗口或人员", "Transfer to a queue, window or person"),
        windows.TransferBody,
    ),
    at_window(
        "requeue", "requeue", windows.requeue, Summary("退回排队", "Back to its queue"), windows.TicketBody
    ),
    at_window("finish", "finish", windows.finish, Summary("办结", "Finish"), windows.FinishBody),
    at_window(
        "evaluate",
        "evaluate",
        windows.evaluate,
        Summary("请评价：结束办理并请群众评价", "End the service and ask for its rating"),
        windows.TicketBody,
        roles=SERVING | {INTEGRATOR},
    ),
    at_window(
        "attachCase",
        "case",
        windows.attach_case,
        Summary("关联办件编号", "Hand over a case of the business system"),
        windows.CaseBody,
        roles=SERVING | {INTEGRATOR},
    ),
    at_window(
        "askSignature",
        "signature",
        readers.ask_signature,
        Summary("请签名", "Ask for a signature"),
        windows.TicketBody,
    ),
    at_window(
        "dropSignature",
        "signature/cancel",
        readers.drop_signature,
        Summary("不签了", "No signature is wanted any more"),
        openapi.Empty,
    ),
    at_window("pause", "pause", windows.pause, Summary("暂停服务", "Pause"), windows.PauseBody),
    at_window("resume", "resume", windows.resume, Summary("恢复服务", "Resume"), openapi.Empty),
    at_window(
        "moveSkills",
        "skills",
        overview.move_skills,
        Summary("临时调整窗口叫号类别（潮汐窗口）", "Change for a while what a window calls"),
        overview.SkillsBody,
        roles=LEADING,
    ),
    at_window("login", "login", windows.login, Summary("上岗", "Take up duty"), windows.LoginBody),
    at_window("logout", "logout", windows.logout, Summary("离岗", "End duty"), openapi.Empty),
)
