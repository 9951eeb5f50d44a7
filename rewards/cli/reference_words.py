"""What fields and keys of actions mean, for the generated documentation; one without words is an error there."""

from __future__ import annotations

from collections.abc import Mapping

_PERSONS = {
    "buyer": ("the buyer", ""),
    "sponsor": ("the sponsor", "; without a sponsor 0, false or none"),
    "member": ("the member", ""),
}
_OF_PERSONS = {
    "measure.MEASURE": "A measure of {who}; one of everybody together is `plan.measure.MEASURE`{else_}.",
    "highest.LADDER": "The highest level {who} has ever held{else_}.",
    "tag.TAG": "Whether {who} carries the tag on the business day{else_}.",
    "days_since_joined": "For how many days {who} has been a member; 0 on the day of joining{else_}.",
    "years": "For how many whole years {who} has been a member{else_}.",
    "birthday": "Whether it is the birthday of {who}; of 29 February on the 28th in other years{else_}.",
    "birthday_month": "Whether it is the month in which {who} has their birthday{else_}.",
    "anniversary": "Whether {who} joined on this day in an earlier year{else_}.",
}

FIELDS: Mapping[str, str] = {
    "order.cash": "The part of the order paid in cash: total less what points pay.",
    "order.total": "The whole order, cash and points together.",
    "order.points": "What the points that pay for part of the order are worth, in the currency.",
    "order.lines": "How many lines the order has.",
    "order.level.LADDER": "The level this order reaches on a ladder that classifies orders.",
    "order.attributes.NAME": "An attribute of the order; a text, unless `attributes` declares it as something else.",
    "refund.amount": "How much of the order's total this refund takes back.",
    "line.amount": "The price of the whole line.",
    "line.cash": "The part of it paid in cash, where points have paid a part of the order: in proportion.",
    "line.quantity": "How many pieces the line is about.",
    "line.sku": "The article's number.",
    "line.category": "The article's category.",
    "line.attributes.NAME": "An attribute of the line; a text, unless `attributes` declares it as something else.",
    "buyer.sales": "What the buyer has paid in cash in all orders before this one.",
    "buyer.orders": "How many orders the buyer has paid before this one.",
    "buyer.merchant": "Whether the buyer is a merchant.",
    "buyer.balance.ASSET": "What the buyer has available now, after the rules above this one.",
    "buyer.level.LADDER": "The level the buyer has held since the last close.",
    "sponsor.sales": "The same of the buyer's sponsor; 0 without a sponsor.",
    "sponsor.orders": "The same of the sponsor; 0 without a sponsor.",
    "sponsor.merchant": "Whether the sponsor is a merchant.",
    "sponsor.balance.ASSET": "What the sponsor has available; 0 without a sponsor.",
    "sponsor.level.LADDER": "The level the sponsor holds; none without a sponsor.",
    "sponsor.exists": "Whether the buyer has a sponsor.",
    "member.sales": "What the member has paid in cash in all orders; at a close, to the end of the day.",
    "member.orders": "How many orders the member has paid; at a close, to the end of the day.",
    "member.merchant": "Whether the member is a merchant.",
    "member.balance.ASSET": "What the member has available; at a close, at the end of the day.",
    "member.level.LADDER": "The level the member holds; at a close, the one just evaluated.",
    "team.sales": "What the whole downline has paid in cash, own orders not counted, to the end of the day.",
    "day.weekday": "The business day's weekday: `monday` to `sunday`.",
    "day.month": "The business day's month, 1 to 12.",
    "day.of_month": "The business day's day of the month, 1 to 31.",
    "day.sales": "The cash of all orders booked to the day.",
    "pool.POOL": "What is in the pool when the rule runs, in the currency.",
    "lot.basis": "The basis the lot was granted with.",
    "lot.age": "Days since the business day the lot was granted on.",
    "rules.ID.amount": "What an earlier rule on the same trigger has moved (at a close, to the member) or put "
    "into a pool; 0 when its condition did not hold.",
    "order.time": 'When the order was paid: the time of day in the plan\'s time zone, in quotes, such as `"14:00"`.',
    "order.number": "Which of the buyer's orders this is, itself included; those wholly refunded are left out.",
    "event.FIELD": "A field the plan declares for the event; 0, empty or false when it was not sent.",
    "event.time": "When the event happened: the time of day in the plan's time zone, in quotes.",
    "event.level.LADDER": "The level this event reaches on a ladder that classifies events by one of their fields.",
    "reached.LADDER": "On `level.reached`: the level just reached on this ladder; none when it was on another.",
    "tag.name": "On `tag.given`: the name of the tag.",
    "plan.measure.MEASURE": "A measure of everybody together.",
    "day.date": "The business day itself, such as `2026-11-11`.",
    "lot.granted": "What the lot was granted with.",
    "lot.remaining": "What is left in the lot before this release.",
    **{
        f"{person}.{name}": text.format(who=who, else_=otherwise)
        for person, (who, otherwise) in _PERSONS.items()
        for name, text in _OF_PERSONS.items()
    },
}
"""By name, as the catalogue has it for an asset ASSET and a ladder LADDER."""

_SOURCE = "An earlier rule on `day.close`: what it moved to each member is what the award is computed of."
_AWARD_RELEASE = (
    "The award is an acceleration: released from the earner's own locked lots of this asset, oldest first, as far as "
    "they reach. Either this or `grant`."
)
_AWARD_GRANT = "The award is newly issued in this asset. Either this or `release`."
_SOLD = "The priced asset that is sold back."
_FEE = "The part of the gross that stays in the pool."
_PAID_IN = "The currency asset the rest is paid in, rounded down once."

KEYS = {
    ("fund", "pool"): "The pool that receives the money.",
    (
        "fund",
        "amount",
    ): "How much, of an order or of the day. At a close only `day.…` fields, because a pool is funded once.",
    ("grant", "asset"): "The asset that is given.",
    ("grant", "to"): "Who: `buyer` or `sponsor` on `order.paid`, every `member` on `day.close`.",
    ("grant", "amount"): "How many units. Either this or `worth`.",
    ("grant", "worth"): "Units of a priced asset that are worth so much at the price before the event.",
    ("grant", "worth.rate"): "The share of the contribution.",
    (
        "grant",
        "worth.of",
    ): "`rules.ID.amount` of the earlier rule that funds the pool behind the asset, in the same order.",
    ("grant", "locked"): "Grant the units as a locked lot; the asset must have `lots`.",
    ("grant", "locked.basis"): "The field the lot keeps as its `lot.basis`.",
    ("redeem", "asset"): _SOLD,
    ("redeem", "fee"): _FEE,
    ("redeem", "pay"): _PAID_IN,
    ("exit", "asset"): _SOLD,
    ("exit", "fee"): _FEE,
    ("exit", "pay"): _PAID_IN,
    ("exit", "quota"): "The plain asset that limits the holding's value; it falls by the gross, at most to zero.",
    ("convert", "from"): "What is given: the priced asset, or the stable one (with a `cash_value`).",
    ("convert", "to"): "What is received: the other of the two.",
    ("pay", "asset"): "The asset that moves from payer to payee.",
    ("release", "asset"): "The asset with lots.",
    ("release", "amount"): "How much, worked out for each lot, and at most what it has left.",
    ("share", "source"): _SOURCE,
    ("share", "release"): _AWARD_RELEASE,
    ("share", "grant"): _AWARD_GRANT,
    ("share", "generations"): "A rate a generation: the first for the sponsor, the second for the sponsor's sponsor, …",
    ("differential", "source"): _SOURCE,
    ("differential", "release"): _AWARD_RELEASE,
    ("differential", "grant"): _AWARD_GRANT,
    ("differential", "rate"): "The column with the rate of each level of a ladder that members hold.",
    ("same_level", "source"): _SOURCE,
    ("same_level", "release"): _AWARD_RELEASE,
    ("same_level", "grant"): _AWARD_GRANT,
    ("same_level", "ladder"): "The ladder whose levels are compared.",
    ("same_level", "rate"): "What the upline earns of the source of the peer's whole downline, the peer left out.",
    ("distribute", "pool"): "The pool that is paid out; it may not back a priced asset.",
    ("distribute", "weight"): "Shares are in proportion to this field of the member. Either this or `share`.",
    (
        "distribute",
        "share",
    ): "The column with each level's share of the pool; in a level everybody gets the same. Either this or `weight`.",
    ("distribute", "pay"): "The currency asset that is paid.",
    (
        "distribute",
        "limit",
    ): "A plain asset: nobody is paid more than they have of it, and it falls by what they are paid.",
    (
        "distribute",
        "divisor",
    ): "With `weight`: `eligible` (default) counts those who can be paid, `everyone` also those who cannot.",
    (
        "distribute",
        "undistributed",
    ): "What cannot be paid: `platform` (default) returns it, `carry` keeps it in the pool for the next close.",
    ("tag", "name"): "The tag, which is declared under [tags](triggers.md#tags).",
    (
        "tag",
        "lasts",
    ): "How long from then on: `for_ever` (default), `{days: 30}`, `{months: 12}` or `{end_of: year, after: 1}`.",
}
"""By action and key, nested keys with a dot."""
