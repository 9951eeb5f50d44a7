"""What planning runs say, in English and Chinese."""

from rewards.messages import register

register(
    {
        "simulate.bad-count": (
            "{name} is {value}; it must be from {least} to {most}",
            "{name} 为 {value}；必须在 {least} 到 {most} 之间",
        ),
        "simulate.bad-share": (
            "{name} is {value}; write a share from 0% to 100%",
            "{name} 为 {value}；请写 0% 到 100% 之间的比例",
        ),
        "simulate.bad-amounts": (
            "orders from {least} to {most} cannot be drawn; write positive amounts, the smaller first",
            "无法生成 {least} 到 {most} 之间的订单；请写正数金额，小的在前",
        ),
        "simulate.days-beyond-calendar": (
            "{days} days from {first_day} go beyond the year 9999; take fewer days",
            "自 {first_day} 起的 {days} 天超出 9999 年；请减少天数",
        ),
        "simulate.no-redemption": (
            "the plan {plan} has no rule on redeem, so that nobody can redeem; leave --redeem out",
            "方案 {plan} 没有 redeem 规则，无法回购；请去掉 --redeem",
        ),
        "simulate.not-compiled": (
            "the plan {plan} cannot run in the compiled order loop: {reason}; take --path auto or interpreted",
            "方案 {plan} 无法用编译循环运行：{reason}；请用 --path auto 或 interpreted",
        ),
        "simulate.close-refused": (
            "{day} cannot be closed: {reason}",
            "{day} 无法日结：{reason}",
        ),
        "simulate.reason.asked": ("it was asked for", "按要求"),
        "simulate.reason.closes": (
            "rules, ladders or terms of the plan have their effect at day closes",
            "方案的规则、等级或期限在日结时生效",
        ),
        "simulate.reason.caps": ("the plan has caps, budgets or measures", "方案有上限、预算或统计量"),
        "simulate.reason.applies": (
            "applies_to or dated parameters choose by order or day",
            "applies_to 或分期参数按订单或日期变化",
        ),
        "simulate.reason.priced": (
            "the plan has no priced asset, or several",
            "方案没有增值资产，或有多个",
        ),
        "simulate.reason.trees": (
            "members take places in further trees, or join under rules of their own",
            "会员在其他树中有位置，或入会时触发规则",
        ),
        "simulate.reason.rule": (
            "rule {rule} does what the loop does not know",
            "规则 {rule} 的作用不在编译循环支持范围内",
        ),
        "simulate.reason.numbers": (
            "its numbers do not fit 64 bits",
            "其数值超出 64 位",
        ),
        "simulate.reason.overflow": (
            "from {day} on its numbers do not fit 64 bits",
            "自 {day} 起其数值超出 64 位",
        ),
    }
)
