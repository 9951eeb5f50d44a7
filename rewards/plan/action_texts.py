"""What is said of the actions of rules when a plan is checked, by code, in English and Chinese."""

from __future__ import annotations

ACTIONS = {
    "plan.asset-not-currency": (
        "{name} is not the currency; name the asset with currency: true",
        "{name} 不是货币；请使用 currency: true 的资产",
    ),
    "plan.asset-without-lots": (
        "{name} has no locked lots; declare it with lots: {{}}",
        "{name} 没有锁定批次；请在资产中写 lots: {{}}",
    ),
    "plan.asset-not-priced": (
        "{name} has no price that follows a pool; declare it with priced: {{pool: …, issue_price: …}}",
        "{name} 没有随资金池变动的价格；请在资产中写 priced: {{pool: …, issue_price: …}}",
    ),
    "plan.asset-not-stable": (
        "{name} has no cash_value, so its worth is unknown; give the asset one",
        "{name} 没有 cash_value，无法确定价值；请为该资产填写",
    ),
    "plan.convert-pair": (
        "one of {source} and {target} must be priced and the other stable; name a pair like that",
        "{source} 与 {target} 中须一个是增值资产、另一个是恒定资产；请改写",
    ),
    "plan.backing-at-close": (
        "pool {pool} backs the price of {asset}, which may only move with an order; fund it on order.paid",
        "资金池 {pool} 支撑 {asset} 的价格，只能随订单变动；请在 order.paid 时注入",
    ),
    "plan.distribute-backing": (
        "pool {pool} backs {asset}; paying it out would let the price fall; distribute another pool",
        "资金池 {pool} 支撑 {asset}；分掉它会使价格下跌；请分配其他资金池",
    ),
    "plan.grant-amount-or-worth": (
        "write either amount (so many units) or worth (units worth so much)",
        "请写 amount（数量）或 worth（价值）之一",
    ),
    "plan.grant-currency": (
        "{name} is the currency and cannot be issued; pay it out of a pool with distribute",
        "{name} 是货币，不能发行；请用 distribute 从资金池支付",
    ),
    "plan.grant-to": (
        "to: {to} does not fit a rule on {on}; write member "
        "(buyer and sponsor belong to orders, sponsor to events too)",
        "to: {to} 不适用于 {on} 的规则；请写 member（buyer 与 sponsor 用于订单，sponsor 也用于事件）",
    ),
    "plan.priced-needs-worth": (
        "{name} is priced: units granted without their worth would let the price fall; "
        "write worth: {{rate: …, of: rules.CONTRIBUTION.amount}}",
        "{name} 是增值资产：不按价值发放会使价格下跌；请写 worth: {{rate: …, of: rules.CONTRIBUTION.amount}}",
    ),
    "plan.worth-needs-priced": (
        "{name} has no price, so a worth means nothing; write amount instead",
        "{name} 没有价格，worth 没有意义；请改写 amount",
    ),
    "plan.worth-of-contribution": (
        "what is granted must be a share of what the same order puts into pool {pool}, or the price could fall; "
        "write of: rules.ID.amount with the rule that funds it",
        "发放必须是同一订单注入资金池 {pool} 的一部分，否则价格可能下跌；请写 of: rules.ID.amount，ID 为注入它的规则",
    ),
    "plan.grants-exceed-contribution": (
        "the grants of {asset} are worth {arithmetic} of what rule {rule} "
        "contributes; above 100% the price would fall; "
        "lower a rate",
        "{asset} 的发放合计为规则 {rule} 注入的 {arithmetic}；超过 100% 价格会下跌；请降低比率",
    ),
    "plan.worth-on-refund": (
        "a refund may already have raised the price this worth is counted at; grant a priced asset on order.paid",
        "退款可能已抬高此处计价所用的价格；请在 order.paid 时发放增值资产",
    ),
    "plan.less-paid-sponsor": (
        "several members may reach a level at one close, so what their sponsor has been paid before cannot be "
        "taken off for each; write to: member, or leave less_paid out",
        "同一次结算可能有多位会员升级，无法逐一扣除其推荐人此前所得；请写 to: member，或删除 less_paid",
    ),
    "plan.quota-plain": (
        "{name} is the currency or has a price, but a quota is used up as money is paid; name a plain asset",
        "{name} 是货币或增值资产，而额度会随支付减少；请使用普通资产",
    ),
    "plan.quota-scale": (
        "{name} limits payments in the currency, so it needs scale: {scale} like the currency",
        "{name} 限制货币支付，需要与货币相同的 scale: {scale}",
    ),
    "plan.award-release-or-grant": (
        "write either release (from the earner's own locked lots) or grant (newly issued)",
        "请写 release（来自本人锁定批次）或 grant（新发行）之一",
    ),
    "plan.award-source-or-of": (
        "write either source (an earlier rule on the same trigger) or of (a field)",
        "请写 source（同一触发下在前的规则）或 of（字段）之一",
    ),
    "plan.release-at-close": (
        "locked lots are released at closes, not on {on}; write grant, or put the rule on a close",
        "锁定批次在结算时释放，不能在 {on} 时释放；请写 grant，或把规则放在结算时",
    ),
    "plan.award-asset": (
        "{name} cannot be granted as an award, being priced or the currency; name another asset",
        "{name} 是增值资产或货币，不能作为奖励发行；请使用其他资产",
    ),
    "plan.source-moves-nothing": (
        "rule {name} moves no asset to members, so there is nothing to share; name a rule that does",
        "规则 {name} 没有向会员转移资产，无从分享；请引用有转移的规则",
    ),
    "plan.distribute-one-of": (
        "write one of weight (in proportion to a field), share (a column of shares by level) and units "
        "(a column of units by level)",
        "请写 weight（按字段加权）、share（按等级份额）或 units（按等级单位数）之一",
    ),
    "plan.unit-value-without-units": (
        "unit_value belongs to units; remove it",
        "unit_value 只用于 units；请删除",
    ),
    "plan.least-above-most": (
        "least {least} is more than most {most}, so nobody would be paid; swap them or correct one",
        "least {least} 大于 most {most}，谁都得不到支付；请对调或更正其一",
    ),
    "plan.divisor-without-weight": (
        "divisor belongs to weight; remove it",
        "divisor 只用于 weight；请删除",
    ),
    "plan.weight-field": (
        "{field} cannot weigh members; write a field such as member.balance.ASSET",
        "{field} 不能作为会员权重；请写 member.balance.资产 之类的字段",
    ),
    "plan.limit-pro-rata": (
        "rule {name} pays against a limit, which would fall by what the cap then cuts off; "
        "write excess: by_order, or leave the rule out of the cap",
        "规则 {name} 按额度支付，额度会先减去随后被上限截去的部分；请写 excess: by_order，或从上限中去掉该规则",
    ),
    "plan.plain-asset": (
        "{name} is the currency or has a price, and is not simply used up or exchanged; name a plain asset",
        "{name} 是货币或增值资产，不能直接扣除或换取；请使用普通资产",
    ),
    "plan.exchange-for-itself": (
        "{name} would be exchanged for itself; name another asset under give, or write a take",
        "{name} 换成了它自己；请在 give 中写其他资产，或使用 take",
    ),
    "plan.exchange-capped": (
        "rule {name} is an exchange: what a cap cuts off would have been taken for nothing; "
        "limit it with most, or leave it out of the cap",
        "规则 {name} 是换取：被上限截去的部分等于白白扣除；请用 most 限制，或从上限中去掉该规则",
    ),
}
