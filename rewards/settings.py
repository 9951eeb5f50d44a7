"""The settings: every environment variable the platform reads, in one table, checked together.

Whoever starts something reads them once with `read_settings`, which tells everything that is wrong with them in one go.
An empty variable counts as one that is not set.
"""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from environs import Env, EnvValidationError, ValidationError
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from rewards.errors import RewardsError
from rewards.messages import LANGUAGES, Message
from rewards.setting_texts import TITLE

PREFIX = "REWARDS_"
DATABASE_VARIABLE = PREFIX + "DATABASE_URL"
SHOWN_CHARACTERS = 60
"""How much of a wrong value is repeated in what is said of it."""

DEVELOPMENT = ("REWARDS_CDNOW_WHEEL", "REWARDS_CDNOW_PLANS", "REWARDS_TEST_DATABASE_URL")
"""Variables of the tests and the Makefile, which are no settings of the product."""

_ALIKE = 9 / 10
_BACKENDS = ("sqlite", "postgresql", "postgres")
_HOST = re.compile(r"[A-Za-z0-9.:_-]{1,253}")

Parse = Callable[[str], object]


@dataclass(frozen=True)
class Settings:
    """What the environment says, or the defaults."""

    database_url: str
    language: str
    """`en` or `zh`; empty: as LC_ALL and LANG say."""
    listen_host: str
    listen_port: int
    workers: int
    """Processes."""
    threads: int
    """Of each process: the requests it works on at a time."""
    worker_timeout: int
    """Seconds without a sign of life after which a worker is replaced."""
    graceful_timeout: int
    """Seconds that requests under way have to end after SIGTERM."""
    keep_alive: int
    """Seconds an idle connection is kept."""
    most_body_bytes: int
    most_batch_bytes: int
    most_batch_lines: int
    rate: int
    """Requests a minute for each key of an operator, client or auditor, in one worker; 0: any number."""
    member_rate: int
    """The same for each member's key."""
    log_level: str
    log_format: str
    """`auto` (text on a terminal, else JSON), `json` or `text`."""
    metrics_open: bool
    """Whether /metrics is answered without a key."""


@dataclass(frozen=True)
class Setting:
    """One variable: the field of `Settings` it fills, its default as text, and how its text is read.

    `parse` raises environs' ValidationError with a Message that says what is wrong.
    """

    field: str
    default: str
    parse: Parse
    allowed: Message
    secret: bool = False
    """Whether the value may hold a password and is never repeated."""

    @property
    def variable(self) -> str:
        """Its name in the environment."""
        return PREFIX + self.field.upper()

    @property
    def given(self) -> str | None:
        """Its text in the environment, None when it is not set or empty."""
        return os.environ.get(self.variable, "").strip() or None

    def shown(self) -> str:
        """The text in force, without a password."""
        text = self.given or self.default
        return make_url(text).render_as_string(hide_password=True) if self.secret else text

    @property
    def title(self) -> Message:
        """What it is for."""
        return Message(TITLE + self.field)


@dataclass(frozen=True)
class WrongSetting:
    """A variable that cannot be used, why, and what is allowed."""

    variable: str
    found: Message
    allowed: Message | None = None

    def text(self, language: str) -> str:
        """One line about it."""
        found = self.found.render(language)
        if self.allowed is not None:
            both = {"found": found, "allowed": self.allowed.render(language)}
            found = Message("settings.allowed", both).render(language)
        return f"{self.variable}: {found}"


class WrongSettings(RewardsError):
    """The environment has settings that cannot be used; `wrong` has all of them."""

    def __init__(self, wrong: Sequence[WrongSetting]) -> None:
        super().__init__("settings.wrong", count=len(wrong))
        self.wrong = tuple(wrong)

    def text(self, language: str = "en") -> str:
        """A line for each variable that is wrong."""
        lines = [f"  {each.text(language)}" for each in self.wrong]
        return "\n".join([super().text(language), *lines])


def _whole(field: str, default: int, least: int, most: int) -> Setting:
    allowed = Message("settings.allowed.whole", {"least": least, "most": most})

    def parse(text: str) -> int:
        # A length first: reading a text of thousands of digits as a number is slow, and Python refuses it.
        if len(text) > len(str(most)) or not (text.isascii() and text.isdigit()) or not least <= int(text) <= most:
            raise _wrong(text)
        return int(text)

    return Setting(field, str(default), parse, allowed)


def _choice(field: str, default: str, *known: str) -> Setting:
    allowed = Message("settings.allowed.choice", {"known": ", ".join(known)})

    def parse(text: str) -> str:
        if text.lower() not in known:
            raise _wrong(text)
        return text.lower()

    return Setting(field, default, parse, allowed)


def _flag(field: str, default: str) -> Setting:
    setting = _choice(field, default, "yes", "no")
    return Setting(field, default, lambda text: setting.parse(text) == "yes", setting.allowed)


def _language() -> Setting:
    allowed = Message("settings.allowed.choice", {"known": ", ".join(LANGUAGES)})

    def parse(text: str) -> str:
        found = re.split(r"[-_.]", text.lower())[0]
        if found not in ("", *LANGUAGES):
            raise _wrong(text)
        return found

    return Setting("language", "", parse, allowed)


def _host() -> Setting:
    allowed = Message("settings.allowed.host")

    def parse(text: str) -> str:
        if not _HOST.fullmatch(text):
            raise _wrong(text)
        return text

    return Setting("listen_host", "127.0.0.1", parse, allowed)


def _database_url() -> Setting:
    allowed = Message("settings.allowed.database")

    def parse(text: str) -> str:
        try:
            backend = make_url(text).get_backend_name()
        except (ArgumentError, ValueError):
            backend = ""
        if backend not in _BACKENDS:
            raise ValidationError([Message("settings.not-shown")])
        return text

    return Setting("database_url", "sqlite:///rewards.db", parse, allowed, secret=True)


def _wrong(text: str) -> ValidationError:
    shown = text if len(text) <= SHOWN_CHARACTERS else text[:SHOWN_CHARACTERS] + "…"
    return ValidationError([Message("settings.not-allowed", {"text": shown})])


SETTINGS: tuple[Setting, ...] = (
    _database_url(),
    _language(),
    _host(),
    _whole("listen_port", 8000, 1, 65_535),
    _whole("workers", 2, 1, 64),
    _whole("threads", 4, 1, 256),
    _whole("worker_timeout", 120, 10, 3_600),
    _whole("graceful_timeout", 30, 1, 3_600),
    _whole("keep_alive", 5, 1, 300),
    _whole("most_body_bytes", 1024 * 1024, 1024, 64 * 1024 * 1024),
    _whole("most_batch_bytes", 16 * 1024 * 1024, 1024, 256 * 1024 * 1024),
    _whole("most_batch_lines", 10_000, 1, 100_000),
    _whole("rate", 0, 0, 1_000_000),
    _whole("member_rate", 300, 0, 1_000_000),
    _choice("log_level", "info", "debug", "info", "warning", "error"),
    _choice("log_format", "auto", "auto", "json", "text"),
    _flag("metrics_open", "no"),
)
"""Every setting, in the order in which they are shown."""


def read_settings() -> Settings:
    """What the environment says, checked. Raises WrongSettings with everything that is wrong."""
    env = Env(eager=False)
    values: dict[str, object] = {}
    for setting in SETTINGS:
        kind = f"rewards_{setting.field}"  # a name that no parser of environs has
        env.add_parser(kind, _or_default(setting))
        values[setting.field] = getattr(env, kind)(setting.variable, setting.default)
    wrong: list[WrongSetting] = []
    try:
        env.seal()
    except EnvValidationError as error:
        allowed = {setting.variable: setting.allowed for setting in SETTINGS}
        found: dict[str, list[Message]] = dict(error.error_messages)  # type: ignore[arg-type]  # our own Messages
        wrong = [WrongSetting(name, each, allowed[name]) for name, messages in found.items() for each in messages]
    wrong += _misspelt()
    if wrong:
        raise WrongSettings(wrong)
    return Settings(**values)  # type: ignore[arg-type]  # each parser gives its field's type; held by a test


def _or_default(setting: Setting) -> Parse:
    return lambda text: setting.parse(text.strip() or setting.default)


def _misspelt() -> list[WrongSetting]:
    """Variables whose names are all but those of settings, which would otherwise have no effect in silence."""
    known = [setting.variable for setting in SETTINGS]
    found = []
    for name in sorted(os.environ):
        if name.startswith(PREFIX) and name not in (*known, *DEVELOPMENT):
            alike = difflib.get_close_matches(name, known, n=1, cutoff=_ALIKE)
            found += [WrongSetting(name, Message("settings.misspelt", {"meant": each})) for each in alike]
    return found


def language_of_environment() -> str:
    """`zh` or `en`, as REWARDS_LANGUAGE says, else LC_ALL, else LANG. Never fails: errors are told in it."""
    for name in ("REWARDS_LANGUAGE", "LC_ALL", "LANG"):
        wanted = os.environ.get(name, "")
        if wanted:
            return "zh" if wanted.lower().startswith("zh") else "en"
    return "en"
