"""A steady load of people: filings with an idempotency key, and officers who take up what is assigned to them.

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

from services.kit.database import new_id

CATEGORIES = ("lodging", "broken", "danger", "price", "staff")
RETRY_SECONDS = 0.5
OFFICERS = ("officer1.lodging", "officer2.lodging", "officer1.sales")


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
    _tokens: dict[str, str] = field(default_factory=dict)

    async def run(self, chance: Random) -> None:
        """File and work until cancelled."""
        limits = httpx.Limits(max_connections=60)
        async with httpx.AsyncClient(base_url=self.address, timeout=20, limits=limits) as client:
            async with asyncio.TaskGroup() as tasks:
                for name in OFFICERS:
                    if name in self.people:
                        tasks.create_task(self._work(client, name))
                while True:
                    tasks.create_task(self._file(client, chance.choice(CATEGORIES)))
                    await asyncio.sleep(chance.expovariate(self.rate))

    async def file_one(self, client: httpx.AsyncClient, category: str = "lodging") -> str:
        """File one complaint, however often it takes; returns its number."""
        body = {"narrative": "ไฟทางเดินดับทั้งแถว", "identity": "anonymous", "category": category}
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
                    body.pop("category", None)  # a policy without this category
                    headers = {"idempotency-key": str(new_id())}
                    continue
                self.refused += 1
                wait = float(answer.headers.get("retry-after", RETRY_SECONDS))
            await asyncio.sleep(wait)

    async def _file(self, client: httpx.AsyncClient, category: str) -> None:
        await self.file_one(client, category)
        self.filed += 1

    async def _work(self, client: httpx.AsyncClient, name: str) -> None:
        """Take up assigned cases one after the other; what fails is tried again with what then is there."""
        while True:
            with contextlib.suppress(httpx.HTTPError, KeyError, ValueError):
                await self._take_up(client, name)
            await asyncio.sleep(RETRY_SECONDS)

    async def _take_up(self, client: httpx.AsyncClient, name: str) -> None:
        headers = {"authorization": f"Bearer {await self._token(client, name)}"}
        answer = await client.get("/api/v1/cases", params={"state": "assigned", "limit": 20}, headers=headers)
        if answer.status_code == 401:
            self._tokens.pop(name, None)
        items: list[dict[str, Any]] = answer.json().get("items", [])
        for item in items:
            if item.get("owner") != name or item.get("state") != "assigned":
                continue
            moved = await client.post(
                f"/api/v1/cases/{item['id']}/transitions",
                json={"to": "investigating", "fields": {"no_conflict": True}},
                headers={**headers, "if-match": str(item["version"])},
            )
            self.moved += moved.is_success

    async def _token(self, client: httpx.AsyncClient, name: str) -> str:
        if name not in self._tokens:
            body = {"username": name, "password": self.people[name]}
            self._tokens[name] = (await client.post("/api/v1/sessions", json=body)).json()["token"]
        return self._tokens[name]
