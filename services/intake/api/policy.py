"""`GET /api/v1/policy`: what a client needs to build a form."""

from __future__ import annotations

import hashlib

import orjson
from fastapi import APIRouter, Depends, Request, Response

from services.kit.access import Allow
from services.kit.service import Context
from services.kit.web import language_of


def policy_router(context: Context) -> APIRouter:
    """The public part of the policy in force."""
    router = APIRouter(prefix="/api/v1", tags=["policy"])
    made: dict[tuple[int, str], tuple[bytes, str]] = {}

    @router.get("/policy", dependencies=[Depends(Allow(context, scope="the public part of the policy in force"))])
    async def policy(request: Request) -> Response:
        """Version, categories, service points, units (public part), segments, consent; with an ETag."""
        bundle = await context.copies.in_force(context.database, context.now())
        lang = language_of(request)
        key = (id(bundle), lang)
        if key not in made:
            body = orjson.dumps(bundle.public_view(lang))
            made.clear() if len(made) > 8 else None
            made[key] = body, f'"{hashlib.sha256(body).hexdigest()[:20]}"'
        body, etag = made[key]
        headers = {"etag": etag, "cache-control": "no-cache", "vary": "accept-language, cookie"}
        if request.headers.get("if-none-match") == etag:
            return Response(status_code=304, headers=headers)
        return Response(body, media_type="application/json", headers=headers)

    return router
