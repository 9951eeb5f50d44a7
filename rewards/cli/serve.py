"""`rewards serve`: the HTTP interface, served by gunicorn."""

from __future__ import annotations

from typing import Any

import click

from rewards.cli.base import Session, command, option, usage
from rewards.services.platform import Platform

HOST, PORT = "127.0.0.1", 8000


@command("serve", results=False)
@option("--host", default=HOST, show_default=True, metavar="ADDRESS")
@option("--port", type=click.IntRange(1, 65_535), default=PORT, show_default=True, metavar="N")
@option("--workers", type=click.IntRange(1, 64), default=2, show_default=True, metavar="N")
@option("--threads", type=click.IntRange(1, 256), default=4, show_default=True, metavar="N")
def serve(session: Session, host: str, port: int, workers: int, threads: int) -> None:
    """Serve the HTTP interface."""
    with session.platform():
        pass  # what is wrong with the database is said now, and not by each worker
    run_server(session, host=host, port=port, workers=workers, threads=threads)


def run_server(session: Session, *, host: str = HOST, port: int = PORT, workers: int = 2, threads: int = 4) -> None:
    """Serve until stopped. Raises click.UsageError where there is no gunicorn (Windows)."""
    try:
        from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]  # it publishes none
    except ImportError:
        raise usage("cli.serve.no-gunicorn") from None

    url = session.url

    class Server(BaseApplication):  # type: ignore[misc]
        """gunicorn, configured here and not by files or variables of its own."""

        def load_config(self) -> None:
            """Set what is served where, and by how many."""
            address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
            settings: dict[str, object] = {
                "bind": address,
                "workers": workers,
                "threads": threads,
                "worker_class": "gthread",
            }
            # Newer ones open a socket in the user's home to be commanded through; nobody asked for that door.
            if "control_socket_disable" in self.cfg.settings:
                settings["control_socket_disable"] = True
            for name, value in settings.items():
                self.cfg.set(name, value)

        def load(self) -> Any:
            """The application of one worker: each opens the database itself, after the fork."""
            from rewards.api import create_app

            return create_app(Platform.open(url))

    session.note("cli.serve.address", address=f"http://{host}:{port}/v1/docs")
    Server().run()


COMMANDS = (serve,)
