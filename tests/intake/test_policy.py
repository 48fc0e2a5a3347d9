"""`GET /api/v1/policy`: what a client builds its form from."""

from __future__ import annotations

import httpx

from tests.intake.conftest import filing


async def test_the_public_part_of_the_policy_has_everything_a_form_needs(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/v1/policy", headers={"Accept-Language": "en"})
    view = answer.json()
    assert {"version", "categories", "service_points", "units", "segments", "consent"} <= set(view)
    assert set(view["consent"]) >= {"version", "text"}
    assert {"code", "label"} <= set(view["categories"][0])
    assert "integrity" not in {unit["code"] for unit in view["units"]}


async def test_it_speaks_the_language_asked_for(client: httpx.AsyncClient) -> None:
    thai = (await client.get("/api/v1/policy")).json()
    english = (await client.get("/api/v1/policy", headers={"Accept-Language": "en"})).json()
    assert thai["categories"][0]["label"] != english["categories"][0]["label"]


async def test_an_unchanged_policy_is_not_sent_again(client: httpx.AsyncClient) -> None:
    etag = (await client.get("/api/v1/policy")).headers["etag"]
    again = await client.get("/api/v1/policy", headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")
    other = await client.get("/api/v1/policy", headers={"If-None-Match": etag, "Accept-Language": "en"})
    assert other.status_code == 200


async def test_every_category_it_lists_can_be_filed(client: httpx.AsyncClient) -> None:
    for category in (await client.get("/api/v1/policy")).json()["categories"]:
        answer = await client.post("/api/v1/complaints", json=filing(category=category["code"]))
        assert answer.status_code == 201, answer.text
