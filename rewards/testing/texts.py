"""What the tests of plans say, in English and Chinese."""

from __future__ import annotations

from rewards.messages import register

MISTAKES = {
    "test.no-file": (
        "{path} does not exist; name a test file or a directory",
        "{path} 不存在；请给出测试文件或目录",
    ),
    "test.none-found": (
        "there is no file NAME.test.yaml in {path}; write one beside the plan, or name another directory",
        "{path} 中没有 名称.test.yaml 文件；请在方案旁编写，或给出其他目录",
    ),
    "test.unreadable": (
        "{path} cannot be read: {reason}; see to its permissions",
        "无法读取 {path}：{reason}；请检查权限",
    ),
    "test.no-plan": (
        "there is no plan {file}; write the name of a plan file beside this one",
        "找不到方案 {file}；请写本文件旁的方案文件名",
    ),
    "test.plan-broken": (
        "the plan cannot be loaded, see what is said about it; correct it first",
        "方案无法加载（见其诊断）；请先更正方案",
    ),
    "test.no-such-place": (
        "{pointer} leads nowhere, because there is no {step}; there are: {known}",
        "{pointer} 没有指向任何内容：没有 {step}；已有：{known}",
    ),
    "test.no-such-place.did-you-mean": (
        "{pointer} leads nowhere, because there is no {step}; did you mean {known}?",
        "{pointer} 没有指向任何内容：没有 {step}；是否想写 {known}？",
    ),
    "test.change-breaks-plan": (
        "with this change the plan is refused: {reason:en}",
        "作此更改后方案被拒绝：{reason:zh}",
    ),
    "test.unknown-member": (
        "nobody called {name} has joined by now; there are: {known}",
        "此时没有名为 {name} 的会员；已有：{known}",
    ),
    "test.unknown-member.did-you-mean": (
        "nobody called {name} has joined by now; did you mean {known}?",
        "此时没有名为 {name} 的会员；是否想写 {known}？",
    ),
    "test.unknown-receiver": (
        "{name} is neither a member nor a pool; there are: {known}",
        "{name} 既不是会员也不是资金池；已有：{known}",
    ),
    "test.unknown-receiver.did-you-mean": (
        "{name} is neither a member nor a pool; did you mean {known}?",
        "{name} 既不是会员也不是资金池；是否想写 {known}？",
    ),
    "test.member-twice": (
        "{name} has joined already; give this member another id",
        "{name} 已经加入；请为此会员使用其他代号",
    ),
    "test.member-reserved": (
        "{name} stands for several members; give this member another id",
        "{name} 专指多位会员；请为此会员使用其他代号",
    ),
    "test.member-is-pool": (
        "{name} is the name of a pool; give this member another id",
        "{name} 是资金池的名称；请为此会员使用其他代号",
    ),
    "test.order-whose": (
        "an order is one member's or newcomers'; write either member or newcomers",
        "订单属于一位会员或若干新会员；请写 member 或 newcomers 之一",
    ),
    "test.order-twice": (
        "there is an order {name} already; give this order another id",
        "已有订单 {name}；请为此订单使用其他代号",
    ),
    "test.id-of-several": (
        "an id names one order, and these are several; remove it, or write each order by itself",
        "一个代号只指一笔订单，而此处有多笔；请删除，或逐笔书写",
    ),
    "test.unknown-order": (
        "no order called {name} has been taken by now; give the order an id and name it here; there are: {known}",
        "此时没有代号为 {name} 的订单；请给订单写 id 并在此引用；已有：{known}",
    ),
    "test.unknown-order.did-you-mean": (
        "no order called {name} has been taken by now; did you mean {known}?",
        "此时没有代号为 {name} 的订单；是否想写 {known}？",
    ),
    "test.only-with": ("{key} belongs to {other}; remove it", "{key} 只与 {other} 连用；请删除"),
    "test.no-day": (
        "no step before says which day it is; write on: with a day such as 2026-01-01",
        "之前的步骤都没有写日期；请写 on: 及日期，例如 2026-01-01",
    ),
    "test.day-closed": (
        "{day} is closed by a step before; close a later day",
        "{day} 已被之前的步骤日结；请关闭更晚的日期",
    ),
    "test.days-backward": (
        "{through} is before {day}; write the first day after from and the last after through",
        "{through} 早于 {day}；请在 from 后写第一天，在 through 后写最后一天",
    ),
    "test.too-many-days": (
        "this closes {days} days; close at most {most} in one step",
        "此步骤将日结 {days} 天；一个步骤请至多日结 {most} 天",
    ),
    "test.no-lots": (
        "{name} has no lots; write an asset with lots, or write it below balances",
        "{name} 没有批次；请写带批次的资产，或写在 balances 下",
    ),
    "test.not-priced": (
        "{name} has no price that follows a pool; write a priced asset",
        "{name} 没有随资金池变动的价格；请写增值资产",
    ),
    "test.ladder-not-held": (
        "ladder {name} classifies orders, so nobody holds its levels; write one that measures members",
        "等级表 {name} 只用于订单分级，会员不持有其等级；请写以会员指标衡量的等级表",
    ),
    "test.no-treasury": (
        "the treasury keeps priced assets only, and {name} is none; write a priced asset",
        "库存只保管增值资产，{name} 不是；请写增值资产",
    ),
}

_NAMED = {
    "tag": ("tag", "标签"),
    "event": ("event", "事件"),
    "event-field": ("field of this event", "该事件的字段"),
    "measure": ("measure", "指标"),
    "cap": ("cap", "上限"),
    "parameter": ("parameter", "参数"),
}

NAMES = {
    f"test.unknown-{code}": (
        f"the plan declares no {english} {{name}}; known are: {{known}}",
        f"方案没有声明{chinese} {{name}}；已有：{{known}}",
    )
    for code, (english, chinese) in _NAMED.items()
} | {
    f"test.unknown-{code}.did-you-mean": (
        f"the plan declares no {english} {{name}}; did you mean {{known}}?",
        f"方案没有声明{chinese} {{name}}；是否想写 {{known}}？",
    )
    for code, (english, chinese) in _NAMED.items()
}

OF_TIME = {
    "test.span-backward": (
        "{through} is before {day}; write the first day after from and the last after through",
        "{through} 早于 {day}；请在 from 后写第一天，在 through 后写最后一天",
    ),
    "test.measure-of-plan": (
        "measure {name} is of everybody, so no member has it; write it below plan_measures",
        "指标 {name} 属于全体，不属于单个会员；请写在 plan_measures 下",
    ),
    "test.measure-of-members": (
        "measure {name} is each member's own; write it below measures, with the member",
        "指标 {name} 属于各会员；请写在 measures 下并指明会员",
    ),
    "test.not-counted": (
        "measure {name} is not of what the member does, so it cannot be given; "
        "give what it looks at, to those it looks at",
        "指标 {name} 不是会员自身行为的计数，无法直接给定；请给定它所统计的会员和内容",
    ),
    "test.counted-when": (
        "no step says which day it is; write {{value: …, on: 2026-01-01}} with the day it was counted",
        "没有步骤写明日期；请写 {{value: …, on: 2026-01-01}}，给出计数的日期",
    ),
    "test.counted-twice": (
        "measure {name} counts the same events as {other}; give only one of them, which gives both",
        "指标 {name} 与 {other} 统计相同的事件；请只给定其中之一",
    ),
    "test.counts-too-many": (
        "no more than {most} days or different texts can be given; write a smaller number",
        "最多可给定 {most} 个日期或不同的文本；请写更小的数",
    ),
    "test.event-twice": (
        "there is an event {name} already; give this event another id",
        "已有事件 {name}；请为此事件使用其他代号",
    ),
    "test.wants-number": (
        "{name} is a number, and {found} is none; write a whole number such as 3",
        "{name} 是数字，而 {found} 不是；请写整数，例如 3",
    ),
    "test.wants-text": (
        "{name} is a text, and {found} is none; put it in quotes",
        "{name} 是文本，而 {found} 不是；请加引号",
    ),
    "test.wants-flag": (
        "{name} is true or false, and {found} is neither; write one of them, without quotes",
        "{name} 只能为真或假，而 {found} 都不是；请写 true 或 false（不加引号）",
    ),
    "test.wants-amount": (
        '{name} is an amount, and {found} is none; write a quantity such as "12.50"',
        '{name} 是金额，而 {found} 不是；请写数量，例如 "12.50"',
    ),
    "test.not-declared-later": (
        "parameter {name} has its values in the plan; change them there, or let it be declared",
        "参数 {name} 的值写在方案中；请在方案中修改，或将其设为事后声明（declared）",
    ),
    "test.bad-value": (
        "parameter {name} cannot have this value: {reason:en}",
        "参数 {name} 不能取此值：{reason:zh}",
    ),
    "test.period": (
        "{period} is not what the parameter is declared for; write {wanted:en}",
        "{period} 不是该参数声明的周期；请写{wanted:zh}",
    ),
    "test.declared-twice": (
        "{name} is declared for {period} by a step before; remove this one, or name another period",
        "{name} 在 {period} 的值已由之前的步骤声明；请删除，或写其他周期",
    ),
    "test.no-expiry": (
        "{name} does not expire; write an asset with expires",
        "{name} 不会过期；请写带 expires 的资产",
    ),
    "test.cap-of-plan": (
        "cap {name} is for all together; write everybody instead of a member",
        "上限 {name} 针对全体；请写 everybody，而不是会员",
    ),
    "test.never-waits": (
        "rule {name} uses no parameter that is declared, so it never waits; remove it",
        "规则 {name} 没有使用事后声明的参数，从不等待；请删除",
    ),
}

FAILURES = {
    "test.differs": (
        "{what:en}: expected {expected:en}, actual {actual:en}{difference:en}",
        "{what:zh}：预期 {expected:zh}，实际 {actual:zh}{difference:zh}",
    ),
    "test.refused": (
        "this {kind} was refused [{refusal}]: {reason:en}",
        "此请求（{kind}）被拒绝 [{refusal}]：{reason:zh}",
    ),
    "test.not-refused": (
        "expected to be refused because of {expected}, but it was accepted",
        "预期因 {expected} 被拒绝，实际被接受",
    ),
    "test.refused-otherwise": (
        "expected to be refused because of {expected}, but the reason was {actual}: {reason:en}",
        "预期因 {expected} 被拒绝，实际原因是 {actual}：{reason:zh}",
    ),
    "test.broke": ("this {kind} broke off: {reason}", "此步骤（{kind}）中断：{reason}"),
}

SUMMARIES = {
    "test.summary": (
        "{passed} of {cases} cases passed in {files} files; {mistakes} mistakes in the files themselves",
        "{files} 个文件、{cases} 个用例中通过 {passed} 个；文件本身有 {mistakes} 处错误",
    ),
}

for _texts in (MISTAKES, NAMES, OF_TIME, FAILURES, SUMMARIES):
    register(_texts)
