"""`/policy` and `/policy/versions/{version}`: the policy and procedure to read (ISO 10002 clauses 5.3 and 7.1)."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from schemas.policy import PolicyBundle
from services.governance.charter import charter_of
from services.governance.compare_policies import compare_policies
from services.governance.pages.frame import render
from services.governance.policy_reading import chain, hours_of, kpi_rows, open_units, rule_words, severity_words
from services.governance.read_policies import (
    AdoptedVersion,
    one_version,
    policy_document,
    policy_versions,
    version_before,
)
from services.governance.words import ROLES_SHOWN, SECTIONS_SHOWN, TARGETS_SHOWN
from services.kit.access import Allow, Viewer
from services.kit.i18n import Lang
from services.kit.service import Context
from services.kit.web import language_of


def policy_router(context: Context) -> APIRouter:
    """The policy, for everybody; staff also see its inner rules and what changed."""
    router = APIRouter(include_in_schema=False)
    anybody = Allow(context, scope="the published policy; staff also its inner rules", optional=True)

    @router.get("/policy")
    async def in_force(request: Request, viewer: Viewer | None = Depends(anybody)) -> Response:
        return await page(request, viewer, None)

    @router.get("/policy/versions/{version}")
    async def one(request: Request, version: str, viewer: Viewer | None = Depends(anybody)) -> Response:
        return await page(request, viewer, version)

    async def page(request: Request, viewer: Viewer | None, name: str | None) -> Response:
        lang = language_of(request)
        versions = await policy_versions(context.database, context.now())
        version = one_version(versions, name)
        bundle = await policy_document(context.database, context.copies, version.version)
        inner: dict[str, Any] = {}
        if viewer is not None:
            inner = _inner(bundle, lang) | await _changes(context, versions, version, bundle)
        today = context.now().astimezone(ZoneInfo(bundle.zone)).date()
        return await render(
            context,
            request,
            "policy.html",
            viewer,
            policy=bundle,
            version=version,
            versions=versions,
            charter=charter_of(bundle, lang),
            hours=[hours_of(calendar, today, lang) for calendar in bundle.calendars],
            severity=[
                (severity_words(bundle, rule, lang), bundle.label_of("priorities", rule.priority, lang))
                for rule in bundle.severity.rules
            ],
            severity_default=bundle.label_of("priorities", bundle.severity.default, lang),
            targets_shown=TARGETS_SHOWN,
            open_units=open_units(bundle),
            inner=inner,
        )

    return router


def _inner(bundle: PolicyBundle, lang: Lang) -> dict[str, Any]:
    return {
        "chain": chain(bundle, lang),
        "rules": [(rule.label.say(lang), *rule_words(bundle, rule, lang)) for rule in bundle.rules],
        "kpis": kpi_rows(bundle, lang),
        "roles": ROLES_SHOWN,
    }


async def _changes(
    context: Context, versions: list[AdoptedVersion], version: AdoptedVersion, bundle: PolicyBundle
) -> dict[str, Any]:
    before = version_before(versions, version.version)
    if before is None:
        return {"before": None}
    old = await policy_document(context.database, context.copies, before)
    return {"before": before, "changes": compare_policies(old, bundle), "sections": SECTIONS_SHOWN}
