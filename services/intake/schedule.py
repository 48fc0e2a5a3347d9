"""The periodic jobs of intake."""

from __future__ import annotations

from datetime import datetime

from services.intake.allowances import forget_allowances
from services.intake.channels import carriers
from services.intake.contacts.seal_again import seal_stored_contacts
from services.intake.dossier.make_dossier import make_dossiers
from services.intake.email.receive_mail import mail_desk
from services.intake.file_complaint import forget_keys
from services.intake.files.keep_file import file_store
from services.intake.files.tend_files import drop_contents, scan_held, sweep_storage
from services.intake.line.carrier import ask_quota
from services.intake.line.remind import remind_and_forget
from services.intake.line.work import forget_old
from services.intake.messages.send_messages import send_messages
from services.intake.phone.call_backs.sweep_call_backs import sweep_call_backs
from services.intake.phone.forget_calls import forget_calls
from services.intake.reconcile import reconcile
from services.intake.subjects.keep_by_schedule import erase_waiting, keep_by_schedule
from services.intake.subjects.warn_of_requests import warn_of_requests
from services.kit.i18n import N_
from services.kit.schedule import Job
from services.kit.service import Context


def jobs(context: Context) -> list[Job]:
    """Every periodic job."""

    async def forget(now: datetime) -> None:
        await forget_keys(context.database, now)
        await forget_allowances(context.database, now)

    async def check_arrivals(now: datetime) -> None:
        await reconcile(context, now)

    async def scan(now: datetime) -> None:
        await scan_held(context.database, file_store(context), now)

    async def drop(now: datetime) -> None:
        await drop_contents(context.database, file_store(context), now)

    async def dossiers(now: datetime) -> int:
        return await make_dossiers(context, now)

    async def sweep(now: datetime) -> None:
        await sweep_storage(context.database, file_store(context), now)

    async def send(now: datetime) -> None:
        await send_messages(context, now)

    async def rest(now: datetime) -> None:
        await remind_and_forget(context, now)

    async def ask(now: datetime) -> None:
        await ask_quota(carriers(context))

    async def forget_line(now: datetime) -> None:
        await forget_old(context, now)

    async def seal(now: datetime) -> None:
        await seal_stored_contacts(context, now)

    async def warn(now: datetime) -> None:
        await warn_of_requests(context, now)

    async def keep(now: datetime) -> None:
        await keep_by_schedule(context, now)

    async def erase(now: datetime) -> None:
        await erase_waiting(context.database, now)

    async def take_up_mails(now: datetime) -> None:
        await mail_desk(context).take_up(now)

    async def call_back(now: datetime) -> None:
        await sweep_call_backs(context, now)

    async def forget_callers(now: datetime) -> None:
        await forget_calls(context.database, now)

    return [
        Job("call-backs", "Warn of callers who are owed a call, and note whose time is over", call_back, every=5),
        Job("forget-callers", "Forget who rang 90 days ago about no case", forget_callers, cron="35 3 * * *"),
        Job("take-up-mails", "Take up mails that arrived and were not settled", take_up_mails, every=30),
        Job("make-dossiers", N_("makes the dossiers of cases that were asked for"), dossiers, every=3),
        Job("send-messages", "Send the messages that are due, by e-mail, LINE or SMS", send, every=1),
        Job(
            "forget-keys",
            "Forget old idempotency keys and what limits counted",
            forget,
            cron="15 3 * * *",
        ),
        Job(
            "channel-reconciliation",
            "Register what arrived and was not; alarm after 5 min",
            check_arrivals,
            every=60,
        ),
        Job("line-reminders", "Remind once of half-finished talks on LINE, then forget them", rest, every=60),
        Job("seal-contacts", "Seal contacts that are plain or under a former key", seal, every=60),
        Job("warn-of-data-requests", "Warn of data requests that fall due", warn, every=300),
        Job("keep-by-schedule", "Erase what the schedule keeps no longer", keep, cron="45 2 * * *"),
        Job("erase-as-asked", "Erase what was asked for, once its case has ended", erase, every=300),
        Job("line-quota", "Ask LINE what is left of the month's quota", ask, every=300),
        Job("forget-line-events", "Forget events of LINE settled 30 days ago", forget_line, cron="25 3 * * *"),
        Job("scan-held-files", "Scan the files that were held while the virus scanner was away", scan, every=60),
        Job("drop-contents", "Take away the contents of erased files and of forms never sent", drop, every=60),
        Job("sweep-storage", "Take away contents that no file names", sweep, cron="40 3 * * *"),
    ]
