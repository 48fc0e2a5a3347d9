"""${message}.

Revision ${up_revision}${f", after {down_revision}" if down_revision else ""}.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

${imports if imports else ""}
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
phase = "pre"  # only adds, so that older programs go on running; "post" takes away what they use, after they are gone
branch_labels = None
depends_on = None


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    ${downgrades if downgrades else "pass"}
