"""`rewards serve`, the HTTP interface, and `rewards config`, the settings it runs under."""

from __future__ import annotations

from dataclasses import replace

import click

from rewards.cli.base import Session, command, option, usage
from rewards.cli.output import print_json, print_table
from rewards.settings import SETTINGS, Setting, Settings, read_settings


@command("serve", results=False)
@option("--host", metavar="ADDRESS")
@option("--port", type=click.IntRange(1, 65_535), metavar="N")
@option("--workers", type=click.IntRange(1, 64), metavar="N")
@option("--threads", type=click.IntRange(1, 256), metavar="N")
def serve(session: Session, host: str | None, port: int | None, workers: int | None, threads: int | None) -> None:
    """Serve the HTTP interface."""
    given = {"listen_host": host, "listen_port": port, "workers": workers, "threads": threads}
    settings = replace(read_settings(), **{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]  # by name
    with session.platform():
        pass  # what is wrong with the database is said now, and not by each worker
    run_server(session, settings)


def run_server(session: Session, settings: Settings) -> None:
    """Serve until stopped. Raises click.UsageError where there is no gunicorn (Windows)."""
    try:
        from rewards.cli.server import run
    except ImportError:
        raise usage("cli.serve.no-gunicorn") from None
    session.note("cli.serve.address", address=f"http://{settings.listen_host}:{settings.listen_port}/v1/docs")
    run(session.url, settings)


@command("config", database=False)
def config(session: Session) -> None:
    """Show every setting."""
    read_settings()  # what is wrong is told instead
    headings = ("variable", "value", "from", "title")
    rows = [(each.variable, each.shown(), _origin(each), each.title.render(session.language)) for each in SETTINGS]
    if session.json:
        print_json([dict(zip(headings, row, strict=True)) for row in rows])
        return
    print_table(
        [session.text(f"cli.heading.setting-{name}") for name in headings],
        [
            (variable, value or "–", session.text(f"cli.config.{origin}"), title)
            for variable, value, origin, title in rows
        ],
    )


def _origin(setting: Setting) -> str:
    return "default" if setting.given is None else "environment"


COMMANDS = (serve, config)
