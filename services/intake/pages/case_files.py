"""`/files/case/{case}`: the files of one case, shown to staff within whose scope it is; evidence is added here too.

The case page embeds it (same origin) as it links the contact: files never leave intake by any other way.
"""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from schemas.policy import PolicyBundle
from services.intake.add_files import add_evidence
from services.intake.api.staff import seen_case
from services.intake.files.attach import within
from services.intake.files.keep_file import file_store, prepare_file
from services.intake.files.read_files import files_of_case
from services.intake.look_at_identity import CaseInView
from services.intake.pages.files import SEEING
from services.intake.pages.form_files import files_in
from services.intake.phone.calls_of_case import came_in
from services.kit.access import Allow, Viewer, signed_in
from services.kit.errors import FieldProblem, InvalidInput, RedressError
from services.kit.i18n import N_, translate
from services.kit.service import Context
from services.kit.web import language_of

ADDING = ("officer", "supervisor", "centre", "approver", "verifier", "reviewer", "unit_head", "integrity")
"""Who may add evidence to a case within their scope."""


def case_files_router(context: Context) -> APIRouter:
    """The files of a case for staff."""
    router = APIRouter(prefix="/files/case/{case}", include_in_schema=False)
    seeing = Allow(context, *SEEING, scope="cases within their scope")
    adding = Allow(context, *ADDING, scope="cases within their scope")

    @router.get("")
    async def see(request: Request, case: str, viewer: Viewer | None = Depends(seeing)) -> Response:
        found, bundle = await seen_case(context, case, signed_in(viewer))
        return await show(request, found, bundle, signed_in(viewer))

    @router.post("")
    async def add(request: Request, case: str, viewer: Viewer | None = Depends(adding)) -> Response:
        member = signed_in(viewer)
        found, bundle = await seen_case(context, case, member)
        form = await request.form()
        files, store = files_in(form), file_store(context)
        try:
            within(store.limits, 0, len(files))
            if not files:
                problem = FieldProblem("files", N_("No file was chosen."), N_("Choose one and send it again."))
                raise InvalidInput(problem.what, problem.remedy, fields=[problem])
            prepared = [
                await prepare_file(store, content=file.file, name=file.filename, origin="staff") for file in files
            ]
        except RedressError as problem:
            return await show(request, found, bundle, member, problem)
        async with context.database.transaction() as tx:
            await add_evidence(
                tx, found.case_id, prepared, by=member.staff_id, internal=form.get("internal") == "true",
                now=context.now(),
            )  # fmt: skip
        frame = "&frame=1" if request.query_params.get("frame") else ""
        return RedirectResponse(f"/files/case/{found.case_id}?done=1{frame}", 303)

    async def show(
        request: Request, case: CaseInView, bundle: PolicyBundle, viewer: Viewer, problem: RedressError | None = None
    ) -> Response:
        staff = await context.copies.staff(context.database)
        done = "done" in request.query_params and problem is None
        store = file_store(context)
        kept = translate(language_of(request), N_("The files are kept."))
        return context.web.page(
            request,
            "intake/case_files.html",
            policy=bundle,
            viewer=viewer,
            now=context.now(),
            zone=bundle.zone,
            status=problem.status if problem else 200,
            number=case.complaint["tracking_number"],
            case_id=case.case_id,
            files=await files_of_case(context.database, case.case_id, public=False),
            dossiers=await context.database.read(
                "select state, asked_by, asked_at from intake.dossier where case_id = $1"
                " and state in ('waiting', 'failed') order by asked_at",
                case.case_id,
            ),
            came_in=await came_in(context.database, case.case_id),
            staff_name=staff.name,
            may_add=viewer.has(*ADDING),
            limits=store.limits,
            framed=bool(request.query_params.get("frame")),
            notice={"kind": "done", "text": kept} if done else None,
            problem=problem,
        )

    return router
