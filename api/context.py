"""What a request works on."""

from __future__ import annotations

from typing import cast

from flask import Flask, current_app

from rewards.services.platform import Platform

_EXTENSION = "rewards"


def put_platform(app: Flask, platform: Platform) -> None:
    """Let the application work on this platform."""
    app.extensions[_EXTENSION] = platform


def platform() -> Platform:
    """The platform of the application that answers this request."""
    return cast(Platform, current_app.extensions[_EXTENSION])
