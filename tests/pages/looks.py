"""How tests look at a page: whether anything on it is cut off or lost, and what axe-core says of it."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.async_api import Page

CUT = """() => {
    const root = document.documentElement;
    const over = root.scrollWidth - root.clientWidth;
    const wide = over > 0 ? [`the page, by ${over} px`] : [];
    const cut = [...document.querySelectorAll("button, .button, h1, h2, .badge")].filter((one) =>
        one.offsetParent && !one.classList.contains("unseen")
        && getComputedStyle(one).textOverflow !== "ellipsis" && (one.scrollWidth > one.clientWidth + 1));
    const words = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const slips = [];
    while (words.nextNode()) {
        const { data, parentElement } = words.currentNode;
        const slip = /^\\s*(null|undefined|NaN)\\s*$|\\[object |\\{\\w+\\}/.test(data);
        if (slip && parentElement.getClientRects().length)
            slips.push(`says ${data.trim()} in ${parentElement.outerHTML.slice(0, 120)}`);
    }
    return [...wide, ...cut.map((one) => one.outerHTML.slice(0, 120)), ...slips];
}"""
"""What is cut off, and what no person wrote: a value that is none, a sentence with a gap left in it."""

WIDE = """() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    return scrollWidth > clientWidth ? [`the page, by ${scrollWidth - clientWidth} px`] : [];
}"""
"""Whether a page has to be moved sideways, whatever its tables are."""

LOST = """() => [...document.querySelectorAll("main *")].filter((one) =>
        one.offsetParent && ["auto", "scroll"].includes(getComputedStyle(one).overflowX)
        && !one.matches("textarea, .set__diff") && !one.querySelector(".figures__table")
        && one.scrollWidth > one.clientWidth + 1)
    .map((one) => `${one.scrollWidth - one.clientWidth} px out of sight in ${one.outerHTML.slice(0, 120)}`)"""
"""What has to be scrolled sideways to be seen; texts of files and their comparison may be, and the one table
of figures, which has a score of columns as soon as there are any.
"""


BROKEN = """() => {
    const page = document.querySelector("main") || document.body;
    const words = document.createTreeWalker(page, NodeFilter.SHOW_TEXT);
    const broken = [];
    const range = document.createRange();
    while (words.nextNode()) {
        const node = words.currentNode;
        for (const found of node.data.matchAll(/[!-~]+/g)) {
            if (!/^(\\d{4}-\\d\\d-\\d\\d|[^-\\/]{2,14})$/.test(found[0])) continue;
            range.setStart(node, found.index);
            range.setEnd(node, found.index + found[0].length);
            const parts = [...range.getClientRects()].filter((one) => one.width);
            if (new Set(parts.map((one) => Math.round(one.top))).size < 2) continue;
            broken.push(`${found[0]} is broken in ${node.parentElement.outerHTML.slice(0, 120)}`);
        }
    }
    return broken;
}"""
"""Which short words and dates stand on two lines; what is long, or has a dash or a stroke, may have to."""


async def axe(page: Page) -> list[str]:
    """What axe-core calls serious or critical on the page as it is once nothing moves any more."""
    await page.evaluate(
        "() => Promise.all(document.getAnimations()"
        ".filter(a => a.effect && a.effect.getComputedTiming().iterations !== Infinity)"
        ".map(a => a.finished.catch(() => 0)))"
    )
    if not await page.evaluate("() => Boolean(window.axe)"):
        await page.evaluate((files("axe_playwright_python") / "axe.min.js").read_text("utf-8"))
    found: dict[str, Any] = await page.evaluate("() => axe.run({resultTypes: ['violations']})")
    return [
        f"{one['id']}: {node['html'][:160]}"
        for one in found["violations"]
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]
