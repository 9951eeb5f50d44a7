"""`rewards export`: the books as a file that another program checks."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from rewards.cli.base import Session, command, option, read_day
from rewards.errors import InvalidRequest
from rewards.messages import register
from rewards.services.export import FORMATS, export_books

CHECKED_WITH = {"beancount": "bean-check", "hledger": "hledger check --file"}

register(
    {
        "help.export": ("Write the books for another program to check.", "导出账目，供其他程序核对。"),
        "help.export.more": (
            "For beancount (bean-check FILE) or hledger (hledger check --file FILE). Each event is a transaction on\n"
            "its business day, a day close one for each rule; at the end stands what every account must hold.\n"
            "Members appear by number only, M00000042 being the 42nd who joined. FILE is complete or not there.",
            "供 beancount（bean-check 文件）或 hledger（hledger check --file 文件）使用。\n"
            "每个事件是其业务日的一笔交易，日结则每条规则一笔；末尾列出每个账户应有的余额。\n"
            "会员只以序号出现，M00000042 为第 42 个加入的会员。FILE 要么完整写出，要么不存在。",
        ),
        "help.export.example": (
            "rewards export --format beancount -o books.beancount && bean-check books.beancount",
            "rewards export --format beancount -o books.beancount && bean-check books.beancount",
        ),
        "help.option.export-format": ("The program that is to read it.", "用于读取的程序。"),
        "help.option.export-from": (
            "The first business day; balances from before are carried forward.",
            "首个业务日；此前的余额结转为期初余额。",
        ),
        "help.option.export-to": ("The last business day.", "末个业务日。"),
        "help.option.export-file": (
            "The file to write (default: standard output).",
            "要写入的文件（默认标准输出）。",
        ),
        "cli.export.done": (
            "{transactions} transactions with {postings} postings on {accounts} accounts; check them: {check} {file}",
            "{accounts} 个账户、{transactions} 笔交易、{postings} 条分录；核对：{check} {file}",
        ),
        "cli.export.no-file": (
            "{file} cannot be written ({reason}); name another one",
            "无法写入 {file}（{reason}）；请另指定一个文件",
        ),
    }
)


@command("export", results=False)
@option("--format", "form", type=click.Choice(list(FORMATS)), required=True, help="help.option.export-format")
@option("--plan", metavar="NAME", help="help.option.only-plan")
@option("--from", "first", metavar="DAY", help="help.option.export-from")
@option("--to", "last", metavar="DAY", help="help.option.export-to")
@option("-o", "--output", "file", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path),
        help="help.option.export-file")  # fmt: skip
def export(
    session: Session, form: str, plan: str | None, first: str | None, last: str | None, file: Path | None
) -> None:
    """Export the books."""
    days = read_day(first) if first else None, read_day(last) if last else None
    with session.platform() as platform, _written(file) as write:
        done = export_books(platform, write, form, plan=plan, first=days[0], last=days[1])
    session.note(
        "cli.export.done",
        transactions=done.transactions,
        postings=done.postings,
        accounts=done.accounts,
        check=CHECKED_WITH[form],
        file=file or "–",
    )


@contextmanager
def _written(file: Path | None) -> Iterator[Callable[[str], object]]:
    """What writes to the file: beside it until all is there, so that nobody ever finds half of it.

    Raises InvalidRequest when it cannot be written.
    """
    target = None if file is None or str(file) == "-" else file.resolve()
    if target is None:
        yield sys.stdout.write
        sys.stdout.flush()
        return
    if target.exists() and not target.is_file():
        with _clear(target), target.open("w", encoding="utf-8", newline="\n") as device:
            yield device.write
        return
    beside = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with _clear(target), beside.open("w", encoding="utf-8", newline="\n") as part:
            yield part.write
            part.flush()
            os.fsync(part.fileno())
            beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)


@contextmanager
def _clear(file: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise InvalidRequest(
            "cli.export.no-file", file=str(file), reason=error.strerror or type(error).__name__
        ) from None


COMMANDS = (export,)
