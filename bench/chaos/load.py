"""A steady load of people: they file with an idempotency key, officers work on what is assigned, approvers decide.

Whoever gets no answer sends the same again, as a person's browser would; whoever is asked to come later does.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

import httpx

from bench.lifecycles import DECISION, PROPOSAL
from services.kit.database import new_id

CATEGORIES = ("lodging", "cleanliness", "broken", "danger", "product")
RETRY_SECONDS = 0.5
ANSWER_SECONDS = 60.0
"""How long an answer is waited for before the same is sent again."""

OFFICERS = ("officer1.lodging", "officer2.lodging", "officer1.sales")
APPROVERS = ("approver.lodging", "approver.sales")

STEPS: dict[str, tuple[str, dict[str, Any]]] = {
    "assigned": ("investigating", {"no_conflict": True}),
    "investigating": ("response_proposed", {**PROPOSAL, "cause": "equipment"}),
    "response_proposed": ("decision_communicated", DECISION),
}
"""What is done with a case in each state, and what is told with it."""


@dataclass
class Load:
    """Who files and who works, through the front proxy."""

    address: str
    people: dict[str, str]
    """Passwords by user name."""
    rate: float
    """Filings a second."""
    kept: Callable[[str], None]
    """Told every tracking number that was answered with 201, before anything else is done."""
    filed: int = 0
    moved: int = 0
    refused: int = 0
    repeated: int = 0
    ended: bool = False
    _tokens: dict[str, str] = field(default_factory=dict)

    async def run(self, chance: Random) -> None:
        """File and work until told to `end`; what is under way then is still brought to its answer."""
        limits = httpx.Limits(max_connections=60)
        async with httpx.AsyncClient(base_url=self.address, timeout=ANSWER_SECONDS, limits=limits) as client:
            async with asyncio.TaskGroup() as tasks:
                for name in OFFICERS:
                    tasks.create_task(self._work(client, name, ("assigned", "investigating")))
                for name in APPROVERS:
                    tasks.create_task(self._work(client, name, ("response_proposed",)))
                while not self.ended:
                    tasks.create_task(self._file(client, chance.choice(CATEGORIES), mail=chance.random() < 0.25))
                    await asyncio.sleep(chance.expovariate(self.rate))

    def end(self) -> None:
        """Let nobody begin anything more."""
        self.ended = True

    async def file_one(self, client: httpx.AsyncClient, category: str = "lodging", *, mail: bool = False) -> str:
        """File one complaint, however often it takes; returns its number."""
        body: dict[str, Any] = {"narrative": "ไฟทางเดินดับทั้งแถว", "identity": "anonymous", "category": category}
        if mail:
            body |= {"identity": "named", "complainant": {"name": "ก", "email": f"{new_id().hex}@chaos.example"}}
        headers = {"idempotency-key": str(new_id())}
        while True:
            wait = RETRY_SECONDS
            try:
                answer = await client.post("/api/v1/complaints", json=body, headers=headers)
            except httpx.HTTPError:
                self.repeated += 1
            else:
                if answer.status_code == 201:
                    number = str(answer.json()["tracking_number"])
                    self.kept(number)
                    return number
                if answer.status_code == 422:
                    raise AssertionError(f"a filing was refused: {answer.text[:500]}")
                self.refused += 1
                wait = float(answer.headers.get("retry-after", RETRY_SECONDS))
            await asyncio.sleep(wait)

    async def _file(self, client: httpx.AsyncClient, category: str, *, mail: bool) -> None:
        await self.file_one(client, category, mail=mail)
        self.filed += 1

    async def _work(self, client: httpx.AsyncClient, name: str, states: tuple[str, ...]) -> None:
        """Bring cases a step on, one after the other; what fails is tried again with what then is there."""
        while not self.ended:
            for state in states:
                with contextlib.suppress(httpx.HTTPError, KeyError, ValueError):
                    await self._take_up(client, name, state)
            await asyncio.sleep(RETRY_SECONDS)

    async def _take_up(self, client: httpx.AsyncClient, name: str, state: str) -> None:
        headers = {"authorization": f"Bearer {await self._token(client, name)}"}
        answer = await client.get("/api/v1/cases", params={"state": state, "limit": 20}, headers=headers)
        if answer.status_code == 401:
            self._tokens.pop(name, None)
        items: list[dict[str, Any]] = answer.json().get("items", [])
        to, fields = STEPS[state]
        for item in items:
            if self.ended or item.get("state") != state or (name in OFFICERS and item.get("owner") != name):
                continue
            moved = await client.post(
                f"/api/v1/cases/{item['id']}/transitions",
                json={"to": to, "fields": fields},
                headers={**headers, "if-match": str(item["version"])},
            )
            self.moved += moved.is_success

    async def _token(self, client: httpx.AsyncClient, name: str) -> str:
        if name not in self._tokens:
            body = {"username": name, "password": self.people[name]}
            self._tokens[name] = (await client.post("/api/v1/sessions", json=body)).json()["token"]
        return self._tokens[name]
