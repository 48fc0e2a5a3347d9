"""`/admin/policy`: check a policy, compare it, enter its approval, adopt it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from starlette.datastructures import UploadFile

from schemas.policy import Approval, PolicyBundle
from services.governance.adopt_draft import adopt_draft, approved_bundle
from services.governance.adopt_policy import effective_moment
from services.governance.approve_draft import as_form, read_approval
from services.governance.check_policy import check_policy
from services.governance.compare_policies import Change, compare_policies
from services.governance.pages.frame import form_fields, problem_of, render, see
from services.governance.policy_drafts import drop_draft, keep_approval, keep_draft, list_drafts, read_draft
from services.governance.policy_lines import MAX_BYTES
from services.governance.read_policies import one_version, policy_document, policy_versions
from services.governance.tables import PolicyDraft
from services.governance.words import SECTIONS_SHOWN
from services.kit.access import Allow, Viewer, signed_in
from services.kit.errors import FieldProblem, InvalidInput, RedressError
from services.kit.i18n import N_
from services.kit.service import Context
from services.kit.thai import year_shown
from services.kit.web import language_of

SHOWN_MISTAKES = 200


def policy_admin_router(context: Context) -> APIRouter:
    """Drafts and their adoption."""
    router = APIRouter(prefix="/admin/policy", include_in_schema=False)
    overseer = Allow(context, "administrator", "auditor", scope="every version and draft")
    administrator = Allow(context, "administrator", scope="every version and draft")
    pages = DraftPages(context)

    @router.get("")
    async def start(request: Request, viewer: Viewer | None = Depends(overseer)) -> Response:
        return await pages.start(request, signed_in(viewer))

    @router.post("/drafts")
    async def begin(request: Request, viewer: Viewer | None = Depends(administrator)) -> Response:
        who = signed_in(viewer)
        try:
            text = await policy_text(request)
            async with context.database.transaction() as tx:
                draft_id = await keep_draft(tx, text, now=context.now(), by=who.staff_id)
        except RedressError as wrong:
            return await pages.start(request, who, wrong.status, problem=problem_of(request, wrong))
        return see(f"/admin/policy/drafts/{draft_id}")

    @router.get("/drafts/{draft_id}")
    async def draft(request: Request, draft_id: UUID, viewer: Viewer | None = Depends(overseer)) -> Response:
        return await pages.draft(request, signed_in(viewer), await read_draft(context.database, draft_id))

    @router.post("/drafts/{draft_id}")
    async def mend(request: Request, draft_id: UUID, viewer: Viewer | None = Depends(administrator)) -> Response:
        who = signed_in(viewer)
        if (await form_fields(request)).get("what") == "drop":
            async with context.database.transaction() as tx:
                await drop_draft(tx, draft_id)
            return see("/admin/policy", "dropped")
        async with context.database.transaction() as tx:
            await keep_draft(tx, await policy_text(request), now=context.now(), by=who.staff_id, draft_id=draft_id)
        return see(f"/admin/policy/drafts/{draft_id}")

    @router.post("/drafts/{draft_id}/approval")
    async def approval(request: Request, draft_id: UUID, viewer: Viewer | None = Depends(administrator)) -> Response:
        who, fields = signed_in(viewer), await form_fields(request)
        try:
            record = read_approval(fields)
        except InvalidInput as wrong:
            found = await read_draft(context.database, draft_id)
            return await pages.draft(
                request, who, found, wrong.status, typed=fields, problem=problem_of(request, wrong)
            )
        async with context.database.transaction() as tx:
            await keep_approval(tx, draft_id, record, now=context.now(), by=who.staff_id)
        return see(f"/admin/policy/drafts/{draft_id}/adoption")

    @router.get("/drafts/{draft_id}/adoption")
    async def confirm(request: Request, draft_id: UUID, viewer: Viewer | None = Depends(overseer)) -> Response:
        return await pages.confirm(request, signed_in(viewer), await read_draft(context.database, draft_id))

    @router.post("/drafts/{draft_id}/adoption")
    async def adopt(request: Request, draft_id: UUID, viewer: Viewer | None = Depends(administrator)) -> Response:
        who = signed_in(viewer)
        try:
            if (await form_fields(request)).get("compared") != "true":
                raise not_compared()
            async with context.database.transaction() as tx:
                await adopt_draft(tx, draft_id, now=context.now(), by=who.staff_id)
        except RedressError as wrong:
            found = await read_draft(context.database, draft_id)
            return await pages.confirm(request, who, found, wrong.status, problem=problem_of(request, wrong))
        return see("/admin/policy", "adopted")

    return router


def not_compared() -> InvalidInput:
    """The second step was not taken knowingly."""
    field = FieldProblem(
        "compared", N_("Say that you have compared it with the minutes."), N_("Tick the box, then adopt.")
    )
    return InvalidInput(N_("The policy was not adopted."), fields=[field])


async def policy_text(request: Request) -> str:
    """The policy in a form: the file chosen, else the text pasted.

    Raises:
        InvalidInput: neither was given, or the file is not text.
    """
    form = await request.form()
    file = form.get("file")
    if isinstance(file, UploadFile) and file.filename:
        raw = await file.read(MAX_BYTES + 1)
        try:
            return raw.decode("utf-8-sig")
        except UnicodeDecodeError as problem:
            field = FieldProblem("file", N_("This file is not text in UTF-8."), N_("Save it as plain UTF-8 text."))
            raise InvalidInput(N_("The policy was not checked."), fields=[field]) from problem
    text = str(form.get("text", ""))
    if not text.strip():
        field = FieldProblem("text", N_("There is no policy here yet."), N_("Choose a file or paste its text."))
        raise InvalidInput(N_("The policy was not checked."), fields=[field])
    return text


class DraftPages:
    """The three pages that forms come back to."""

    def __init__(self, context: Context) -> None:
        self.context = context

    async def start(self, request: Request, viewer: Viewer, status: int = 200, **data: Any) -> Response:
        """Versions, drafts, and the form to check another policy."""
        context = self.context
        return await render(
            context,
            request,
            "admin_policy.html",
            viewer,
            status=status,
            versions=await policy_versions(context.database, context.now()),
            drafts=await list_drafts(context.database),
            staff=await context.copies.staff(context.database),
            may_change=viewer.has("administrator"),
            **{"problem": None, **data},
        )

    async def draft(
        self,
        request: Request,
        viewer: Viewer,
        draft: PolicyDraft,
        status: int = 200,
        typed: dict[str, str] | None = None,
        problem: Any = None,
    ) -> Response:
        """What is wrong in a draft by line; or, when it is sound, what it changes and the approval to enter."""
        lang = language_of(request)
        checked = check_policy(draft.text)
        told = [
            {"line": each.line, "path": each.path, "what": each.what_in(lang), "remedy": each.remedy_in(lang)}
            for each in checked.mistakes or checked.warnings
        ]
        changes: list[Change] = []
        compared_with = ""
        if checked.bundle is not None:
            compared_with, changes = await self._changes(checked.bundle)
        record = approval_of(draft, checked.bundle)
        return await render(
            self.context,
            request,
            "admin_policy_draft.html",
            viewer,
            status=status,
            draft=draft,
            lines=draft.text.split("\n"),
            bundle=checked.bundle,
            told=told[:SHOWN_MISTAKES],
            told_count=len(told),
            changes=changes,
            compared_with=compared_with,
            sections=SECTIONS_SHOWN,
            typed=typed or as_form(record, lambda day: f"{day.day}/{day.month}/{year_shown(day.year, lang)}"),
            problem=problem,
            may_change=viewer.has("administrator"),
        )

    async def confirm(
        self, request: Request, viewer: Viewer, draft: PolicyDraft, status: int = 200, problem: Any = None
    ) -> Response:
        """The second step: everything that adoption does, on one page."""
        try:
            bundle = approved_bundle(draft)
        except RedressError as wrong:
            return await self.draft(request, viewer, draft, wrong.status, problem=problem_of(request, wrong))
        assert bundle.approval is not None  # noqa: S101 - approved_bundle put it there
        compared_with, changes = await self._changes(bundle)
        return await render(
            self.context,
            request,
            "admin_policy_adoption.html",
            viewer,
            status=status,
            draft=draft,
            bundle=bundle,
            approval=bundle.approval,
            effective_from=effective_moment(bundle.approval, bundle),
            changes=changes,
            compared_with=compared_with,
            sections=SECTIONS_SHOWN,
            problem=problem,
            may_change=viewer.has("administrator"),
        )

    async def _changes(self, bundle: PolicyBundle) -> tuple[str, list[Change]]:
        context = self.context
        version = one_version(await policy_versions(context.database, context.now()))
        old = await policy_document(context.database, context.copies, version.version)
        unapproved = {"approval": None}
        return version.version, compare_policies(
            old.model_copy(update=unapproved), bundle.model_copy(update=unapproved)
        )


def approval_of(draft: PolicyDraft, bundle: PolicyBundle | None) -> Approval | None:
    """The record of approval entered for a draft, else the one that stands in its text."""
    if draft.approval is not None:
        return Approval.model_validate(draft.approval)
    return bundle.approval if bundle is not None else None
