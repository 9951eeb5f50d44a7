"""The platform: a ledger, a clock and the plans compiled so far. Every use case takes it first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Connection

from rewards.actions import vocabulary
from rewards.errors import RewardsError
from rewards.ledger import Ledger, StoreUnavailable, closes, direct, is_current, migrate, open_engine, plans
from rewards.messages import register
from rewards.plan.load import load_plan
from rewards.plan.model import Plan
from rewards.services.binding import Binding
from rewards.settings import read_settings

register(
    {
        "platform.not-migrated": (
            "the database is not set up for this version; run: rewards init",
            "数据库尚未按此版本初始化；请运行：rewards init",
        ),
        "platform.version-unreadable": (
            "version {version} of plan {plan} can no longer be compiled; install the package that adds its actions",
            "方案 {plan} 的版本 {version} 无法编译；请安装提供其动作的软件包",
        ),
    }
)


def utc_now() -> datetime:
    """The present moment, aware."""
    return datetime.now(UTC)


@dataclass
class Platform:
    """What a use case works on. `clock` gives the present moment; tests set their own."""

    ledger: Ledger
    clock: Callable[[], datetime] = utc_now
    needs_alone: set[str] = field(default_factory=set, repr=False)
    """Kinds of requests that the plans in force cannot take beside others, as far as has been seen."""
    left: object = field(default=None, repr=False)
    """What a unit of writing has left to the next one, if nothing is written in between; see its users."""
    _compiled: dict[str, Plan] = field(default_factory=dict, repr=False)
    _bound: tuple[plans.Newest | None, dict[str, list[Binding]]] = field(default=(None, {}), repr=False)
    """The version that was activated last when the plans were read, and all versions by plan."""

    @classmethod
    def open(
        cls,
        url: str | None = None,
        *,
        create: bool = False,
        durable: bool = True,
        clock: Callable[[], datetime] = utc_now,
    ) -> Platform:
        """Open the database of `url`, else of REWARDS_DATABASE_URL, else rewards.db in this folder.

        With `create` it is set up, or brought up to this version, first. Raises StoreUnavailable, also when it is not
        set up (`platform.not-migrated`), or WrongSettings.
        """
        engine = open_engine(url or read_settings().database_url, durable=durable)
        if create:
            migrate(engine)
        elif not is_current(engine):
            engine.dispose()
            raise StoreUnavailable("platform.not-migrated")
        return cls(Ledger(engine), clock)

    def close(self) -> None:
        """Let go of the database."""
        self.ledger.engine.dispose()

    def compiled(self, source: str, digest: str, name: str) -> Plan:
        """The plan of a stored version. Raises RewardsError when it can no longer be compiled."""
        if digest not in self._compiled:
            loaded = load_plan(source, f"{name}@{digest[:12]}", vocabulary())
            if loaded.plan is None:
                raise RewardsError("platform.version-unreadable", plan=name, version=digest[:12])
            self._compiled[digest] = loaded.plan
        return self._compiled[digest]

    def bind(self, version: plans.Version, before: Plan | None = None, *, only: bool = False) -> Binding:
        """A stored version, compiled; `before` is the one in whose place it comes, `only` that there is no other."""
        return Binding(self.compiled(version.source, version.digest, version.plan), version, before, only)

    def calendar(self, tx: Connection) -> Calendar:
        """The plans' versions and closed days as they are now."""
        return self.send_calendar(tx)()

    def send_calendar(self, tx: Connection) -> direct.Later[Calendar]:
        """As `calendar`, to be asked for together with other things (see `rewards.ledger.direct.together`)."""
        answer = closes.send_calendar(tx)

        def found() -> Calendar:
            newest, closed = answer()
            bindings = self._versions(tx, newest)
            return Calendar(bindings, {name: closed.get(of_plan[0].plan_id) for name, of_plan in bindings.items()})

        return found

    def _versions(self, tx: Connection, newest: plans.Newest | None) -> dict[str, list[Binding]]:
        """All versions by plan. They never change, so they are only read again when there is another one."""
        known, bindings = self._bound
        if newest != known:
            bindings = {}
            versions = plans.versions(tx)
            counted = Counter(version.plan for version in versions)
            for version in versions:
                of_plan = bindings.setdefault(version.plan, [])
                before = of_plan[-1].plan if of_plan else None
                of_plan.append(self.bind(version, before, only=counted[version.plan] == 1))
            self._bound = (newest, bindings)
            self.needs_alone.clear()
        return bindings


@dataclass(frozen=True)
class Calendar:
    """Which version of each plan is in force when, and which days are closed."""

    bindings: dict[str, list[Binding]]
    """Each plan's versions by the day from which they apply."""
    closed_through: dict[str, date | None]

    def in_force(self, plan: str, day: date) -> Binding | None:
        """The version of a plan that applies on a day, or None before its first."""
        versions = reversed(self.bindings.get(plan, []))
        return next((binding for binding in versions if binding.version.from_day <= day), None)

    def booked_day(self, plan: str, moment: datetime) -> date:
        """The business day an event of that moment is booked to: its own, or the first open one when that is closed."""
        day = self.bindings[plan][-1].plan.business_day(moment)
        closed = self.closed_through[plan]
        return day if closed is None or day > closed else closed + timedelta(days=1)

    def first_open_day(self, plan: str) -> date:
        """The first business day of a plan that is not closed."""
        closed = self.closed_through[plan]
        return self.bindings[plan][0].version.from_day if closed is None else closed + timedelta(days=1)

    def business_day(self, moment: datetime) -> date:
        """The business day of a moment for what is no plan's own: that of the first plan, else in UTC."""
        plans = [of_plan[-1].plan for of_plan in self.bindings.values()]
        return plans[0].business_day(moment) if plans else moment.astimezone(UTC).date()

    @property
    def pools(self) -> dict[int, str]:
        """Every pool's name by the ledger's holder."""
        versions = [binding.version for of_plan in self.bindings.values() for binding in of_plan]
        return {holder: name for version in versions for name, holder in version.pools.items()}

    def booked(self, moment: datetime) -> list[tuple[Binding, date]]:
        """For every plan in force: the version and business day an event of that moment is booked under."""
        found = []
        for name in self.bindings:
            day = self.booked_day(name, moment)
            binding = self.in_force(name, day)
            if binding is not None:
                found.append((binding, day))
        return found
