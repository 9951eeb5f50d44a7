"""What a rule file has declared so far, by name, and how names are looked up.

Every method takes the path of the place it reads, reports what is wrong there, and returns something harmless to go on
with, so that all of a file's mistakes are found in one go. A plan is only made when nothing was reported as an error.

What a declaration gets wrong leaves its name *in doubt*: it still counts as declared, and nothing is said of what
follows from the mistake.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from rewards.money import MAX_SCALE
from rewards.plan.cap import Cap
from rewards.plan.diagnostics import Doubted, Path, Report
from rewards.plan.fields import DeclaredField
from rewards.plan.ladder import Ladder
from rewards.plan.lots import LotPolicy
from rewards.plan.measures import Measure
from rewards.plan.model import Asset, DeclaredEvent, Parameter, Pool, Rule, Tag, Tree
from rewards.plan.reader import Document
from rewards.plan.schema_words import closest
from rewards.plan.triggers import Occasion, Trigger

UNKNOWN_SCALE = MAX_SCALE + 1
"""The decimals of what could not be read: how fine or large a quantity of it may be is not checked."""
NOBODY = Doubted("?")
UNKNOWN_ASSET = Asset(NOBODY, 0, {}, UNKNOWN_SCALE, currency=True, lots=LotPolicy(0), cash_value=Fraction(1))
UNKNOWN_POOL = Pool(NOBODY, 0, {})
_SHOWN_NAMES = 20


def did_you_mean(name: str, known: Iterable[str]) -> str | None:
    """The known name closest to a mistyped one, if any is close."""
    return closest(name, known)


@dataclass
class Declarations:
    """What has been declared, and what is being read."""

    document: Document
    report: Report
    parameters: dict[str, Any] = field(default_factory=dict)
    assets: dict[str, Asset] = field(default_factory=dict)
    pools: dict[str, Pool] = field(default_factory=dict)
    ladders: dict[str, Ladder] = field(default_factory=dict)
    rules: list[Rule] = field(default_factory=list)
    measures: dict[str, Measure] = field(default_factory=dict)
    events: dict[str, DeclaredEvent] = field(default_factory=dict)
    attributes: dict[str, dict[str, DeclaredField]] = field(default_factory=dict)
    tags: dict[str, Tag] = field(default_factory=dict)
    trees: dict[str, Tree] = field(default_factory=dict)
    caps: dict[str, Cap] = field(default_factory=dict)
    declared_parameters: dict[str, Parameter] = field(default_factory=dict)
    occasion: Occasion = field(default_factory=lambda: Occasion(Trigger.ORDER_PAID))
    """What the rule being read, or the measure, waits for."""
    in_rules: bool = False
    """Whether it is a rule that is being read."""
    enabled: bool = True
    """Whether the rule being read is."""
    awaits: set[str] = field(default_factory=set)
    """The declared parameters that the rule being read has named."""
    taken_of: set[str] = field(default_factory=set)
    """The earlier rules (ids) of which the rule being read is computed."""
    less_paid: list[Path] = field(default_factory=list)
    """Where the rule being read takes off what it has paid already."""
    lot_scale: int = UNKNOWN_SCALE
    """Decimals of the asset whose release is being read."""
    used: set[tuple[str, str]] = field(default_factory=set)
    """What something refers to, each as its kind (`asset`, `pool`, `ladder`, …) and name."""
    in_doubt: set[tuple[str, str]] = field(default_factory=set)
    """What is declared, but not rightly; ("rule", id) too."""
    illegible: set[str] = field(default_factory=set)
    """The kinds of which not even all names could be read: any name may be one of them."""
    currency_missed: bool = False
    """Whether it has been told that the plan has no currency asset."""
    doubts: int = 0
    """How often something in doubt was referred to."""

    @property
    def trouble(self) -> int:
        """Grows with every error, and with every reference to what is in doubt."""
        return self.report.errors + self.doubts

    def doubtful(self, kind: str, name: str) -> bool:
        """Whether a name that is not known may have been declared all the same; notes that it was asked for."""
        doubtful = kind in self.illegible or (kind, name) in self.in_doubt
        self.doubts += doubtful
        return doubtful

    @property
    def currency(self) -> Asset | None:
        """The asset that is the currency; a stand-in when there may be one that could not be read."""
        found = next((asset for asset in self.assets.values() if asset.currency), None)
        unread = "asset" in self.illegible or any(kind == "asset" for kind, _ in self.in_doubt)
        return UNKNOWN_ASSET if found is None and unread else found

    def need_currency(self, path: Path) -> Asset:
        """The currency, for what stands at a path; that there is none is told once for the whole file."""
        currency = self.currency
        if currency is None:
            if not self.currency_missed:
                self.report.error("plan.no-currency-asset", path)
            self.currency_missed = True
            self.doubts += 1
            return UNKNOWN_ASSET
        self.used.add(("asset", currency.name))
        return currency

    @property
    def currency_scale(self) -> int:
        """Decimals of the currency: those of the currency asset, else 2."""
        currency = self.currency
        return 2 if currency is None else currency.scale

    def at(self, path: Path) -> Any:
        """The value at a path of the document; None when there is nothing."""
        value: Any = self.document.value
        for key in path:
            if isinstance(value, dict):
                value = value.get(key)
            elif isinstance(value, list) and isinstance(key, int) and key < len(value):
                value = value[key]
            else:
                return None
        return value

    def unknown(self, code: str, path: Path, name: str, known: Iterable[str]) -> None:
        """Report a name nobody declared, with the closest known one or the list of them."""
        names = list(dict.fromkeys(known))
        close = did_you_mean(name, names)
        # what two fields share before the last point does not make them alike
        if close and ("." not in name or did_you_mean(_last_part(name), [_last_part(close)])):
            self.report.error(f"{code}.did-you-mean", path, name=name, known=close)
        else:
            shown = ", ".join(names[:_SHOWN_NAMES]) + (", …" if len(names) > _SHOWN_NAMES else "")
            self.report.error(code, path, name=name, known=shown or "–")

    def asset(self, path: Path) -> Asset:
        """The asset named at a path."""
        name = self.at(path)
        if name in self.assets:
            self.used.add(("asset", name))
            self.doubts += ("asset", name) in self.in_doubt
            return self.assets[name]
        if not self.doubtful("asset", str(name)):
            self.unknown("plan.unknown-asset", path, str(name), self.assets)
        return UNKNOWN_ASSET

    def pool(self, path: Path) -> Pool:
        """The pool named at a path."""
        name = self.at(path)
        if name in self.pools:
            self.used.add(("pool", name))
            return self.pools[name]
        if not self.doubtful("pool", str(name)):
            self.unknown("plan.unknown-pool", path, str(name), self.pools)
        return UNKNOWN_POOL

    def tag(self, path: Path, name: str) -> bool:
        """Whether a tag of that name, given at a path, is declared."""
        return self._declared("tag", self.tags, path, name)

    def event(self, path: Path, name: str) -> bool:
        """Whether an event of that name, given at a path, is declared."""
        return self._declared("event", self.events, path, name)

    def tree(self, path: Path, name: str) -> bool:
        """Whether a tree of that name, given at a path, is declared."""
        return self._declared("tree", self.trees, path, name)

    def _declared(self, kind: str, known: Mapping[str, object], path: Path, name: str) -> bool:
        self.used.add((kind, name))
        if name not in known and not self.doubtful(kind, name):
            self.unknown(f"plan.unknown-{kind}", path, name, known)
        return name in known

    def ladder(self, path: Path, name: str) -> Ladder | None:
        """The ladder of that name, given at a path; None when unknown."""
        found = self.ladders.get(name)
        if found is None:
            if not self.doubtful("ladder", name):
                self.unknown("plan.unknown-ladder", path, name, self.ladders)
            return None
        self.used.add(("ladder", name))
        self.doubts += ("ladder", name) in self.in_doubt
        return found


def _last_part(name: str) -> str:
    return name.rpartition(".")[2]
