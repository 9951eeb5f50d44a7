"""What is said when a reward cannot be had, in English and Chinese."""

from rewards.messages import register

register(
    {
        "reward.unknown": (
            "there is no reward {reward}; there are: {known}",
            "没有奖品 {reward}；已有：{known}",
        ),
        "reward.not-now": (
            "{reward} can be claimed from {first} to {last}; claim it on one of those days",
            "{reward} 可兑换的日期为 {first} 至 {last}；请在此期间兑换",
        ),
        "reward.not-eligible": (
            "{reward} is not for this member as they stand; see the conditions of the reward in the plan",
            "该会员目前不符合 {reward} 的兑换条件；请查看方案中此奖品的条件",
        ),
        "reward.sold-out": (
            "{wanted} of {reward} are wanted and {left} are left; ask for at most that, or choose another reward",
            "需要 {wanted} 件 {reward}，只剩 {left} 件；请减少数量或选择其他奖品",
        ),
        "reward.limit": (
            "a member may have {most} of {reward} in its window, of which {left} are left; ask for at most that",
            "每位会员在期限内最多可兑换 {most} 件 {reward}，还可兑换 {left} 件；请减少数量",
        ),
        "claim.cancelled-already": (
            "claim {claim} was cancelled before; nothing is left to give back",
            "兑换 {claim} 已经取消；没有可退回的内容",
        ),
        "world.unknown-reward": (
            "the plan has no reward {reward}; it has: {known}",
            "方案没有奖品 {reward}；已有：{known}",
        ),
        "world.unknown-claim": (
            "there is no claim {claim}; give the claim an id and name it here",
            "没有兑换 {claim}；请给兑换一个 id 并在此引用",
        ),
        "world.code-twice": (
            "code {voucher} of {reward} is there twice; leave one of them out",
            "{reward} 的券码 {voucher} 重复；请去掉其中一个",
        ),
    }
)
