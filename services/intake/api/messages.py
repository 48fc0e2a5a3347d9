"""`/api/v1/cases/{id}/messages`: everything to and from a complainant, with delivery state, and answering."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from services.intake.api.bodies import answer, described_by, json_body, object_or_refuse
from services.intake.api.staff import seen_case, text_in
from services.intake.channels import carriers
from services.intake.contacts.keeping import contacts_of
from services.intake.email.show_mail import CaseMail, mail_of_message, mails_of_case
from services.intake.look_at_identity import may_look
from services.intake.messages.list_messages import list_messages
from services.intake.messages.reply_to_complainant import WRITERS, reply_to_complainant
from services.kit.access import Allow, Viewer, signed_in
from services.kit.paging import LONGEST, read_cursor, write_cursor
from services.kit.service import Context


class ReplyBody(BaseModel):
    """A person's reply; `channel` left out takes the best one, `once` makes a repeat harmless."""

    model_config = ConfigDict(extra="forbid")

    text: str
    subject: str = ""
    channel: str = ""
    progress: bool = True
    once: str = Field(default="", max_length=64)


def messages_api_router(context: Context) -> APIRouter:
    """Reading and writing messages."""
    router = APIRouter(prefix="/api/v1/cases/{case}/messages", tags=["messages"])
    readers = (*WRITERS, "line_manager", "executive", "auditor", "privacy")
    reading = Allow(context, *readers, scope="cases within their scope")
    writing = Allow(context, *WRITERS, scope="cases within their scope")

    @router.get("")
    async def listed(
        case: str, cursor: str = "", limit: int = 100, viewer: Viewer | None = Depends(reading)
    ) -> Response:
        """Messages of a case, oldest first, each with channel, template, state and attempts; by cursor."""
        found, _ = await seen_case(context, case, signed_in(viewer))
        page = await list_messages(
            context.database,
            found.case_id,
            server_secret=context.settings.digest_key,
            after=read_cursor(cursor),
            size=min(max(limit, 1), LONGEST),
        )
        whole = may_look(found, signed_in(viewer).member)
        mails = await mails_of_case(context.database, found.case_id, contacts_of(context.settings) if whole else None)
        items = [
            {
                **item,
                "id": str(item["id"]),
                "by": item["by"] and str(item["by"]),
                "mail": _mail(mail_of_message(item, mails)) if whole else None,
            }
            for item in page.items
        ]
        return answer({"items": items, "next": write_cursor(page.following)})

    @router.post("", status_code=202, openapi_extra=described_by(ReplyBody))
    async def reply(request: Request, case: str, viewer: Viewer | None = Depends(writing)) -> Response:
        """Write to the complainant: `text`, `subject?`, `channel?`, `progress?`, `once?`."""
        data = object_or_refuse(await json_body(request))
        found, _ = await seen_case(context, case, signed_in(viewer))
        async with context.database.transaction() as tx:
            message_id = await reply_to_complainant(
                tx,
                found,
                text=text_in(data, "text"),
                subject=text_in(data, "subject"),
                channel=text_in(data, "channel"),
                progress=data.get("progress") is not False,
                once=text_in(data, "once")[:64],
                member=signed_in(viewer).member,
                switched_on={carrier.channel for carrier in carriers(context)},
                now=context.now(),
            )
        return answer({"message_id": message_id and str(message_id)}, 202)

    return router


def _mail(mail: CaseMail | None) -> dict[str, Any] | None:
    """What was folded away of a mail, and where all of it is; for those who may look at the identity."""
    return {"folded": mail.folded, "href": f"/mails/{mail.source_id}"} if mail is not None else None
