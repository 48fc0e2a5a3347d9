"""The HTTP interface of intake: the policy for the public, filing, tracking, what complainants and staff do."""

from __future__ import annotations

from fastapi import APIRouter

from services.intake.api.channels import channels_router
from services.intake.api.complaints import complaints_router
from services.intake.api.files import api_files_router
from services.intake.api.messages import messages_api_router
from services.intake.api.policy import policy_router
from services.intake.api.staff import staff_router
from services.intake.serials import Serials
from services.kit.service import Context


def routers(context: Context, serials: Serials) -> list[APIRouter]:
    """Every router of the API."""
    return [
        policy_router(context),
        complaints_router(context, serials),
        api_files_router(context),
        staff_router(context),
        channels_router(context),
        messages_api_router(context),
    ]
