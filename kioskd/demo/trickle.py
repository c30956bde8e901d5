"""A second hall without devices or page: a few people come, are served and rate, over its API."""

from __future__ import annotations

import asyncio
from random import Random

import aiohttp

from kioskd.demo.client import HubClient
from kioskd.hall.rules import Rules

PAUSE_S = (2.0, 6.0)
FEW = 6
"""Who comes beyond that many waiting goes home again: tellers here are not quick."""

LEVELS = (5, 5, 5, 4, 4, 3, 2, None)


async def trickle(client: HubClient, rules: Rules, seed: int) -> None:
    """Let people come for ever."""
    random = Random(seed)
    queues = [queue.id for queue in rules.queues if not queue.headcount]
    windows = [entry.window for entry in rules.roster] or [window.id for window in rules.windows]
    waiting = 0
    while True:
        try:
            if waiting < FEW:
                taken = await client.post("guide", "/api/v1/tickets", {"queue": random.choice(queues)})
                waiting += taken.ok
            window = random.choice(windows)
            if (called := await client.post("lead", f"/api/v1/windows/{window}/call-next", {})).status == 200:
                waiting -= 1
                ticket = called.body["ticket"]["id"]
                await asyncio.sleep(random.uniform(*PAUSE_S))
                await client.post("lead", f"/api/v1/windows/{window}/start", {"ticket": ticket})
                await asyncio.sleep(random.uniform(*PAUSE_S))
                finish = {"ticket": ticket, "rate": True}
                await client.post("lead", f"/api/v1/windows/{window}/finish", finish)
                level = random.choice(LEVELS)
                if level is not None:
                    await client.post("integrator", f"/api/v1/tickets/{ticket}/rating", {"level": level})
        except (aiohttp.ClientError, TimeoutError, KeyError, TypeError):
            pass  # the hall is busy with something else; people come again
        await asyncio.sleep(random.uniform(*PAUSE_S))
