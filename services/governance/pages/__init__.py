"""The pages of governance: sign-in, charter, policy, account, and what administrators do."""

from __future__ import annotations

from fastapi import APIRouter

from services.governance.pages.account import account_router
from services.governance.pages.account_leave import account_leave_router
from services.governance.pages.account_security import account_security_router
from services.governance.pages.admin import admin_router
from services.governance.pages.admin_policy import policy_admin_router
from services.governance.pages.admin_staff import staff_admin_router
from services.governance.pages.admin_staff_import import staff_import_router
from services.governance.pages.admin_staff_security import staff_security_router
from services.governance.pages.charter import charter_router
from services.governance.pages.policy import policy_router
from services.governance.pages.sign_in import sign_in_router
from services.kit.service import Context


def routers(context: Context) -> list[APIRouter]:
    """Every router of pages."""
    return [
        sign_in_router(context),
        account_router(context),
        account_security_router(context),
        account_leave_router(context),
        charter_router(context),
        policy_router(context),
        admin_router(context),
        policy_admin_router(context),
        staff_admin_router(context),
        staff_security_router(context),
        staff_import_router(context),
    ]
