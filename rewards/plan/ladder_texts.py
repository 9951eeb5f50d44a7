"""What the checks of ladders, of the expiry of units and of caps say, in English and Chinese."""

from __future__ import annotations

from rewards.messages import register

LADDERS = {
    "plan.level-one-of": (
        "level {name} is written with exactly one of from, above or when; found: {found}",
        "等级 {name} 须且仅须写 from、above、when 之一；现有：{found}",
    ),
    "plan.level-key.did-you-mean": (
        "a level has no key {key}, and no rule names such a column; did you mean {known}?",
        "等级没有键 {key}，也没有规则引用这样的列；是否想写 {known}？",
    ),
    "plan.level-column": (
        "{name} is a column of this level, and a column is a single rate, such as {name}: 30%; write one, or correct "
        "the key (a level's own keys are name, title, from, above and when)",
        "{name} 是该等级的一列，列的值是单个比率，例如 {name}: 30%；请这样书写，或更正此键"
        "（等级自身的键有 name、title、from、above、when）",
    ),
    "plan.ladder-needs-measure": (
        "{key} compares with a measure, and this ladder has none; add one, for example measure: member.sales, or write "
        "when instead of {key}",
        "{key} 与衡量指标比较，而该等级表没有；请补上，例如 measure: member.sales，或把 {key} 改为 when",
    ),
    "plan.ladder-measure-idle": (
        "every level of {name} has a condition (when), so nothing is compared with the measure; remove it, or write "
        "from or above",
        "{name} 的每个等级都有条件（when），衡量指标没有作用；请删除，或改写 from 或 above",
    ),
    "plan.floor-reversed": (
        "{level} is a level and {tag} is a tag; floors name the tag first, then the level: {tag}: {level}",
        "{level} 是等级，{tag} 是标签；floors 中先写标签，后写等级：{tag}: {level}",
    ),
    "plan.levels-alike": (
        "level {name} has the same condition as level {previous} below it, so nobody would ever stand on {previous}; "
        "make it stricter",
        "等级 {name} 与其下的等级 {previous} 条件相同，{previous} 永远无人停留；请使条件更严",
    ),
    "plan.order-ladder-key": (
        "{name} classifies orders or events, and members hold no level of it; remove {key}, or write a measure of "
        "members, for example member.sales",
        "{name} 用于划分订单或事件，会员没有它的等级；请删除 {key}，或改用会员的衡量指标，例如 member.sales",
    ),
    "plan.order-ladder-when": (
        "when is a condition on members, and {name} classifies orders or events; write from or above",
        "when 是会员的条件，而 {name} 用于划分订单或事件；请写 from 或 above",
    ),
    "plan.ladder-needs-term": (
        "{key} says what happens when a level's term is over, and with lasts: {lasts} there is none; write for example "
        "lasts: {{end_of: year, after: 1}} or {{months: 12}}, or remove {key}",
        "{key} 说明等级到期后如何处理，而 lasts: {lasts} 没有期限；请写例如 lasts: {{end_of: year, after: 1}} 或 "
        "{{months: 12}}，或删除 {key}",
    ),
    "plan.ladder-of-everybody": (
        "{field} depends on what everybody does, so no single event decides a level; write evaluated: day, or measure "
        "something of the member's instead of {evaluated}",
        "{field} 取决于全体会员，单个事件不能据此定级；请把 {evaluated} 改为 evaluated: day，或改用会员自己的指标",
    ),
}

EXPIRY = {
    "plan.expiry-currency": (
        "{name} is the currency, and money does not expire; remove expires",
        "{name} 是货币，货币不会到期；请删除 expires",
    ),
    "plan.expiry-priced": (
        "{name} has a price that follows its pool, and units that expire would raise it; remove expires",
        "{name} 的价格随资金池变动，单位到期会抬高价格；请删除 expires",
    ),
    "plan.expiry-days-or-months": (
        "units are good for days or for months, not both; remove one of the two",
        "有效期只能按 days 或 months 之一书写；请删除其中一个",
    ),
    "plan.expiry-how-long": (
        "this does not say how long units are good; write days, months or at_end_of, for example months: 12",
        "未说明有效期；请写 days、months 或 at_end_of，例如 months: 12",
    ),
    "plan.expiry-inactive": (
        "inactive counts days or months from the last earning or spending, and neither is given; write for example "
        "months: 12, or remove inactive",
        "inactive 从最后一次获得或使用起按 days 或 months 计算，而两者均未写；请写例如 months: 12，或删除 inactive",
    ),
    "plan.expiry-months": (
        "column {column} is {text} on level {level}; units are good for a whole number of months, 1 to 1200: write one "
        "on each level",
        "列 {column} 在等级 {level} 为 {text}；有效期须为 1 至 1200 的整月数：请为每级这样填写",
    ),
    "plan.expiry-notice": (
        "units may be good for only {length} days, so that {days} days before their end they have not come yet; write "
        "less than {length}",
        "单位的有效期可能只有 {length} 天，其到期前 {days} 天时尚未发放；请写小于 {length} 的数",
    ),
}

CAPS = {
    "plan.unknown-capped": (
        "there is no rule {name}; known are: {known}",
        "没有名为 {name} 的规则；已有：{known}",
    ),
    "plan.unknown-capped.did-you-mean": (
        "there is no rule {name}; did you mean {known}?",
        "没有名为 {name} 的规则；是否想写 {known}？",
    ),
    "plan.cap-gives-nothing": (
        "rule {name} ({action} on {on}) gives members nothing that a cap could hold back; name rules that grant, share "
        "or distribute, or that fund a pool",
        "规则 {name}（{on} 的 {action}）没有可受上限约束的发放；请引用发放、分配或注入资金池的规则",
    ),
    "plan.cap-assets": (
        "rule {name} gives {asset} ({unit:en}), and {first} gives {other} ({other_unit:en}), which cannot be added up: "
        "one unit must be as much as the other. Give both the same scale and the same cash_value (the currency's is "
        '"1"), or write a cap for each',
        "规则 {name} 给 {asset}（{unit:zh}），而 {first} 给 {other}（{other_unit:zh}），两者的一个单位不等值，"
        '不能相加；请使两者的 scale 与 cash_value 相同（货币视为 "1"），或各写一个上限',
    ),
    "plan.cap-pool-per-member": (
        "what rule {name} puts into a pool is no member's, and this cap is for each member; write per: plan, or leave "
        "the rule out",
        "规则 {name} 注入资金池的金额不属于任何会员，而该上限针对每位会员；请写 per: plan，或去掉该规则",
    ),
    "plan.cap-counts-twice": (
        "rule {name} pays out of pool {pool} what rule {fund} has put there, and this cap counts it both times; leave "
        "one of the two out",
        "规则 {name} 从资金池 {pool} 支付的正是规则 {fund} 注入的金额，该上限会计入两次；请去掉其中之一",
    ),
    "plan.cap-pool-open": (
        "pool {pool} is paid out by rule {name} before cap {cap} has decided, after rule {last}, how much rule {fund} "
        "may put into it; move {name} below {last}",
        "规则 {name} 支付资金池 {pool} 时，上限 {cap} 尚未决定规则 {fund} 可注入多少（须待规则 {last} 之后）；"
        "请把 {name} 移到 {last} 之后",
    ),
    "plan.cap-field": (
        "{field} is not one number for all members together, as this cap is; name a field of the plan or the day, such "
        "as plan.measure.NAME, or write per: member",
        "{field} 不是针对全体会员的一个数，而该上限针对全体；请使用 plan.measure.NAME 等方案或日期字段，"
        "或写 per: member",
    ),
    "plan.cap-field-not-on": (
        "{field} is not known on {on}, where rule {name} gives; name a field that is, such as plan.measure.NAME",
        "规则 {name} 在 {on} 时发放，此时 {field} 尚不可知；请使用可知的字段，例如 plan.measure.NAME",
    ),
    "plan.cap-less-paid": (
        "less_paid has no meaning in a cap, which counts what its rules have given by itself; remove it",
        "less_paid 在上限中没有意义，上限自会计入规则已发放的数量；请删除",
    ),
    "plan.cap-window-personal": (
        "this window begins on another day for each member, and the cap is for all together; write a calendar period, "
        "such as over: month, or per: member",
        "该时间窗口因会员而异，而该上限针对全体；请写日历周期，例如 over: month，或写 per: member",
    ),
    "plan.cap-window-past": (
        "a cap counts what its rules give now, and this window is over by then; write for example over: month",
        "上限计入规则当前的发放，而该时间窗口已经结束；请写例如 over: month",
    ),
    "plan.cap-excess": (
        "{excess} weighs rules that are paid at one and the same close, and rule {name} runs on {on}; write excess: "
        "by_order, or name only rules on one kind of close",
        "{excess} 需要各规则在同一结算时发放，而规则 {name} 在 {on} 时执行；请写 excess: by_order，"
        "或只引用同一种结算的规则",
    ),
}

for _texts in (LADDERS, EXPIRY, CAPS):
    register(_texts)
