"""What the use cases of the rewards catalogue say, in English and Chinese."""

from __future__ import annotations

from rewards.messages import register

register(
    {
        "reward.unknown-suggest": (
            "there is no reward {reward}; did you mean {meant}?",
            "没有奖品 {reward}；是否想写 {meant}？",
        ),
        "reward.which-plan": (
            "several plans have a reward {reward}; name one of: {known}",
            "多个方案都有奖品 {reward}；请指明其中之一：{known}",
        ),
        "reward.bad-count": (
            "a claim is of 1 to {most} pieces; write a number of these",
            "一次可兑换 1 至 {most} 件；请写此范围内的数",
        ),
        "reward.no-codes": (
            "{reward} has no voucher codes; load them for a reward with codes: true",
            "{reward} 没有券码；请为带 codes: true 的奖品导入",
        ),
        "reward.bad-code": (
            "a voucher code has 1 to {most} visible characters without spaces; correct it",
            "券码须为 1 至 {most} 个不含空格的可见字符；请更正",
        ),
        "reward.code-twice": (
            "this code of {reward} was loaded before, or is in the list twice; leave it out",
            "{reward} 的此券码已经导入，或在列表中重复；请去掉",
        ),
        "reward.codes-count": (
            "load 1 to {most} codes at a time; send them in parts",
            "每次可导入 1 至 {most} 个券码；请分批",
        ),
    }
)
