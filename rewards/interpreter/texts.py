"""What is said when a request is refused, in English and Chinese."""

from rewards.messages import register

register(
    {
        "order.attribute-amount": (
            '"{text}" is no {name} of plan {plan}; write an amount of the currency, zero or more, at most {most}, '
            'with at most {scale} decimals, such as "12.5"',
            '“{text}”不能作为方案 {plan} 的 {name}；请写不为负、不超过 {most}、最多 {scale} 位小数的金额，例如 "12.5"',
        ),
        "order.attribute-number": (
            '"{text}" is no {name} of plan {plan}; write a whole number, zero or more, at most {most}, such as "12"',
            '“{text}”不能作为方案 {plan} 的 {name}；请写不为负、不超过 {most} 的整数，例如 "12"',
        ),
        "order.attribute-decimal": (
            '"{text}" is no {name} of plan {plan}; write a number, zero or more, at most {most}, with at most {scale} '
            'decimals, such as "12.5"',
            '“{text}”不能作为方案 {plan} 的 {name}；请写不为负、不超过 {most}、最多 {scale} 位小数的数字，例如 "12.5"',
        ),
        "order.attribute-flag": (
            '"{text}" is no {name} of plan {plan}; write "true" or "false"',
            '“{text}”不能作为方案 {plan} 的 {name}；请写 "true" 或 "false"',
        ),
        "request.balance-too-small": (
            "{wanted} of {asset} is more than the {have} available; ask for at most that",
            "{asset} 的 {wanted} 超过可用的 {have}；请减少数量",
        ),
        "request.above-most": (
            "{wanted} of {asset} is more than the {most} a request may be for; ask for at most that",
            "{asset} 的 {wanted} 超过单次请求上限 {most}；请减少数量",
        ),
        "request.treasury-too-small": (
            "the treasury holds {available} of {asset}, less than the {wanted} wanted; ask for at most that",
            "库存的 {asset} 只有 {available}，少于所需的 {wanted}；请减少数量",
        ),
        "request.converts-to-nothing": (
            "so little converts to nothing of {target}; ask for more",
            "数量太小，换不到任何 {target}；请增加数量",
        ),
        "request.pay-oneself": (
            "payer and payee are the same member; name another payee",
            "付款人与收款人相同；请更换收款人",
        ),
        "request.no-rule": (
            "plan {plan} has no rule for this {kind}, or its condition does not hold; see the plan's rules",
            "方案 {plan} 没有适用于此请求（{kind}）的规则，或条件不满足；请查看方案规则",
        ),
        "request.asset-does-not-pay": (
            (
                "{asset} of plan {plan} does not pay for orders; "
                "pay in cash or with the asset the plan's payment section names"
            ),
            "方案 {plan} 的 {asset} 不能用于支付订单；请付现金，或使用方案 payment 指定的资产",
        ),
        "request.too-many-points": (
            "more of the order is paid with points than the {up_to} the plan allows; pay the rest in cash",
            "积分支付超过方案允许的 {up_to}；其余请付现金",
        ),
        "request.not-adjustable": (
            "{asset} of plan {plan} cannot be adjusted by hand; name one of the plan's assets other than its currency",
            "方案 {plan} 的 {asset} 不能手工调整；请使用该方案中货币以外的资产",
        ),
        "world.member-twice": (
            "{member} has joined already; give every member another name",
            "{member} 已经加入；请为每位会员使用不同的名称",
        ),
        "world.unknown-member": (
            "nobody called {member} has joined; join them first",
            "没有名为 {member} 的会员；请先让其加入",
        ),
        "world.unknown-order": (
            "there is no order {order}; give the order an id and name it here",
            "没有订单 {order}；请给订单一个 id 并在此引用",
        ),
        "world.refund-too-much": (
            "of order {order} only {left} can still be refunded; name at most that",
            "订单 {order} 还可退 {left}；退款不得超过此数",
        ),
        "world.unknown-asset": (
            "the plan has no asset {asset}; it has: {known}",
            "方案没有资产 {asset}；已有：{known}",
        ),
        "world.unknown-pool": (
            "the plan has no pool {pool}; it has: {known}",
            "方案没有资金池 {pool}；已有：{known}",
        ),
        "world.unknown-level": (
            "the plan has no level {level} of a ladder {ladder}; see the plan's ladders",
            "方案的等级表 {ladder} 没有等级 {level}；请查看方案的等级表",
        ),
        "world.unknown-tag": (
            "the plan has no tag {tag}; it has: {known}",
            "方案没有标签 {tag}；已有：{known}",
        ),
        "world.unknown-event": (
            "the plan declares no event {event}; it declares: {known}",
            "方案没有声明事件 {event}；已有：{known}",
        ),
        "world.unknown-event-field": (
            "event {event} has no field {field}; it has: {known}",
            "事件 {event} 没有字段 {field}；已有：{known}",
        ),
        "world.event-field-negative": (
            "field {field} of event {event} is below zero; write what has happened, not what is taken back",
            "事件 {event} 的字段 {field} 小于零；请填写发生的数量，而不是撤回的数量",
        ),
        "world.event-field-kind": (
            "field {field} of event {event} is a {kind}; write one",
            "事件 {event} 的字段 {field} 类型是 {kind}；请按此填写",
        ),
        "world.unknown-measure": (
            "the plan has no measure {measure}; it has: {known}",
            "方案没有指标 {measure}；已有：{known}",
        ),
        "world.measure-of-members": (
            "measure {measure} looks at members as they are now; give them what it looks at instead",
            "指标 {measure} 统计会员的当前状态；请直接设置其统计的内容",
        ),
        "world.unknown-parameter": (
            "the plan has no parameter {parameter} that is declared for periods; those are: {known}",
            "方案没有按期公布的参数 {parameter}；已有：{known}",
        ),
        "world.no-period": (
            "{period} is no {wanted}; write a period such as 2026, 2026-Q3, 2026-11, 2026-W47 or 2026-11-30",
            "{period} 不是一个 {wanted}；请写 2026、2026-Q3、2026-11、2026-W47 或 2026-11-30 这样的期间",
        ),
        "world.day-closed": ("{day} is closed already; close a later day", "{day} 已经日结；请关闭更晚的日期"),
        "request.no-lots": (
            (
                "{asset} can not be added as a locked lot of this quantity; "
                "leave locked_basis out, or add to an asset with lots"
            ),
            "{asset} 不能按此数量加为锁定批次；请去掉 locked_basis，或使用带批次的资产",
        ),
    }
)
