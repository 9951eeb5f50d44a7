"""What is said of what a plan declares before its rules, by code, in English and Chinese."""

from __future__ import annotations

SECTIONS = {
    "plan.measure-one-of": (
        "measure {name} counts exactly one of sum, count, max, days, distinct, earned, spent or expired; found {found}",
        "指标 {name} 须且仅须写 sum、count、max、days、distinct、earned、spent、expired 之一；现有：{found}",
    ),
    "plan.measure-excess": (
        "{key} has no meaning beside {form} here; remove it",
        "{key} 与此处的 {form} 同用没有意义；请删除",
    ),
    "plan.measure-needs-on": (
        "{name} is a field of a declared event; add on: event.NAME to say of which",
        "{name} 是自定义事件的字段；请加上 on: event.名称，说明是哪个事件",
    ),
    "plan.measure-field": (
        "{name} is not told by the event itself, so nothing can be added up; name a field {root}.…, or a field "
        "member.… with of: downline or the like",
        "{name} 不是事件本身的内容，无法累计；请使用 {root}.… 字段，或用 member.… 字段并写 of: downline 等",
    ),
    "plan.measure-text": (
        "{field} is {kind:en}; different texts are counted of a text field {root}.…, such as {root}.attributes.shop",
        "{field} 是{kind:zh}；distinct 需要 {root}.… 的文本字段，例如 {root}.attributes.shop",
    ),
    "plan.measure-now": (
        "members are counted as they are now, so over has no meaning; remove it",
        "会员按当前状态统计，over 没有意义；请删除",
    ),
    "plan.measure-of-whom": (
        "measure {name} counts members, but not whose; add of: referrals, downline, team or everybody",
        "指标 {name} 统计会员，但没有说明统计谁的；请加上 of: referrals、downline、team 或 everybody",
    ),
    "plan.measure-later": (
        "measure {name} stands further down or cannot be used here, and a measure may only name those before it; "
        "move it above this one",
        "指标 {name} 排在后面或此处不能使用，而指标只能引用它之前的指标；请把它移到前面",
    ),
    "plan.measure-by-asset": (
        "rule {rule} gives no {asset}, so there is nothing to count; name a rule that does",
        "规则 {rule} 不发放 {asset}，没有可统计的；请引用发放它的规则",
    ),
    "plan.window-one-of": (
        "a window has exactly one of days, months, last, period (with years_ago), since, or dates (from, through); "
        "found: {found}",
        "时间窗须且仅须写 days、months、last、period（与 years_ago 同用）、since 之一，或日期（from、through）；"
        "现有：{found}",
    ),
    "plan.window-dates": (
        "the window begins on {first}, after its last day {last}; exchange the two",
        "时间窗从 {first} 开始，晚于最后一日 {last}；请对调",
    ),
    "plan.window-of-everybody": (
        "this window begins on another day for every member, so it cannot be of everybody; write a calendar period",
        "此时间窗对每个会员从不同的日子开始，不能用于 everybody；请写日历周期",
    ),
    "plan.of-one-of": (
        "of has exactly one of generation, generations, legs or leg; found: {found}",
        "of 须且仅须写 generation、generations、legs、leg 之一；现有：{found}",
    ),
    "plan.of-needs": ("legs: {form} also needs {key}; add it", "legs: {form} 还需要 {key}；请补上"),
    "plan.of-excess": (
        "{key} has no meaning here: share belongs to legs: capped, reaching to legs: count; remove it",
        "{key} 在此没有意义：share 用于 legs: capped，reaching 用于 legs: count；请删除",
    ),
    "plan.without-below": (
        "without leaves out members below, and of does not look below; write of: team or the like, or remove it",
        "without 用于排除下级，而 of 未涉及下级；请写 of: team 之类，或删除",
    ),
    "plan.tree-without-below": (
        "of: {of} does not look down a tree, so tree has no meaning; remove it",
        "of: {of} 不涉及树，tree 没有意义；请删除",
    ),
    "plan.leg-without-tree": (
        "the sponsor tree has no leg {name}; add tree: with a tree whose legs have names",
        "推荐树没有名为 {name} 的腿；请加上 tree:，使用腿有名称的树",
    ),
    "plan.event-field-reserved": (
        "event.{name} has a meaning already; give the field another name",
        "event.{name} 已有含义；请换一个字段名",
    ),
    "plan.tree-reserved": (
        "{name} is what the tree of sponsors is called, which every plan has; give this tree another name",
        "{name} 是每个方案都有的推荐网络的名称；请给此网络另取名称",
    ),
    "plan.event-fields-differ": (
        "{name} is another kind of number in event {first} than in {second}; rename it in one of them",
        "{name} 在事件 {first} 与 {second} 中是不同种类的数字；请在其中之一改名",
    ),
    "plan.values-in-order": (
        "the value from {first} does not begin after the one before it (from {previous}); write them in rising order",
        "自 {first} 起的值没有晚于前一个（自 {previous} 起）；请按日期先后书写",
    ),
    "plan.parameter-changes": (
        "the value of parameter {name} changes with time, so it can only stand in rules; write a number here",
        "参数 {name} 的值随时间变化，只能用于规则；此处请写数字",
    ),
    "plan.parameter-other-close": (
        "parameter {name} is declared afterwards, for rules on {wanted}, and this rule is on {on}; change on, or use "
        "another parameter",
        "参数 {name} 是事后公布的，只用于 {wanted} 的规则，而此规则在 {on} 执行；请更改 on，或使用其他参数",
    ),
    "plan.brackets-by-scale": (
        "{field} has {scale} decimals and what the amount is taken of has {of}, so it cannot be a part of {field}, as "
        "marginal: true means; name a field in the same units, or remove marginal",
        "{field} 有 {scale} 位小数，而计算对象有 {of} 位，不可能是 {field} 的一部分（marginal: true 的含义）；"
        "请使用同一单位的字段，或删除 marginal",
    ),
    "plan.less-paid-here": (
        "{action} gives nothing that could be taken off; remove less_paid",
        "{action} 没有可扣除的已发数量；请删除 less_paid",
    ),
    "plan.less-paid-other-asset": (
        "rule {name} gives no {asset}, so there is nothing of it to take off; name a rule that grants {asset}",
        "规则 {name} 不发放 {asset}，没有可扣除的数量；请使用发放 {asset} 的规则",
    ),
    "plan.base-not-here": (
        "{field} cannot be what a rule on {on} is computed of; name a field {known}",
        "{field} 不能作为 {on} 规则的计算对象；请使用 {known} 的字段",
    ),
    "plan.unused-measure": (
        "measure {name} is never used; remove it or use field {root}.measure.{name}",
        "指标 {name} 从未使用；请删除，或使用字段 {root}.measure.{name}",
    ),
    "plan.unused-event": (
        "event {name} is never used; remove it or write a rule on event.{name}",
        "事件 {name} 从未使用；请删除，或编写 event.{name} 的规则",
    ),
    "plan.unused-attribute": (
        "{name} is declared and never used; remove it or use field {name}",
        "已声明 {name}，但从未使用；请删除，或使用字段 {name}",
    ),
    "plan.attribute-is-text": (
        "{field} is a text, as the plan does not say otherwise; declare it, for example "
        "attributes: {{{root}: {{{name}: amount}}}}, or name a field with an amount or a number",
        "方案没有另行声明，{field} 是文本；请声明，例如 attributes: {{{root}: {{{name}: amount}}}}，"
        "或使用金额或数字字段",
    ),
    "plan.unused-tag": (
        "tag {name} is never used; remove it or use field member.tag.{name}",
        "标签 {name} 从未使用；请删除，或使用字段 member.tag.{name}",
    ),
    "plan.unused-tree": (
        "tree {name} is never used; remove it or write tree: {name} where it is to be followed",
        "树 {name} 从未使用；请删除，或在需要处写 tree: {name}",
    ),
    "plan.unused-cap": (
        "cap {name} has only rules with enabled: false, so it limits nothing; remove it or enable one of them",
        "上限 {name} 的规则都已停用（enabled: false），不起作用；请删除，或启用其中之一",
    ),
}

DECLARATIONS = {
    "plan.two-currencies": (
        "{first} is the plan's currency already; only one asset may have currency: true",
        "{first} 已是本方案的货币；只能有一个资产写 currency: true",
    ),
    "plan.no-currency-asset": (
        "pools hold the currency, but no asset is it; declare one, for example cash: {{scale: 2, currency: true}}",
        "资金池持有货币，但没有声明货币资产；请声明，例如 cash: {{scale: 2, currency: true}}",
    ),
    "plan.priced-alone": (
        "{name} has a price that follows its pool, so it can be neither the currency nor "
        "have lots or a cash_value; remove those",
        "{name} 的价格随资金池变动，不能同时是货币、带批次或有 cash_value；请删除这些",
    ),
    "plan.pool-backs-two": (
        "pool {pool} backs {asset} already; give each priced asset a pool of its own",
        "资金池 {pool} 已支撑 {asset}；每个增值资产需要自己的资金池",
    ),
    "plan.level-twice": ("there are two levels {name}; rename one", "有两个名为 {name} 的等级；请改名"),
    "plan.levels-overlap": (
        "level {name} starts at {text}, not above level {previous} before it, so one of them can never be reached; "
        "write the levels in rising order",
        "等级 {name} 自 {text} 起，没有高于前一级 {previous}，其中一级永远达不到；请按升序书写",
    ),
    "plan.column-missing": (
        "column {column} is missing on level {levels}; give every level a value",
        "等级 {levels} 缺少列 {column}；请为每级填写",
    ),
    "plan.column-over-100": (
        "column {column} of {ladder} has a rate of more than 100%; a differential cannot pay more than there is",
        "{ladder} 的列 {column} 有超过 100% 的比率；级差不能超过总量",
    ),
    "plan.rates-fall": (
        "column {column} of {ladder} falls from one level to the next, so a higher level may earn less; is that meant?",
        "{ladder} 的列 {column} 逐级下降，高等级可能得到更少；是否有意为之？",
    ),
    "plan.shares-over-100": (
        "the shares in column {column} of {ladder} add up to {total}; make them at most 100% of the pool",
        "{ladder} 的列 {column} 合计 {total}；请不要超过资金池的 100%",
    ),
    "plan.ladder-not-held": (
        "{name} classifies orders, and members hold no level of it; name a ladder that measures members",
        "{name} 用于划分订单，会员没有它的等级；请使用衡量会员的等级表",
    ),
    "plan.payment-needs-value": (
        "{name} has no cash_value, so nobody knows what it pays for; give the asset one",
        "{name} 没有 cash_value，无法用于支付；请为该资产填写",
    ),
}
