"""What the checks of a plan say, in English and Chinese: what is wrong, and what to write instead."""

from __future__ import annotations

from rewards.messages import register
from rewards.plan.action_texts import ACTIONS
from rewards.plan.diagnostics import Phrase
from rewards.plan.fields import Kind, Place
from rewards.plan.section_texts import DECLARATIONS, SECTIONS

PLACES = {
    Place.ORDER_RULE: Phrase("a rule on order.paid", " order.paid 的规则"),
    Place.REFUND_RULE: Phrase("a rule on order.refunded", " order.refunded 的规则"),
    Place.EVENT_RULE: Phrase("a rule on a declared event", "自定义事件的规则"),
    Place.MEMBER_RULE: Phrase(
        "a rule on member.joined, level.reached or tag.given", " member.joined、level.reached 或 tag.given 的规则"
    ),
    Place.MEMBER: Phrase("a condition on members", "会员的条件"),
    Place.REQUEST_RULE: Phrase("a rule on redeem, convert or pay", " redeem、convert 或 pay 的规则"),
    Place.PRICE_RULE: Phrase("a rule on price.rises", " price.rises 的规则"),
    Place.CLOSE_RULE: Phrase("a rule on a close", "日结等结算的规则"),
    Place.RELEASE: Phrase("the amount of a release", "释放的数量"),
    Place.LINE: Phrase("a condition on order lines", "订单行的条件"),
    Place.LADDER: Phrase("a ladder's measure", "等级表的衡量指标"),
    Place.APPLIES_TO: Phrase("applies_to", " applies_to"),
}

KINDS = {
    Kind.AMOUNT: Phrase("an amount", "金额"),
    Kind.NUMBER: Phrase("a number", "数字"),
    Kind.TEXT: Phrase("a text", "文本"),
    Kind.FLAG: Phrase("true or false", "真假值"),
    Kind.LEVEL: Phrase("a level", "等级"),
    Kind.DATE: Phrase("a date", "日期"),
    Kind.TIME: Phrase("a time of day", "时刻"),
}


def _unknown(what: str, chinese: str, code: str) -> dict[str, tuple[str, str]]:
    return {
        f"plan.unknown-{code}": (
            f"there is no {what} {{name}}; known are: {{known}}",
            f"没有名为 {{name}} 的{chinese}；已有：{{known}}",
        ),
        f"plan.unknown-{code}.did-you-mean": (
            f"there is no {what} {{name}}; did you mean {{known}}?",
            f"没有名为 {{name}} 的{chinese}；是否想写 {{known}}？",
        ),
    }


for _what, _chinese, _code in (
    ("asset", "资产", "asset"),
    ("pool", "资金池", "pool"),
    ("ladder", "等级表", "ladder"),
    ("column", "列", "column"),
    ("level", "等级", "level"),
    ("field", "字段", "field"),
    ("parameter", "参数", "parameter"),
    ("earlier rule", "（在前的）规则", "rule"),
    ("weekday", "星期", "weekday"),
    ("event", "事件", "event"),
    ("tag", "标签", "tag"),
    ("tree", "树", "tree"),
    ("leg", "腿", "leg"),
):
    register(_unknown(_what, _chinese, _code))

_TIMEZONE = _unknown("time zone", "时区", "timezone")
_TIMEZONE["plan.unknown-timezone"] = (
    "there is no time zone {name}; write a place such as Asia/Shanghai or Europe/Berlin, or UTC",
    "没有名为 {name} 的时区；请写地名，例如 Asia/Shanghai、Europe/Berlin，或 UTC",
)
register(_TIMEZONE)

NAMES = {
    "plan.field-not-here": (
        "{name} cannot be used in {place:en}; there you can use: {known}",
        "{name} 不能用于{place:zh}；此处可用：{known}",
    ),
    "plan.field-of-lot": (
        "{name} is a field of a single lot, and a rule's condition is about members; let the amount of the release say "
        'which lots give how much, such as {{brackets: [{{from: "30", rate: 10%}}], by: {name}, of: lot.granted}}',
        "{name} 是单个批次的字段，而规则的条件针对会员；请在释放的 amount 中写明哪些批次释放多少，"
        '例如 {{brackets: [{{from: "30", rate: 10%}}], by: {name}, of: lot.granted}}',
    ),
    "plan.field-of-line": (
        "{name} is a field of a single line of the order; write it within some_line or every_line, "
        "or lines: {{where: {{{name}: …}}, sum: line.amount, at_least: …}}",
        "{name} 是订单中单个明细行的字段；请写在 some_line 或 every_line 之内，"
        "或写 lines: {{where: {{{name}: …}}, sum: line.amount, at_least: …}}",
    ),
    "plan.field-of-tag": (
        "whether a member carries a tag is a field of its own for each tag; write {name}.NAME: true, with one "
        "of: {known}",
        "会员是否带有某个标签，每个标签各是一个字段；请写 {name}.名称: true，名称为：{known}",
    ),
    "plan.rule-other-trigger": (
        "rule {name} runs on {on}, so a rule on {wanted} cannot use what it moves; name a rule on {wanted}",
        "规则 {name} 在 {on} 时执行，{wanted} 的规则不能引用它；请引用 {wanted} 的规则",
    ),
    "plan.rule-twice": (
        "there are two rules {name}; give each its own id",
        "有两条名为 {name} 的规则；请使用不同的 id",
    ),
    "plan.rule-later": (
        "rule {name} stands further down, and rules run in the order of the file; move it above this one",
        "规则 {name} 排在后面，而规则按文件中的顺序执行；请把它移到本规则之前",
    ),
    "plan.rule-disabled": (
        "rule {name} has enabled: false, so this would always be zero; enable it, or disable this rule as well",
        "规则 {name} 已停用（enabled: false），此处将恒为零；请启用它，或同时停用本规则",
    ),
    "plan.no-rule-enabled": (
        "every rule has enabled: false, so the plan would do nothing; remove it from the rules that should work",
        "所有规则都已停用（enabled: false），方案不起任何作用；请在需要生效的规则中删除它",
    ),
    "plan.no-action": (
        "rule {name} has no action, so it would do nothing; write one of: {known}",
        "规则 {name} 没有动作，不起任何作用；请写其中之一：{known}",
    ),
    "plan.one-action": (
        "rule {name} has more than one action ({found}); keep one, and write a rule of its own for each other",
        "规则 {name} 有多个动作（{found}）；请只保留一个，其余各写成单独的规则",
    ),
    "plan.action-trigger": (
        "{action} does not work on {on}; write on: one of {known}",
        "{action} 不能用于 {on}；on 可写：{known}",
    ),
    "plan.unused-asset": (
        "asset {name} is never used; remove it or write a rule for it",
        "资产 {name} 从未使用；请删除，或为它编写规则",
    ),
    "plan.unused-pool": (
        "pool {name} is never used; remove it or write a rule for it",
        "资金池 {name} 从未使用；请删除，或为它编写规则",
    ),
    "plan.unused-ladder": (
        "ladder {name} is never used; remove it or use one of its columns",
        "等级表 {name} 从未使用；请删除，或使用它的某一列",
    ),
    "plan.unused-parameter": (
        "parameter {name} is never used; remove it or write ${name} where it belongs",
        "参数 {name} 从未使用；请删除，或在需要处写 ${name}",
    ),
    "plan.lots-never-released": (
        "points locked in lots of {name} are never released; write a rule on "
        "day.close with release: {{asset: {name}, …}}",
        "{name} 的锁定批次永远不会释放；请写一条 day.close 规则：release: {{asset: {name}, …}}",
    ),
    "plan.quota-never-granted": (
        "nothing ever grants {name}, so every holding would be sold at once; write a rule that grants it",
        "没有规则发放 {name}，任何持有都会立即被卖出；请写一条发放它的规则",
    ),
    "plan.limit-never-granted": (
        "nothing ever grants {name}, so nobody is paid anything; write a rule that grants it, or remove limit",
        "没有规则发放 {name}，任何人都得不到支付；请写一条发放它的规则，或删除 limit",
    ),
    "plan.never-held": (
        "rule {name} takes {asset} from members, but no rule ever gives them any; write one that does",
        "规则 {name} 从会员处取走 {asset}，但没有任何规则给会员 {asset}；请写一条这样的规则",
    ),
    "plan.never-locked": (
        "rule {name} releases lots of {asset}, but no rule ever grants any; write a grant with locked: {{basis: …}}",
        "规则 {name} 释放 {asset} 的锁定批次，但没有任何规则发放批次；请写一条带 locked: {{basis: …}} 的 grant",
    ),
    "plan.payment-never-held": (
        "orders may be paid with {name}, but no rule ever gives members any; write one that does, or remove payment",
        "订单可用 {name} 支付，但没有任何规则给会员 {name}；请写一条这样的规则，或删除 payment",
    ),
    "plan.served-twice": (
        "rules {other} and {name} would both serve the same request; remove one, or write conditions (when) of which "
        "only one can hold",
        "规则 {other} 与 {name} 会同时处理同一请求；请删除其一，或写上不会同时成立的条件（when）",
    ),
    "plan.pool-emptied": (
        "rule {rule} has paid out pool {pool} or given back what was left, so nothing is left here; write "
        "undistributed: carry there, or use a pool of its own",
        "规则 {rule} 已分完资金池 {pool} 或退回剩余，此处已无可分；请在该规则写 undistributed: carry，或另设资金池",
    ),
    "plan.pool-never-funded": (
        "pool {name} is paid out but nothing funds it; write a rule with fund: {{pool: {name}, …}}",
        "资金池 {name} 有支出而无注入；请写一条 fund: {{pool: {name}, …}} 的规则",
    ),
}

NUMBERS = {
    "plan.negative": ("{text} is negative; write a number of zero or more", "{text} 为负数；请写零或正数"),
    "plan.must-be-positive": (
        "{key} is zero; write a number of more than zero",
        "{key} 为零；请写大于零的数字",
    ),
    "plan.rate-zero": (
        "a rate of zero has no effect; write a larger one, or leave this out",
        "比率为零没有作用；请改大，或不写此项",
    ),
    "plan.funds-exceed-sales": (
        "the pools are funded with {arithmetic} of the sales, more than comes in; lower a rate to at most 100% in all",
        "注入资金池的比例为销售额的 {arithmetic}，超过收入；请降低比率，使合计不超过 100%",
    ),
    "plan.fund-above-order": (
        "an order of less than {text} puts {text} into pool {pool} all the same, "
        "more than it brings in; write a rate of "
        "the order, or a condition such as when: {{order.cash: {{at_least: …}}}}",
        "少于 {text} 的订单也会向资金池 {pool} 注入 {text}，超过其收入；请按订单比率书写，或加条件 "
        "when: {{order.cash: {{at_least: …}}}}",
    ),
    "plan.points-earn-points": (
        "this counts what is paid with {name} too, so spending {name} gives {name} "
        "again; write of: order.cash to count "
        "cash only, or sum: line.cash of lines",
        "此处也计入用 {name} 支付的部分，花费 {name} 又会得到 {name}；"
        "只计现金请写 of: order.cash，订单行写 sum: line.cash",
    ),
    "plan.generations-over-100": (
        "all generations together are granted {total} of the source, more than it moved; is that meant?",
        "各代合计发放来源的 {total}，超过来源本身；是否有意为之？",
    ),
    "plan.rate-too-large": (
        "{text} is more than {most}; write a rate of at most {most}",
        "{text} 超过 {most}；请写不大于 {most} 的比率",
    ),
    "plan.rate-looks-like-percent": (
        "{text} multiplies by {text}; if you mean {text} percent write {text}%, "
        'else put the number in quotes: "{text}"',
        '{text} 表示乘以 {text}；若指百分之 {text}，请写 {text}%，否则请加引号："{text}"',
    ),
    "plan.quantity-is-rate": (
        "{text} is a rate, but a quantity is wanted here; write a number without the percent sign",
        "{text} 是比率，而此处需要数量；请去掉百分号",
    ),
    "plan.type-mismatch": (
        "{field} cannot be compared with {found:en}; write {wanted:en}",
        "{field} 不能与{found:zh}比较；请写{wanted:zh}",
    ),
    "plan.operation-mismatch": (
        "{operation} compares sizes, but {field} is {kind:en}; write is, is_not, one_of or none_of",
        "{operation} 比较大小，而 {field} 是{kind:zh}；请用 is、is_not、one_of 或 none_of",
    ),
    "plan.compares-no-quantity": (
        "{field} is {kind:en}, and only amounts and numbers are compared with another field; write a value",
        "{field} 是{kind:zh}，只有金额和数字可与另一字段比较；请写具体的值",
    ),
    "plan.compares-other-units": (
        "{field} ({kind:en} with {scale} decimals) and {other} ({other_kind:en} with {other_scale}) do not count the "
        "same; name a field in the same units",
        "{field}（{kind:zh}，{scale} 位小数）与 {other}（{other_kind:zh}，{other_scale} 位）单位不同；"
        "请使用同一单位的字段",
    ),
    "plan.not-a-quantity": (
        "{field} is {kind:en}, not a quantity; name a field with an amount or a number",
        "{field} 是{kind:zh}，不是数量；请使用金额或数字字段",
    ),
    "plan.never-holds": (
        "this can never hold: no value of {field} fulfils all of it; correct the bounds",
        "条件永远不成立：{field} 没有任何值能同时满足；请更正界限",
    ),
    "plan.lines-not-here": (
        "{name} looks at all lines of an order, so it cannot be used in {place:en}; use it in a rule on order.paid, or "
        "a measure of orders",
        "{name} 针对订单的所有行，不能用于{place:zh}；请用于 order.paid 的规则或订单的指标",
    ),
    "plan.amount-one-of": (
        "an amount is written with exactly one of fixed, rate, rates, give, times or brackets; found: {found}",
        "数量须且仅须用 fixed、rate、rates、give、times、brackets 之一书写；现有：{found}",
    ),
    "plan.amount-needs": (
        "an amount with {form} also needs {key}; add it",
        "使用 {form} 的数量还需要 {key}；请补上",
    ),
    "plan.times-needs-of": (
        "{column} has percentages, which are of something; write what they are of, such as of: order.cash, or give "
        "the column numbers",
        "{column} 列是百分比，须说明是什么的百分比；请写上 of，例如 of: order.cash，或把该列改为数量",
    ),
    "plan.amount-excess": (
        "{key} has no meaning beside {form}; remove it",
        "{key} 与 {form} 同用没有意义；请删除",
    ),
    "plan.min-above-cap": (
        "min {least} is larger than cap {cap}; make it smaller",
        "min {least} 大于 cap {cap}；请改小",
    ),
    "plan.per-zero": (
        'per is zero; write how much earns one give, such as per: "1000"',
        'per 为零；请写每多少得一份 give，例如 per: "1000"',
    ),
    "plan.bracket-unreachable": (
        "the bracket from {text} does not start above the one before it (from {previous}), so one of them can never be "
        "reached; write the brackets in rising order",
        "自 {text} 起的档位没有高于前一档（自 {previous} 起），其中一档永远达不到；请按升序书写",
    ),
    "plan.rates-by-no-text": (
        "{field} is {kind:en}, and rates are chosen by a text, such as order.attributes.NAME; for a number "
        "write brackets with by",
        "{field} 的类型是{kind:zh}，而 rates 按文本选择比率，例如 order.attributes.名称；对数字请写 brackets 和 by",
    ),
    "plan.rates-by-line": (
        "{field} is a field of single lines, so the lines are what rates by it are taken of; write of: "
        "{{lines: {{sum: line.amount}}}}",
        "{field} 是单个订单行的字段，按它选择的比率须以订单行为基数；请写 of: {{lines: {{sum: line.amount}}}}",
    ),
    "plan.bracket-fixed-marginal": (
        "with marginal: true each bracket gives a rate of the part within it, and a fixed quantity is of the whole "
        "bracket; write rate in all of them, or remove marginal",
        "marginal: true 时每档只按该档内的部分乘以比率，而 fixed 属于整个档位；请全部改写 rate，或删除 marginal",
    ),
    "plan.amount-always-zero": (
        "this amount is always zero, so the rule does nothing; write a larger one, or enabled: false",
        "该数量恒为零，规则不起作用；请改大，或写 enabled: false",
    ),
    "plan.below-first-level": (
        "the condition lets only orders below the first level of {ladder} through, "
        "so the rule grants nothing; raise it",
        "条件只允许低于 {ladder} 第一级的订单，规则不会发放任何东西；请提高条件",
    ),
}

for _texts in (NAMES, NUMBERS, DECLARATIONS, SECTIONS, ACTIONS):
    register(_texts)
