"""What `rewards simulate` says, in English and Chinese."""

from rewards.messages import register

register(
    {
        "help.simulate": (
            "Show what a plan would do to a made-up stream of orders.",
            "用虚拟订单流预演方案的效果。",
        ),
        "help.simulate.more": (
            "Draws members, orders and redemptions from a seed, runs them through the rules of FILE in memory, and\n"
            "shows what comes of it: sales, pools, prices, what is issued, exits, and what members have to claim.\n"
            "Nothing is stored. The same seed and options give the same numbers, to the smallest unit, whichever path\n"
            "runs.",
            "按种子生成会员、订单和回购，在内存中按 FILE 的规则运行，并显示结果：销售额、资金池、价格、发行量、出局\n"
            "以及对会员的负债。不保存任何数据。种子和选项相同则结果分毫不差，与运行路径无关。",
        ),
        "help.simulate.example": (
            "rewards simulate rules/appreciating-token.yaml --orders 100000 --members 5000 --days 365 --redeem 1%",
            "rewards simulate rules/appreciating-token.yaml --orders 100000 --members 5000 --days 365 --redeem 1%",
        ),
        "help.option.simulate-orders": ("How many orders.", "订单数量。"),
        "help.option.simulate-members": ("How many members in the end.", "最终会员人数。"),
        "help.option.simulate-days": ("Over how many days.", "天数。"),
        "help.option.simulate-seed": ("What everything is drawn from.", "随机种子。"),
        "help.option.simulate-from": ("The first business day.", "首个业务日。"),
        "help.option.simulate-first-members": (
            "How many members there are before the first day; the others join evenly.",
            "首日之前已有的会员人数；其余会员在期间内均匀加入。",
        ),
        "help.option.simulate-amount": (
            "What an order is for: 100, or 50..500 for anything between, drawn evenly.",
            "订单金额：100，或 50..500 表示在区间内均匀抽取。",
        ),
        "help.option.simulate-growth": (
            "Orders of the last day as a multiple of those of the first; 3 is three times as many.",
            "末日订单数为首日的倍数；3 表示三倍。",
        ),
        "help.option.simulate-sponsored": ("The share of members another has brought.", "由他人推荐的会员比例。"),
        "help.option.simulate-redeem": (
            "After which share of orders somebody redeems.",
            "每笔订单之后有人回购的概率。",
        ),
        "help.option.simulate-part": ("How much of their holding they redeem.", "每次回购其持有量的比例。"),
        "help.option.simulate-path": (
            "How it runs: compiled needs a plan of the shape the order loop knows; auto decides.",
            "运行方式：compiled 要求方案符合编译循环的形式；auto 自动选择。",
        ),
        "help.option.simulate-by": (
            "A line a day or a month (default: months above 31 days).",
            "按日或按月显示（默认：31 天以内按日）。",
        ),
        "help.option.simulate-csv": ("Also write every day to this file.", "同时将每一天写入此文件。"),
        "cli.simulate.bad-rate": (
            '{option}: "{text}" is not a rate; write 30% or a number such as 2.5',
            "{option}：“{text}”不是比率；请写 30% 或 2.5 之类的数字",
        ),
        "cli.simulate.bad-amount": (
            '--amount: "{text}" is not an amount; write 100, or 50..500 for anything between',
            "--amount：“{text}”不是金额；请写 100，或用 50..500 表示区间",
        ),
        "cli.simulate.no-file": (
            "{file} cannot be written ({reason}); name another one",
            "无法写入 {file}（{reason}）；请另指定一个文件",
        ),
        "cli.simulate.compiled": (
            "plan {plan}: {orders} orders of {members} members over {days} days, seed {seed}; compiled order loop",
            "方案 {plan}：{days} 天内 {members} 名会员的 {orders} 笔订单，种子 {seed}；编译循环",
        ),
        "cli.simulate.interpreted": (
            "plan {plan}: {orders} orders of {members} members over {days} days, seed {seed}; interpreted: {reason}",
            "方案 {plan}：{days} 天内 {members} 名会员的 {orders} 笔订单，种子 {seed}；解释运行：{reason}",
        ),
        "cli.simulate.rounding": (
            "Prices have {places} decimals, half up (exact in JSON and CSV); liabilities are rounded up once.",
            "价格显示 {places} 位小数，四舍五入（JSON 和 CSV 中为精确值）；负债仅向上取整一次。",
        ),
        "cli.simulate.plot": ("{name}, {first} to {last}", "{name}，{first} 至 {last}"),
        "cli.simulate.column.day": ("day", "日期"),
        "cli.simulate.column.members": ("members", "会员"),
        "cli.simulate.column.orders": ("orders", "订单"),
        "cli.simulate.column.sales": ("sales", "销售额"),
        "cli.simulate.column.redemptions": ("redemptions", "回购"),
        "cli.simulate.column.refused": ("refused", "被拒绝"),
        "cli.simulate.column.exits": ("exits", "出局"),
        "cli.simulate.column.paid": ("paid out", "已付"),
        "cli.simulate.column.pool": ("pool {name}", "资金池 {name}"),
        "cli.simulate.column.price": ("price of {name}", "{name} 价格"),
        "cli.simulate.column.circulation": ("{name} in circulation", "{name} 流通量"),
        "cli.simulate.column.issued": ("{name} issued", "{name} 发行量"),
        "cli.simulate.column.held": ("{name} held", "{name} 持有量"),
        "cli.simulate.column.locked": ("{name} locked", "{name} 锁定量"),
        "cli.simulate.column.liabilities": ("liabilities", "负债"),
    }
)
