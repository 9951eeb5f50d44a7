"""A way to a PostgreSQL server that breaks when told to."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sqlalchemy import URL

_PORT = 5432


class Proxy:
    """Passes on what is said to a server, and can lose what the server answers to a COMMIT."""

    def __init__(self, server: URL) -> None:
        self._server = server
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = [self._listener]
        self._threads: list[threading.Thread] = []
        self.lose = 0
        """Which COMMIT from now on breaks the connection, before its answer is passed on; 0: none."""
        self._start(self._accept)

    @property
    def url(self) -> URL:
        """How the server is reached through here."""
        port = self._listener.getsockname()[1]
        query = {name: value for name, value in self._server.query.items() if name != "host"}
        return self._server.set(host="127.0.0.1", port=port, query={**query, "sslmode": "disable"})

    def _start(self, work: object, *given: object) -> None:
        thread = threading.Thread(target=work, args=given, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = self._connect()
            self._open += [client, server]
            losing = threading.Event()
            self._start(self._pass_on, client, server, losing, True)
            self._start(self._pass_on, server, client, losing, False)

    def _connect(self) -> socket.socket:
        folder = self._server.query.get("host", self._server.host)
        port = self._server.port or _PORT
        if isinstance(folder, str) and folder.startswith("/"):
            server = socket.socket(socket.AF_UNIX)
            server.connect(str(Path(folder) / f".s.PGSQL.{port}"))
            return server
        return socket.create_connection((str(folder), port))

    def _pass_on(self, source: socket.socket, target: socket.socket, losing: threading.Event, asking: bool) -> None:
        while True:
            try:
                said = source.recv(65_536)
                if asking and self.lose and b"COMMIT\0" in said:
                    self.lose -= 1
                    if not self.lose:
                        losing.set()
                if not said or (not asking and losing.is_set()):
                    break
                target.sendall(said)
            except OSError:
                break
        for end in (source, target):
            _shut(end)

    def stop(self) -> None:
        for each in self._open:
            _shut(each)
            each.close()
        for thread in self._threads:
            thread.join()


def _shut(end: socket.socket) -> None:
    with suppress(OSError):  # it is shut already
        end.shutdown(socket.SHUT_RDWR)


@contextmanager
def proxy_to(server: URL) -> Iterator[Proxy]:
    """A proxy before a server."""
    proxy = Proxy(server)
    try:
        yield proxy
    finally:
        proxy.stop()
