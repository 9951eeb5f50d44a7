"""What a request works on, and under which settings."""

from __future__ import annotations

from typing import cast

from flask import Flask, current_app

from rewards.services.platform import Platform
from rewards.settings import Settings

from .limits import Limiter

_PLATFORM, _SETTINGS, _LIMITER = "rewards.platform", "rewards.settings", "rewards.limiter"


def put_context(app: Flask, platform: Platform, settings: Settings) -> None:
    """Let the application work on this platform, under these settings."""
    app.extensions[_PLATFORM] = platform
    app.extensions[_SETTINGS] = settings
    app.extensions[_LIMITER] = Limiter()


def platform() -> Platform:
    """The platform of the application that answers this request."""
    return cast(Platform, current_app.extensions[_PLATFORM])


def settings() -> Settings:
    """The settings of the application that answers this request."""
    return cast(Settings, current_app.extensions[_SETTINGS])


def limiter() -> Limiter:
    """What counts the requests of each key."""
    return cast(Limiter, current_app.extensions[_LIMITER])
