"""gunicorn as `rewards serve` runs it: configured here, and by nothing else."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]  # it publishes none
from gunicorn.glogging import Logger  # type: ignore[import-untyped]

from rewards.logs import configure_logging
from rewards.services.platform import Platform
from rewards.settings import Settings

METRICS_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
SHARED_MEMORY = Path("/dev/shm")  # noqa: S108  (a place for heartbeats, of which nobody can read anything)
MOST_REQUEST_LINE = 4_094
MOST_HEADERS = 64
MOST_HEADER_BYTES = 8_190


class Server(BaseApplication):  # type: ignore[misc]
    """The HTTP interface on the database of `url`, served under these settings."""

    def __init__(self, url: str, settings: Settings) -> None:
        self.url, self.settings = url, settings
        super().__init__()

    def load_config(self) -> None:
        """Set everything that matters; what is left out has gunicorn's default."""
        wanted = self.settings
        host = f"[{wanted.listen_host}]" if ":" in wanted.listen_host else wanted.listen_host
        options: dict[str, object] = {
            "bind": f"{host}:{wanted.listen_port}",
            "workers": wanted.workers,
            "threads": wanted.threads,
            "worker_class": "gthread",
            "timeout": wanted.worker_timeout,
            "graceful_timeout": wanted.graceful_timeout,
            "keepalive": wanted.keep_alive,
            # Each worker loads the application after the fork: connections, compiled functions and their threads, and
            # the files of the metrics belong to one process.
            "preload_app": False,
            "limit_request_line": MOST_REQUEST_LINE,
            "limit_request_fields": MOST_HEADERS,
            "limit_request_field_size": MOST_HEADER_BYTES,
            # A heartbeat in a file on a slow disk can make a healthy worker look dead.
            "worker_tmp_dir": str(SHARED_MEMORY) if os.access(SHARED_MEMORY, os.W_OK) else None,
            "accesslog": None,
            "logger_class": _Log,
            "child_exit": _forget_worker,
            "proc_name": "rewards",
        }
        # Newer ones open a socket in the user's home to be commanded through; nobody asked for that door.
        if "control_socket_disable" in self.cfg.settings:
            options["control_socket_disable"] = True
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """The application of one worker: each opens the database itself, after the fork."""
        from rewards.api import create_app

        return create_app(Platform.open(self.url), self.settings)


class _Log(Logger):  # type: ignore[misc]
    """gunicorn's words go where all others go; requests are logged by the application, without paths."""

    def setup(self, cfg: Any) -> None:
        """Have no handlers of its own."""
        self.cfg = cfg
        self._access_log_enabled = False
        self.error_log.propagate = True
        self.error_log.handlers.clear()

    def access(self, *_: Any) -> None:
        """Nothing: its lines would hold paths."""


def _forget_worker(_: Any, worker: Any) -> None:
    """Take what only a living worker has (connections, requests under way) out of the sums."""
    # Imported only now: by the first import it decides whether numbers are kept in the folder.
    from prometheus_client.multiprocess import mark_process_dead

    mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


def run(url: str, settings: Settings) -> None:
    """Serve until a signal ends it. Raises SystemExit with gunicorn's code."""
    configure_logging(settings, supervisor=True)
    with _metrics_folder():
        Server(url, settings).run()


@contextmanager
def _metrics_folder() -> Iterator[None]:
    """A folder for the numbers of all workers, while this process lives.

    Always a new one: in one that was used before, the numbers of processes long gone would be counted along.
    """
    folder = tempfile.mkdtemp(prefix="rewards-metrics-")
    os.environ[METRICS_FOLDER] = folder
    owner = os.getpid()
    try:
        yield
    finally:
        if os.getpid() == owner:  # a worker leaves this block, too, when it ends
            shutil.rmtree(folder, ignore_errors=True)
            os.environ.pop(METRICS_FOLDER, None)
