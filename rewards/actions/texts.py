"""What is said of a rule whose action cannot be carried out, in English and Chinese."""

from rewards.messages import register

register(
    {
        "plan.fund-by-day": (
            "a pool is funded once a day, not once a member: {field} has no single "
            "value; name fields such as day.sales",
            "资金池每天只注入一次，而不是每位会员一次：{field} 没有唯一的值；请使用 day.sales 之类的字段",
        ),
        "plan.exit-twice": (
            "rule {rule} already says when holdings of {asset} exit; keep one exit rule for each asset",
            "规则 {rule} 已规定 {asset} 的出局；每项资产只保留一条出局规则",
        ),
    }
)
