"""Sealing what is stored: nothing of a contact is left plain, and an exchange of keys may stop anywhere."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import httpx
import pytest

from services.cli.runtime import Runtime
from services.intake.contacts import seal_again
from services.intake.contacts.keeping import Contacts
from services.intake.contacts.seal import fresh_key, seal_of
from services.intake.contacts.seal_again import contacts_left, seal_all, try_unreadable_again
from services.intake.contacts.sealed_columns import SEALED
from services.intake.messages.addresses import Address, cases_at, complainant_addresses, keep_reply_address, link_staff
from services.kit.database import Database
from services.kit.settings import Settings
from tests.intake.conftest import CONTACT_KEY, KEPT, NOW, SECRET, filing, identity_of

WHO = {"name": "สมชาย ใจดี", "phone": "0812345678", "email": "som@example.com"}
USER = "U" + "d" * 32


def with_keys(*keys: str) -> Contacts:
    return Contacts(seal_of(Settings(options={"REDRESS_CONTACT_KEY": ",".join(keys)})), SECRET)


async def a_case(client: httpx.AsyncClient, database: Database) -> Any:
    answer = await client.post("/api/v1/complaints", json=filing(identity="named", complainant=WHO))
    assert answer.status_code == 201, answer.text
    (row,) = await database.read("select id from intake.complaint")
    return row["id"]


async def everything(database: Database) -> str:
    """Every row of the tables that hold contacts, as text."""
    found = []
    for table in SEALED:
        found += [str(tuple(row.values())) for row in await database.read(f"select * from intake.{table.name}")]
    return "\n".join(found)


async def plain_rows(client: httpx.AsyncClient, database: Database) -> Any:
    """A case whose contacts lie there as programs before this one wrote them."""
    case_id = await a_case(client, database)
    await database.statement(
        "update intake.identity set name = $1, phone = $2, email = $3, phone_digest = null, email_digest = null,"
        " sealed_by = null",
        *WHO.values(),
    )
    await database.statement(
        "insert into intake.reply_address (case_id, channel, address, at) values ($1, 'line', $2, $3)",
        case_id,
        USER,
        NOW,
    )
    await database.statement(
        "insert into intake.line_user (talker, user_id, name, followed_at) values ($1, $2, 'ยาย', $3)",
        KEPT.digest("line", USER),
        USER,
        NOW,
    )
    await database.statement(
        "insert into intake.line_event (id, talker, type, at, arrived_at, raw)"
        " values ('E1', $1, 'message', $2, $2, $3)",
        KEPT.digest("line", USER),
        NOW,
        {"source": {"type": "user", "userId": USER}},
    )
    await database.statement(
        "insert into intake.mail (source_id, way, received_at, envelope_from, size, raw)"
        " values ('m1', 'smtp', $1, 'som@example.com', 9, $2)",
        NOW,
        b"From: som@example.com",
    )
    return case_id


async def test_nothing_of_a_contact_stands_readable_in_the_store(client: httpx.AsyncClient, database: Database) -> None:
    case_id = await a_case(client, database)
    async with database.transaction() as tx:
        await keep_reply_address(tx, case_id, "line", USER, NOW, KEPT)
        await link_staff(tx, uuid4(), "line", USER, NOW, KEPT)
    stored = await everything(database)
    for said in (*WHO.values(), USER):
        assert said not in stored
    assert (await identity_of(database))["phone"] == "0812345678"
    assert await complainant_addresses(database, [case_id], KEPT) == {
        case_id: [Address("line", USER), Address("email", "som@example.com"), Address("sms", "0812345678")]
    }


async def test_what_was_stored_plain_is_sealed_and_found_as_before(
    client: httpx.AsyncClient, database: Database
) -> None:
    case_id = await plain_rows(client, database)
    assert (await identity_of(database))["name"] == WHO["name"], "readable also before it is sealed"
    assert (await contacts_left(database, KEPT)).plain == 5
    assert await seal_all(database, KEPT) == 5
    assert await contacts_left(database, KEPT) == (0, 0, 0)
    stored = await everything(database)
    for said in (*WHO.values(), USER):
        assert said not in stored
    assert (await identity_of(database))["name"] == WHO["name"]
    assert await cases_at(database, KEPT.digest("line", USER)) == [case_id]
    found = await database.read(
        "select 1 from intake.identity where phone_digest = $1", KEPT.digest("phone", WHO["phone"])
    )
    assert found


async def test_an_exchange_of_keys_that_is_stopped_goes_on_where_it_stopped(
    client: httpx.AsyncClient, database: Database
) -> None:
    await plain_rows(client, database)
    await seal_all(database, KEPT)
    both = with_keys(new := fresh_key(), CONTACT_KEY)
    assert (await contacts_left(database, both)).former == 5
    assert await seal_all(database, both, batches=1) == 1
    assert (await contacts_left(database, both)).former == 4
    assert await seal_all(database, both) == 4
    assert await seal_all(database, both) == 0
    assert await contacts_left(database, with_keys(new)) == (0, 0, 0)


async def test_one_that_cannot_be_read_keeps_nobody_else_waiting_and_is_counted(
    client: httpx.AsyncClient, database: Database
) -> None:
    await plain_rows(client, database)
    lost = with_keys(fresh_key())
    await seal_all(database, lost)
    await database.statement("update intake.identity set sealed_by = null")
    now = with_keys(fresh_key())
    assert await seal_all(database, now) == 1
    left = await contacts_left(database, now)
    assert (left.to_do, left.unknown) == (0, 5)
    again = Contacts(seal_of(Settings(options={"REDRESS_CONTACT_KEY": CONTACT_KEY})), SECRET)
    await try_unreadable_again(database)
    assert (await contacts_left(database, again)).plain == 1


async def test_sealing_waits_until_no_program_runs_that_could_not_read_it(
    client: httpx.AsyncClient, database: Database, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    await plain_rows(client, database)
    context = runtime.contexts["intake"]
    running = ["0013"]

    async def running_versions(_raw: object, _service: str) -> list[str]:
        return running

    monkeypatch.setattr(seal_again, "running_versions", running_versions)
    await seal_again.seal_stored_contacts(context, NOW)
    assert (await contacts_left(database, KEPT)).plain == 5
    running[:] = ["0014"]
    await seal_again.seal_stored_contacts(context, NOW)
    assert await contacts_left(database, KEPT) == (0, 0, 0)
