"""`rewards init`: setting up a database, or bringing it up to this version."""

from __future__ import annotations

from sqlalchemy import make_url

from rewards.cli.base import Session, command
from rewards.cli.output import print_json


@command("init")
def init(session: Session) -> None:
    """Set up the database."""
    with session.platform(create=True):
        shown = make_url(session.url).render_as_string(hide_password=True)
    if session.json:
        print_json({"database": shown, "ready": True})
    session.say("cli.init.done", style="green", database=shown)


COMMANDS = (init,)
