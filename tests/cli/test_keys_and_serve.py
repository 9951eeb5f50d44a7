"""Keys, and the server that asks for them."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rewards.services.keys import authenticate
from rewards.services.platform import Platform

from .conftest import Run

ROOT = Path(__file__).resolve().parents[2]


def test_a_key_is_printed_alone_so_that_a_script_can_take_it(shop: None, run: Run) -> None:
    result = run("key", "create", "--role", "auditor", "--label", "tax office")
    (secret,) = result.stdout.splitlines()

    assert "shown this once" in result.stderr
    platform = Platform.open()
    caller = authenticate(platform, secret)
    platform.close()
    assert caller is not None
    assert (caller.role, caller.label) == ("auditor", "tax office")


def test_a_members_key_names_the_member(sold: None, run: Run, run_json: Callable[..., Any]) -> None:
    made = run_json("key", "create", "--role", "member", "--label", "app", "--member", "ann")

    assert (made["role"], made["member"]) == ("member", "ann")
    run("key", "create", "--role", "member", "--label", "app", "--member", "nobody", exit_code=1)


@pytest.mark.parametrize(
    "words",
    [
        ("--role", "member", "--label", "app"),
        ("--role", "client", "--label", "app", "--member", "ann"),
        ("--role", "king", "--label", "app"),
        ("--role", "client"),
    ],
)
def test_a_key_that_makes_no_sense_is_wrong_usage(words: tuple[str, ...], run: Run) -> None:
    run("key", "create", *words, exit_code=2)


@pytest.mark.parametrize("words", [("--port", "0"), ("--workers", "0"), ("--port", "http")])
def test_serve_takes_no_odd_numbers(words: tuple[str, ...], run: Run) -> None:
    run("serve", *words, exit_code=2)


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


def get(url: str, key: str | None = None) -> tuple[int, str]:
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {key}"} if key else {})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


@pytest.mark.end_to_end
def test_the_server_answers_whoever_has_a_key(sold: None, run: Run, folder: Path) -> None:
    key = run("key", "create", "--role", "operator", "--label", "test").stdout.strip()
    port = free_port()
    words = [sys.executable, "-m", "rewards.cli", "serve", "--port", str(port), "--workers", "1"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(words, cwd=folder, env=environment, stderr=subprocess.PIPE, text=True) as server:
        try:
            address = f"http://127.0.0.1:{port}"
            for _ in range(300):
                try:
                    status, body = get(f"{address}/v1/members/ann/balances", key)
                    break
                except OSError:
                    assert server.poll() is None, server.stderr and server.stderr.read()
                    time.sleep(0.1)
            else:
                raise AssertionError("the server does not answer")
            assert status == 200, body
            assert "7500.00" in json.dumps(json.loads(body))
            assert get(f"{address}/v1/members/ann/balances")[0] == 401
            assert get(f"{address}/v1/docs")[0] == 200
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(20)
        assert server.returncode == 0
