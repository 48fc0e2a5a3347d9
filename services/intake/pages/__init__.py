"""The pages of intake: the public form and its receipt, tracking, filing by staff, the identity behind a case."""

from __future__ import annotations

from fastapi import APIRouter

from services.intake.pages.call_backs import call_backs_router
from services.intake.pages.case_files import case_files_router
from services.intake.pages.channels import channels_page_router
from services.intake.pages.code import code_router
from services.intake.pages.contact import contact_router
from services.intake.pages.data_requests import data_requests_router
from services.intake.pages.desk import desk_router
from services.intake.pages.files import files_router
from services.intake.pages.form import form_router
from services.intake.pages.form_files import form_files_router
from services.intake.pages.mails import mails_router
from services.intake.pages.messages import messages_router
from services.intake.pages.person import person_router
from services.intake.pages.posters import posters_router
from services.intake.pages.receipt import receipt_router
from services.intake.pages.stop_surveys import stop_surveys_router
from services.intake.pages.survey import survey_router
from services.intake.pages.take import take_router
from services.intake.pages.templates import templates_router
from services.intake.pages.tracking import tracking_router
from services.intake.serials import Serials
from services.kit.service import Context


def routers(context: Context, serials: Serials) -> list[APIRouter]:
    """Every router of the pages."""
    return [
        form_router(context, serials),
        form_files_router(context),
        receipt_router(context),
        code_router(context),
        tracking_router(context),
        desk_router(context, serials),
        take_router(context, serials),
        call_backs_router(context),
        contact_router(context),
        data_requests_router(context),
        person_router(context),
        case_files_router(context),
        files_router(context),
        channels_page_router(context),
        posters_router(context),
        messages_router(context),
        mails_router(context),
        survey_router(context),
        stop_surveys_router(context),
        templates_router(context),
    ]
