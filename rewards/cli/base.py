"""What all commands share: help and errors in the caller's language, the common options, and the session they give."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

import click
from sqlalchemy.exc import ArgumentError

from rewards.cli import help_texts, texts  # noqa: F401  (register what the commands say)
from rewards.cli.output import clean, print_json, stderr, stdout
from rewards.errors import RewardsError
from rewards.ledger import StoreUnavailable
from rewards.messages import LANGUAGES, Message
from rewards.services.platform import Platform
from rewards.settings import WrongSettings, language_of_environment, read_settings

FOUND, USAGE, STORE, INTERRUPTED = 1, 2, 3, 130
"""Exit codes: something was found or refused; the command line is wrong; no database to work on; interrupted."""

_LANGUAGE = "rewards.language"
_F = TypeVar("_F", bound=Callable[..., Any])


def language_of(context: click.Context) -> str:
    """The language chosen with --language, else the environment's."""
    return str(context.meta.get(_LANGUAGE) or language_of_environment())


def fail(context: click.Context, error: RewardsError, code: int) -> None:
    """Say on stderr what is wrong (as JSON when the results are), and exit."""
    language = language_of(context)
    if context.params.get("output") == "json":
        found = {"code": error.code, "message": error.text(language), "pointer": error.pointer}
        print_json({"error": found}, stderr())
    else:
        word = Message("cli.error").render(language)
        stderr().print(f"{word}: {clean(error.text(language))}", style="red")
    context.exit(code)


class _Localised(click.Command):
    """Help whose words come from the catalogue.

    `help.<code>` is one line, `help.<code>.more` the rest, `help.<code>.example` how the command is used.
    """

    def __init__(self, *args: Any, code: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.code = code or str(self.name)

    def _word(self, context: click.Context | None, code: str) -> str:
        language = language_of(context) if context else language_of_environment()
        return Message(code).render(language)

    def get_short_help_str(self, limit: int = 45) -> str:
        """One line for the list of commands."""
        return self._word(click.get_current_context(silent=True), f"help.{self.code}")

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """What the command does, in as many lines as the text has."""
        formatter.write_paragraph()
        with formatter.indentation():
            for code in (f"help.{self.code}", f"help.{self.code}.more"):
                text = self._word(ctx, code)
                formatter.write("".join(f"{' ' * formatter.current_indent}{line}\n" for line in text.splitlines()))

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """An example, and what the exit codes mean."""
        for heading, code in (
            ("cli.heading.example", f"help.{self.code}.example"),
            ("cli.heading.exit", "help.exit-codes"),
        ):
            with formatter.section(self._word(ctx, heading)):
                lines = self._word(ctx, code).splitlines()
                formatter.write("".join(f"{' ' * formatter.current_indent}{line}\n" for line in lines))


class Command(_Localised):
    """A command of ours: help in both languages, errors of the platform as exit codes."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command. Never raises RewardsError: it is told and becomes the exit code."""
        try:
            return super().invoke(ctx)
        except StoreUnavailable as error:
            return fail(ctx, error, STORE)
        except WrongSettings as error:
            return fail(ctx, error, USAGE)
        except RewardsError as error:
            return fail(ctx, error, FOUND)
        except KeyboardInterrupt:
            return ctx.exit(INTERRUPTED)


class Group(_Localised, click.Group):
    """A group of commands."""


class Option(click.Option):
    """An option whose help is the catalogue's text `help.option.<name>`, unless another code is given."""

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """The option's line in the help."""
        written = self.help
        self.help = Message(written or f"help.option.{self.name}").render(language_of(ctx))
        try:
            return super().get_help_record(ctx)
        finally:
            self.help = written


def read_day(text: str) -> date:
    """A business day, written 2026-01-31. Raises click.UsageError."""
    try:
        if len(text) == len("2026-01-31"):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise usage("cli.bad-day", text=text)


def usage(code: str, **parameters: object) -> click.UsageError:
    """An error of the command line itself (exit code 2), in the caller's language."""
    context = click.get_current_context(silent=True)
    language = language_of(context) if context else language_of_environment()
    return click.UsageError(clean(Message(code, parameters).render(language)), context)


@dataclass(frozen=True)
class Session:
    """How one command talks: its language, its format, its database."""

    language: str
    output: str
    database: str | None = None

    @property
    def json(self) -> bool:
        """Whether results are printed as JSON."""
        return self.output == "json"

    def text(self, code: str, **parameters: object) -> str:
        """A text of the catalogue in the session's language."""
        return Message(code, parameters).render(self.language)

    def title(self, title: Mapping[str, str], otherwise: str = "") -> str:
        """A title in the session's language."""
        return clean(title.get(self.language) or title.get("en") or otherwise)

    def say(self, code: str, *, style: str | None = None, **parameters: object) -> None:
        """Print a line of the result; nothing where results are JSON."""
        if not self.json:
            stdout().print(clean(self.text(code, **parameters)), style=style)

    def note(self, code: str, *, style: str | None = None, **parameters: object) -> None:
        """Print a line that is no result, on stderr."""
        stderr().print(clean(self.text(code, **parameters)), style=style)

    @property
    def url(self) -> str:
        """The database's URL: the option's, else the environment's, else a file here. Raises WrongSettings."""
        return self.database or read_settings().database_url

    @contextmanager
    def platform(self, *, create: bool = False, durable: bool = True) -> Iterator[Platform]:
        """The platform on the session's database; closed afterwards. Raises StoreUnavailable, click.UsageError."""
        try:
            opened = Platform.open(self.url, create=create, durable=durable)
        except (ArgumentError, ImportError, ValueError) as error:
            # Neither may be printed as it is: a URL may hold a password.
            raise usage("cli.bad-database", reason=type(error).__name__) from None
        try:
            yield opened
        finally:
            opened.close()


def _remember_language(context: click.Context, _parameter: click.Parameter, value: str | None) -> None:
    if value is not None:
        context.meta[_LANGUAGE] = value  # shared by the contexts of a command and its group


def option(*names: str, **settings: Any) -> Callable[[_F], _F]:
    """`click.option` with help from the catalogue."""
    return click.option(*names, cls=Option, **settings)


choose_language = option(
    "--language",
    type=click.Choice(LANGUAGES),
    is_eager=True,
    expose_value=False,
    callback=_remember_language,
    help="help.option.language",
)


def command(
    name: str, *, code: str = "", database: bool = True, results: bool = True
) -> Callable[[Callable[..., Any]], click.Command]:
    """Make a command of a function that takes a Session first.

    It has `--language`, `--database` if it works on one, and `--format` if it prints results.
    """

    def decorate(function: Callable[..., Any]) -> click.Command:
        @functools.wraps(function)
        def run(*args: Any, output: str = "text", database: str | None = None, **kwargs: Any) -> Any:
            session = Session(language_of(click.get_current_context()), output, database)
            return function(session, *args, **kwargs)

        made: Callable[..., Any] = choose_language(run)
        if database:
            made = option("--database", metavar="URL", help="help.option.database")(made)
        if results:
            made = option(
                "--format",
                "output",
                type=click.Choice(["text", "json"]),
                default="text",
                help="help.option.format",
            )(made)
        return click.command(name, cls=Command, code=code or name)(made)

    return decorate
