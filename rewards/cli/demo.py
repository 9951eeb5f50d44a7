"""`rewards demo`: the whole platform in one go, on a database of its own."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import click

from rewards.cli.audit import print_checks
from rewards.cli.base import FOUND, Session, command, option, usage
from rewards.cli.cdnow import members_of, read_cdnow
from rewards.cli.days import close_all
from rewards.cli.exact import add, total
from rewards.cli.importing import Importer
from rewards.cli.members import print_balances
from rewards.cli.orders_csv import OrderLine
from rewards.cli.output import print_table, stderr, stdout
from rewards.cli.serve import run_server
from rewards.cli.shop import shop_orders
from rewards.errors import InvalidRequest, NotFound
from rewards.ledger import current_revision, open_engine
from rewards.resources import rules_directory
from rewards.services.holdings import balances_of, network_of
from rewards.services.keys import OPERATOR, create_key
from rewards.services.members import member
from rewards.services.plans import activate_plan
from rewards.services.platform import Platform
from rewards.services.reports import network_totals, pools, price_history, verify
from rewards.settings import read_settings

DATABASE = Path("rewards-demo.db")
"""The demonstration's own database, in this folder; made anew each time."""

PLANS = ("appreciating-token", "recurring-dividend", "locked-points")
CDNOW_FACTOR = 100
"""What CDNOW's amounts are multiplied by: a disc's dollars are small beside the plans' thresholds."""

SHOWN = 3
"""How many of the biggest buyers are shown with what they got."""


@command("demo", database=False, results=False)
@option("--cdnow", "wheel", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="WHEEL")
@option("--no-serve", is_flag=True)
@option("--database", "url", metavar="URL", help="help.option.demo-database")
@option("--plan", "plans", multiple=True, metavar="NAME", help="help.option.demo-plan")
@option("--port", type=click.IntRange(1, 65_535), metavar="N")
@click.pass_context
def demo(
    context: click.Context,
    session: Session,
    wheel: Path | None,
    no_serve: bool,
    url: str | None,
    plans: Sequence[str],
    port: int | None,
) -> None:
    """Show the whole platform on a database of its own."""
    settings = read_settings()
    settings = replace(settings, listen_port=port or settings.listen_port)
    files = [_rule_file(name) for name in dict.fromkeys(plans or PLANS)]
    orders = read_cdnow(wheel, CDNOW_FACTOR) if wheel else shop_orders()
    session = replace(session, database=_fresh_database(url))
    # A database made anew each time need not outlive a power cut.
    with session.platform(create=True, durable=False) as platform:
        _activate(session, platform, files, orders)
        _import(session, platform, orders)
        _close(session, platform, orders, len(files))
        _show(session, platform, orders)
        with _timed(session, "cli.demo.verified"):
            results = verify(platform, with_replay=False)
        print_checks(session, results)
        key = create_key(platform, OPERATOR, "demo")
    stdout().print(session.text("cli.demo.key", key=key, database=session.url), style="bold")
    buyer = biggest_buyers(orders)[0]
    address = f"http://{settings.listen_host}:{settings.listen_port}"
    stdout().print(f"  curl -H 'Authorization: Bearer {key}' {address}/v1/members/{buyer}/balances")
    if any(result.violations for result in results):
        context.exit(FOUND)
    if no_serve:
        session.say("cli.demo.serve-later", database=session.url)
        return
    run_server(session, settings)


def _rule_file(name: str) -> Path:
    """The shipped rule file of this name. Raises NotFound naming those there are."""
    known = sorted(path.stem for path in rules_directory().glob("*.yaml") if not path.stem.endswith(".test"))
    if name not in known:
        raise NotFound("cli.demo.unknown-plan", plan=name, known=", ".join(known))
    return rules_directory() / f"{name}.yaml"


def _fresh_database(url: str | None) -> str:
    """The URL of an empty database. Only the demonstration's own is made anew; any other has to be empty already."""
    if url is None:
        for suffix in ("", "-wal", "-shm"):
            DATABASE.with_name(DATABASE.name + suffix).unlink(missing_ok=True)
        return f"sqlite:///{DATABASE}"
    try:
        engine = open_engine(url)
    except Exception as error:
        raise usage("cli.bad-database", reason=type(error).__name__) from None
    revision = current_revision(engine)
    engine.dispose()
    if revision is not None:
        raise InvalidRequest("cli.demo.not-empty")
    return url


@contextmanager
def _timed(session: Session, code: str, **parameters: object) -> Iterator[None]:
    """Say, after the block, what it did and how many seconds it took."""
    started = time.monotonic_ns()
    yield
    tenths = (time.monotonic_ns() - started) // 10**8
    session.say(code, style="bold", seconds=f"{tenths // 10}.{tenths % 10}", **parameters)


def days_of(orders: Sequence[OrderLine]) -> tuple[date, date]:
    """The first and the last day on which was ordered."""
    return orders[0].request.paid_at.date(), orders[-1].request.paid_at.date()


def _activate(session: Session, platform: Platform, files: Sequence[Path], orders: Sequence[OrderLine]) -> None:
    first, _ = days_of(orders)
    for file in files:
        version = activate_plan(platform, file.read_bytes(), file.name, first)
        session.say("cli.activate.done", plan=version.plan, version=version.version[:12], day=version.from_day)


def _import(session: Session, platform: Platform, orders: Sequence[OrderLine]) -> None:
    importer = Importer(platform)
    with _timed(session, "cli.demo.members", count=len(members_of(orders))), stderr().status(""):
        importer.add_members(members_of(orders))
    amount = total(order.request.total for order in orders)
    with _timed(session, "cli.demo.imported", count=len(orders), total=amount), stderr().status("") as status:
        done = 0

        def tell(count: int) -> None:
            nonlocal done
            done += count
            status.update(session.text("cli.demo.importing", done=done, count=len(orders)))

        importer.run(orders, tell)
    for bad in importer.tally.rejections:
        session.note("cli.import.rejected", place=bad.number, reason=bad.error.text(session.language))


def _close(session: Session, platform: Platform, orders: Sequence[OrderLine], plans: int) -> None:
    first, last = days_of(orders)
    days = (last - first).days + 1
    with _timed(session, "cli.demo.closed", days=days, first=first, last=last):
        close_all(session, platform, first, last, plans)


def biggest_buyers(orders: Sequence[OrderLine], count: int = SHOWN) -> list[str]:
    """The members whose orders have the largest sums, the largest first."""
    sums: dict[str, str] = {}
    for order in orders:
        sums[order.request.member] = add(sums.get(order.request.member, "0"), order.request.total)
    return sorted(sums, key=lambda id: (-Decimal(sums[id]), id))[:count]


def _show(session: Session, platform: Platform, orders: Sequence[OrderLine]) -> None:
    """What the biggest buyers got, and the first member of the network; the pools; the prices; the sales."""
    for id in dict.fromkeys([*biggest_buyers(orders), orders[0].sponsor or members_of(orders)[0].id]):
        network = network_of(platform, id)
        session.say(
            "cli.demo.member", style="bold", member=id, direct=network.direct, downline=network.downline,
            levels=", ".join(
                f"{level.ladder} {session.title(level.title, level.level)}" for level in member(platform, id).levels
            ) or "–",
        )  # fmt: skip
        print_balances(session, balances_of(platform, id))
    _show_platform(session, platform)


def _show_platform(session: Session, platform: Platform) -> None:
    sold = [(one.plan, one.orders, one.cash, one.points) for one in network_totals(platform)]
    print_table(
        [session.text(f"cli.heading.{name}") for name in ("plan", "orders", "cash", "points")],
        sold,
        right=(1, 2, 3),
    )
    held = [
        (one.plan, session.title(one.title, one.pool), one.balance, one.paid_in, one.paid_out)
        for one in pools(platform)
    ]
    headings = [session.text(f"cli.heading.{name}") for name in ("plan", "pool", "balance", "paid-in", "paid-out")]
    print_table(headings, held, right=(2, 3, 4))
    for plan, asset in _priced(platform):
        latest = price_history(platform, asset, plan, None, 1).items
        if latest:
            price = latest[0]
            session.say(
                "cli.demo.price", plan=plan, asset=asset, price=price.display,
                numerator=price.numerator, denominator=price.denominator,
            )  # fmt: skip


def _priced(platform: Platform) -> list[tuple[str, str]]:
    with platform.ledger.read() as tx:
        bindings = [of_plan[-1] for of_plan in platform.calendar(tx).bindings.values()]
    return [(binding.plan.name, asset.name) for binding in bindings for asset in binding.plan.priced_assets]


COMMANDS = (demo,)
