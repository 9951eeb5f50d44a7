"""What the checks of the rewards catalogue say, in English and Chinese."""

from __future__ import annotations

from rewards.messages import register

register(
    {
        "plan.reward-price-plain": (
            "{name} cannot be the price of a reward, because it is a currency or has a price of its own; name a plain "
            "asset, and let members convert to it",
            "{name} 是货币或带有单价的资产，不能作为奖品价格；请使用普通资产，让会员先兑换",
        ),
        "plan.reward-price-zero": (
            "a price of no {asset} is none; write price: free for a gift, or a number of more than zero",
            "{asset} 为零等于不收取；赠品请写 price: free，否则请写大于零的数字",
        ),
        "plan.reward-gives-plain": (
            "{name} cannot be given by a reward, because it is a currency or has a price of its own; name a plain "
            "asset",
            "{name} 是货币或带有单价的资产，不能由奖品发放；请使用普通资产",
        ),
        "plan.reward-gives-zero": (
            "no {asset} is nothing to give; write a number of more than zero, or leave it out",
            "发放零 {asset} 没有意义；请写大于零的数字，或不写此项",
        ),
        "plan.reward-free-unlimited": (
            "{name} is free, and everybody may have it again and again; write how many a member may have, such as "
            "per_member: {{most: 1, over: year}}, or a stock",
            "{name} 免费且没有限制，任何人都可反复领取；请写每人上限，例如 per_member: {{most: 1, over: year}}，或库存",
        ),
        "plan.reward-dates": (
            "the last day {last} comes before the first day {first}; exchange the two",
            "最后一天 {last} 早于第一天 {first}；请对调",
        ),
        "plan.reward-codes-are-stock": (
            "the codes that are loaded are the stock of {name}; remove stock, or codes",
            "{name} 的库存就是已导入的券码；请删除 stock 或 codes",
        ),
        "plan.reward-limit-unreachable": (
            "there are {stock} of {name}, so nobody can ever have {most}; remove per_member, or lower its most",
            "{name} 只有 {stock} 件，任何人都不可能拥有 {most} 件；请删除 per_member 或减小 most",
        ),
        "plan.reward-window-past": (
            "what members claim now does not count in a window that is over; write for example over: month",
            "会员当前的兑换不计入已经结束的时间窗口；请写例如 over: month",
        ),
        "plan.reward-never-held": (
            "{name} costs {asset}, but no rule ever gives members any; write one that does",
            "{name} 需要 {asset}，但没有任何规则给会员 {asset}；请写一条这样的规则",
        ),
    }
)
