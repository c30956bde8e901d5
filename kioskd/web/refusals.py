"""How what no route answers is refused: a problem for programs, a small plain page for browsers."""

from __future__ import annotations

import base64
import hashlib
from html import escape

from aiohttp import web

from kioskd.web.headers import HEADERS
from kioskd.web.language import Language, choose, texts
from kioskd.web.problem import ProblemError, answer, status_of

_STYLE = """
:root { color-scheme: light dark; }
body {
  margin: 0; min-height: 100vh; display: grid; place-items: center; background: Canvas; color: CanvasText;
  font: 1.125rem/1.6 "Noto Sans SC", "Source Han Sans SC", "Microsoft YaHei", "PingFang SC", sans-serif;
}
main { max-width: 34rem; padding: 2rem; }
h1 { margin: 0 0 .5rem; font-size: 1.75rem; line-height: 1.3; }
p { margin: 0 0 1rem; }
.other { margin-top: 2rem; padding-top: 1rem; border-top: 1px solid; opacity: .7; font-size: 1rem; }
"""
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_PAGE_HEADERS = {
    **HEADERS,
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; frame-ancestors 'none'; base-uri 'none'"
    ),
}


def refuse(request: web.BaseRequest, error: web.HTTPException) -> web.Response:
    """Return what a client is told instead of aiohttp's own plain answer for ``error`` (status 400 up)."""
    match error.status:
        case 404:
            problem = ProblemError("not_found")
        case 405:
            headers = {"Allow": error.headers.get("Allow", "")}
            problem = ProblemError("method_not_allowed", {"method": request.method}, headers=headers)
        case status if status < 500:
            problem = ProblemError("bad_request")
        case _:
            problem = ProblemError("internal")
    return told(request, problem)


def told(request: web.BaseRequest, problem: ProblemError) -> web.Response:
    """Return a problem as the client can read it: a page where a browser asks for one."""
    language = choose(request.headers.get("Accept-Language", ""))
    if request.path.startswith("/api") or "text/html" not in request.headers.get("Accept", ""):
        return answer(problem, language)
    other = Language.EN if language is Language.ZH else Language.ZH
    home = request.path != "/"
    page = f"""<!doctype html>
<html lang="{language.value}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(_words(problem.code, language)[0])}</title>
<style>{_STYLE}</style>
<main>
<h1>{escape(_words(problem.code, language)[0])}</h1>
{_paragraphs(problem.code, language, home)}
<div class="other" lang="{other.value}">
<p><strong>{escape(_words(problem.code, other)[0])}</strong></p>
{_paragraphs(problem.code, other, home)}
</div>
</main>
</html>
"""
    response = web.Response(
        status=status_of(problem.code),
        body=page.encode(),
        headers={
            "Content-Type": "text/html; charset=utf-8",
            "Content-Language": language.value,
            **_PAGE_HEADERS,
            **(problem.headers or {}),
        },
    )
    if problem.close:
        response.force_close()
    return response


def _words(code: str, language: Language) -> tuple[str, str, str]:
    """Title, sentence and the words of the way home."""
    page = texts(language).page
    kind = code if f"{code}.title" in page else "other"
    return page[f"{kind}.title"], page[f"{kind}.text"], page["home"]


def _paragraphs(code: str, language: Language, home: bool) -> str:
    _, text, way_home = _words(code, language)
    link = f'\n<p><a href="/">{escape(way_home)}</a></p>' if home else ""
    return f"<p>{escape(text)}</p>{link}"
