"""The part of the route table for figures."""

from __future__ import annotations

from typing import Any

from kioskd.access.roles import Role
from kioskd.figures.model import DayFigures
from kioskd.figures.ranges import HeatCell
from kioskd.web import figures, figures_export
from kioskd.web.rights import LEADING, REVIEWING
from kioskd.web.route import Handler, Keep, Route, Summary

LEAD, AUDITOR, ADMIN = Role.LEAD, Role.AUDITOR, Role.ADMIN


def figures_routes(api: str) -> tuple[Route, ...]:
    """Return the rows; ``api`` is the path they all begin with."""

    def get(
        name: str,
        path: str,
        handler: Handler,
        summary: Summary,
        answer: Any,
        query: Any,
        *,
        roles: frozenset[Role] = REVIEWING,
        problems: tuple[str, ...] = ("bad_dates",),
        media_type: str = "application/json",
    ) -> Route:
        return Route(
            name=name,
            method="GET",
            path=f"{api}/figures/{path}",
            roles=roles,
            handler=handler,
            summary=summary,
            answers={200: answer},
            query=query,
            problems=problems,
            media_type=media_type,
        )

    return (
        get(
            "getDayFigures",
            "day",
            figures.day,
            Summary("一天的统计", "Figures of a business day"),
            DayFigures,
            figures.DayQuery,
            roles=REVIEWING | {Role.INTEGRATOR},
            problems=("no_figures",),
        ),
        get(
            "getRangeFigures",
            "range",
            figures.over_range,
            Summary("一段时间的统计；柜员只看自己每天的", "Figures of a range of days; a teller's own days"),
            figures.RangeFigures,
            figures.RangeQuery,
            roles=REVIEWING | {Role.TELLER},
            problems=("bad_dates", "own_days_only"),
        ),
        get(
            "exportFiguresCsv",
            "range.csv",
            figures.as_csv,
            Summary("统计表（CSV）", "Figures of a range of days as CSV"),
            None,
            figures.ExportQuery,
            media_type="text/csv",
        ),
        get(
            "exportFiguresXlsx",
            "range.xlsx",
            figures.as_xlsx,
            Summary("统计表（XLSX）", "Figures of a range of days as a workbook"),
            None,
            figures.ExportQuery,
            media_type=figures_export.XLSX,
        ),
        get(
            "getHeat",
            "heat",
            figures.heat,
            Summary("每周每小时的忙闲", "How busy each hour of each weekday is"),
            list[HeatCell],
            figures.DatesQuery,
        ),
        get(
            "listAnomalies",
            "anomalies",
            figures.anomalies,
            Summary("稽核提示", "What an auditor should look at"),
            list[figures.AnomalyLine],
            figures.DatesQuery,
        ),
        get(
            "listDayJournals",
            "days",
            figures.day_journals,
            Summary("工作日志", "The daily journal with its sign-offs"),
            list[figures.DayJournal],
            figures.DatesQuery,
        ),
        Route(
            name="signDay",
            method="POST",
            path=f"{api}/figures/days/{{date}}/sign",
            roles=LEADING,
            handler=figures.sign,
            summary=Summary("签认一天的工作日志", "Sign a day's journal"),
            body=figures.SignBody,
            answers={204: None},
            problems=("no_figures", "figures_changed"),
            keep=Keep.DAYS_2,
        ),
    )
