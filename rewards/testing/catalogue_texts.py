"""What plan tests say of rewards, in English and Chinese."""

from __future__ import annotations

from rewards.messages import register

register(
    {
        "test.unknown-reward": (
            "the plan has no reward {name}; it has: {known}",
            "方案没有奖品 {name}；已有：{known}",
        ),
        "test.unknown-reward.did-you-mean": (
            "the plan has no reward {name}; did you mean {known}?",
            "方案没有奖品 {name}；是否想写 {known}？",
        ),
        "test.unknown-claim": (
            "no step before claims {name}; there are: {known}",
            "之前没有名为 {name} 的兑换；已有：{known}",
        ),
        "test.unknown-claim.did-you-mean": (
            "no step before claims {name}; did you mean {known}?",
            "之前没有名为 {name} 的兑换；是否想写 {known}？",
        ),
        "test.claim-twice": (
            "there is a claim {name} already; give this claim another id",
            "已有兑换 {name}；请为此兑换使用其他代号",
        ),
        "test.no-codes": (
            "{name} has no voucher codes; write a reward with codes: true",
            "{name} 没有券码；请写带 codes: true 的奖品",
        ),
        "test.no-stock": (
            "there is no end of {name}; write a reward with stock or codes",
            "{name} 数量不限；请写带 stock 或 codes 的奖品",
        ),
    }
)
