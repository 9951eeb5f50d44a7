"""The help of every command and option, in English and Chinese.

`help.NAME` is the line in the list of commands, `help.NAME.more` what follows it in the command's own help,
`help.NAME.example` how it is used; `help.option.NAME` is an option.
"""

from rewards.messages import register

register(
    {
        "help.exit-codes": (
            "0    done\n1    something was found or refused\n2    wrong usage\n"
            "3    the database cannot be used\n130  interrupted",
            "0    完成\n1    发现问题或被拒绝\n2    用法错误\n3    数据库不可用\n130  被中断",
        ),
        "help.rewards": (
            "Reward schemes as rule files, on a ledger that adds up.",
            "以规则文件描述奖励方案，账目分毫不差。",
        ),
        "help.rewards.more": (
            "Every command explains itself: rewards COMMAND --help",
            "每个命令都有说明：rewards 命令 --help",
        ),
        "help.rewards.example": (
            "rewards init\nrewards activate rules/locked-points.yaml --from 2026-01-01\n"
            "rewards import orders.csv --create-members\nrewards close 2026-01-01",
            "rewards init\nrewards activate rules/locked-points.yaml --from 2026-01-01\n"
            "rewards import orders.csv --create-members\nrewards close 2026-01-01",
        ),
        "help.init": (
            "Set up a database, or bring it up to this version.",
            "初始化数据库，或升级到当前版本。",
        ),
        "help.init.more": (
            "What is in it stays. Running it again changes nothing.",
            "已有数据保持不变；重复运行没有影响。",
        ),
        "help.init.example": (
            "rewards init --database sqlite:///shop.db",
            "rewards init --database sqlite:///shop.db",
        ),
        "help.check": ("Check rule files.", "检查规则文件。"),
        "help.check.more": (
            "Says everything that is wrong with each FILE, with line and column and what to write instead.\n"
            "Errors end with exit code 1; warnings do not, unless --strict is given. FILE may be - (standard input).",
            "逐一指出每个文件的问题：行、列及应如何修改。\n"
            "有错误时退出码为 1；警告不影响，除非指定 --strict。FILE 可写 -（标准输入）。",
        ),
        "help.check.example": ("rewards check rules/*.yaml", "rewards check rules/*.yaml"),
        "help.test": ("Run the tests beside rule files.", "运行规则文件旁的测试。"),
        "help.test.more": (
            "PATH is a NAME.test.yaml, the plan NAME.yaml beside it, or a folder that is searched for tests.\n"
            "Without PATH: the folder rules here, else the shipped plans.\n"
            "A failed expectation is shown with its place, and the difference.",
            "PATH 为 NAME.test.yaml 文件、其旁的方案 NAME.yaml，或要搜索的文件夹。不写 PATH 时用当前目录下的 rules，\n"
            "否则用内置方案。未达到的期望会显示位置和差额。",
        ),
        "help.test.example": ("rewards test rules/", "rewards test rules/"),
        "help.activate": (
            "Put a plan in force from a business day on.",
            "使方案自某个业务日起生效。",
        ),
        "help.activate.more": (
            "FILE is checked first; with errors nothing is changed. What was settled under the version before stays\n"
            "as it was. Activating the same file from the same day again changes nothing.",
            "先检查 FILE，有错误则不作任何更改。旧版本下已结算的内容保持不变。\n同一文件自同一日再次启用没有影响。",
        ),
        "help.activate.example": (
            "rewards activate rules/locked-points.yaml --from 2026-01-01",
            "rewards activate rules/locked-points.yaml --from 2026-01-01",
        ),
        "help.import": ("Import orders, or refunds, from a CSV file.", "从 CSV 文件导入订单或退款。"),
        "help.import.more": (
            "The first line names the columns, then one order a line, UTF-8:\n"
            "  id, member, total, paid_at   needed; paid_at is 2026-01-31T12:00:00+08:00\n"
            "  sponsor, phone               of members added with --create-members; put a sponsor's own orders first\n"
            "  points                       paid with points: PLAN/ASSET=QUANTITY, several separated by spaces\n"
            "  attribute.NAME               attributes of the order\n"
            "With --refunds, one refund a line:\n"
            "  id, order, amount, at        needed; an empty amount takes back all that is left of the order\n"
            "A bad line is reported with its number and column, and the rest goes on (exit code 1). What was taken\n"
            "before is counted, not taken again: after an interruption, import the same file once more.",
            "首行为列名，之后每行一个订单，UTF-8 编码：\n"
            "  id, member, total, paid_at   必填；paid_at 写成 2026-01-31T12:00:00+08:00\n"
            "  sponsor, phone               仅用于 --create-members 新增的会员；推荐人自己的订单请排在前面\n"
            "  points                       积分支付部分：方案/资产=数量，多项以空格分隔\n"
            "  attribute.NAME               订单属性\n"
            "使用 --refunds 时每行一笔退款：\n"
            "  id, order, amount, at        必填；amount 留空则退还该订单剩余的全部金额\n"
            "有问题的行会报告行号和列名，其余照常导入（退出码 1）。此前已导入的内容只计数，\n"
            "不会重复导入：中断后再次导入同一文件即可。",
        ),
        "help.import.example": (
            "rewards import orders.csv --create-members --rejected bad.csv\nrewards import refunds.csv --refunds",
            "rewards import orders.csv --create-members --rejected bad.csv\nrewards import refunds.csv --refunds",
        ),
        "help.close": ("Close a business day, or several.", "日结一个或多个业务日。"),
        "help.close.more": (
            "A day is closed once for each plan, all or nothing; closing it again shows what was done.\n"
            "Days are closed in order.",
            "每个方案的每一天只日结一次，全部完成或全部不做；再次日结只显示已完成的结果。\n须按日期顺序日结。",
        ),
        "help.close.example": (
            "rewards close 2026-01-01 --through 2026-01-31",
            "rewards close 2026-01-01 --through 2026-01-31",
        ),
        "help.declare": ("Declare a parameter of a plan for a period.", "为某个周期声明方案的参数。"),
        "help.declare.more": (
            "PERIOD is 2026, 2026-Q3, 2026-11, 2026-W47 or a day, as the plan declares the parameter for; VALUE is\n"
            "written as in the plan. Rules that wait for it run at the next close. A period is declared once.",
            "PERIOD 为 2026、2026-Q3、2026-11、2026-W47 或日期，与方案中参数的周期一致；VALUE 的写法与方案相同。\n"
            "等待它的规则在下一次日结时执行。每个周期只声明一次。",
        ),
        "help.declare.example": (
            "rewards declare cooperative-dividend dividend 2026 3%",
            "rewards declare cooperative-dividend dividend 2026 3%",
        ),
        "help.codes": ("Load voucher codes of a reward.", "导入奖品的券码。"),
        "help.codes.more": (
            "FILE has one code a line, or is - (standard input). Codes are given out in this order, each once.\n"
            "A code that is there already is refused with its line, and none is then loaded.",
            "FILE 每行一个券码，或写 -（标准输入）。券码按此顺序发放，每个只发一次。\n"
            "遇到重复的券码会指出所在行，且不导入任何券码。",
        ),
        "help.codes.example": (
            "rewards codes gift-shop coupon codes.txt",
            "rewards codes gift-shop coupon codes.txt",
        ),
        "help.tag": ("Give a member a tag that a plan declares.", "授予会员方案中声明的标签。"),
        "help.tag.more": (
            "Without --from it begins today, without --through it has no end. Given again, its days are replaced.",
            "不写 --from 即自今日起，不写 --through 即无期限。再次授予会替换原有的日期。",
        ),
        "help.tag.example": (
            "rewards tag ann executive --from 2026-01-01 --through 2026-12-31",
            "rewards tag ann executive --from 2026-01-01 --through 2026-12-31",
        ),
        "help.balance": ("Show what a member has.", "查看会员余额。"),
        "help.balance.more": (
            "Balances under every plan, and the levels held. With --as-of the balances of a past business day.",
            "各方案下的余额以及所持等级。使用 --as-of 可查看过去某个营业日的余额。",
        ),
        "help.option.as-of": (
            "balances at the close of this business day",
            "该营业日日结时的余额",
        ),
        "help.balance.example": ("rewards balance ann --format json", "rewards balance ann --format json"),
        "help.statement": ("Show a member's transfers, the newest first.", "查看会员的转账明细，最新在前。"),
        "help.statement.more": (
            "Each line names its transfer, which rewards explain takes.",
            "每行都有转账编号，可用 rewards explain 查看原因。",
        ),
        "help.statement.example": ("rewards statement ann --limit 50", "rewards statement ann --limit 50"),
        "help.explain": ("Explain a transfer, or an event by its number.", "解释一笔转账，或按序号解释一个事件。"),
        "help.explain.more": (
            "A transfer: its event, the plan's version, the rule as it stands in the file, and how the amount came "
            "about.\n"
            "An event: what each rule moved, in all or for one member, and what caps have cut off.",
            "转账：其事件、方案版本、规则原文以及金额的由来。\n事件：各规则的合计数量或某位会员的数量，以及被上限截去的数量。",
        ),
        "help.option.explain-member": (
            "of an event, this member's part alone",
            "仅显示该会员在事件中的部分",
        ),
        "help.explain.example": ("rewards explain 12-3-1", "rewards explain 12-3-1"),
        "help.verify": ("Check that the books keep every promise.", "核对账目的全部承诺。"),
        "help.verify.more": (
            "Only reads. Ends with exit code 1 when a promise is broken, and shows where.",
            "只读。有承诺不成立时退出码为 1，并指出位置。",
        ),
        "help.option.no-replay": (
            "leave out promise 8, whose check takes every event again",
            "跳过第 8 项承诺（其检查会重放全部事件）",
        ),
        "help.option.chain": (
            "check the chain of seals alone, and name the first row that is not as it was sealed",
            "仅检查哈希链，并指出第一个与封存时不同的行",
        ),
        "help.option.anchor": (
            "an end of the chain that was noted before, as rewards seal prints it",
            "先前记下的哈希链末端，即 rewards seal 显示的内容",
        ),
        "help.verify.example": ("rewards verify --format json", "rewards verify --format json"),
        "help.replay": ("Rebuild the books from their events and compare.", "用事件重建账目并比对。"),
        "help.replay.more": (
            "Takes every event again, under the versions in force, into a throw-away database. Only reads what is\n"
            "stored. Ends with exit code 1 when anything differs, and names it.",
            "按当时生效的版本把全部事件重放到临时数据库。对已存储的数据只读。\n有任何不同时退出码为 1，并逐项列出。",
        ),
        "help.option.replay-plan": ("compare only what belongs to this plan", "仅比对属于该方案的数据"),
        "help.replay.example": ("rewards replay --plan locked-points", "rewards replay --plan locked-points"),
        "help.seal": ("Seal events and their effects.", "封存事件及其效果。"),
        "help.seal.more": (
            "Each event's hash covers the event, all its effects and the hash before. Closes seal too. Keep what is\n"
            "printed where nobody can change it: rewards verify --chain --anchor EVENT:HASH compares.",
            "每个事件的哈希涵盖该事件、其全部效果以及前一个哈希。日结时也会封存。请把显示的内容保存到他人无法更改之处：\n"
            "可用 rewards verify --chain --anchor EVENT:HASH 比对。",
        ),
        "help.seal.example": ("rewards seal --format json", "rewards seal --format json"),
        "help.key": ("Keys of the HTTP interface.", "HTTP 接口的密钥。"),
        "help.key.more": ("A key stands for a role.", "每个密钥对应一个角色。"),
        "help.key.example": (
            "rewards key create --role client --label shop",
            "rewards key create --role client --label shop",
        ),
        "help.key.create": ("Make a key for the HTTP interface.", "创建 HTTP 接口的密钥。"),
        "help.key.create.more": (
            "The key alone goes to standard output, this once; only its hash is stored.\n"
            "operator: everything   client: submits and reads   auditor: reads   member: one member's own data",
            "密钥单独输出到标准输出，仅此一次；系统只保存其哈希。\n"
            "operator：全部   client：提交和读取   auditor：只读   member：单个会员自己的数据",
        ),
        "help.key.create.example": (
            "KEY=$(rewards key create --role client --label shop)",
            "KEY=$(rewards key create --role client --label shop)",
        ),
        "help.serve": ("Serve the HTTP interface.", "启动 HTTP 接口服务。"),
        "help.serve.more": (
            "Its documentation is at /v1/docs. Stop it with Ctrl-C or SIGTERM: requests under way are answered first.\n"
            "Options overrule the environment; rewards config shows every setting.",
            "接口文档位于 /v1/docs。按 Ctrl-C 或发送 SIGTERM 停止：进行中的请求会先得到应答。\n"
            "选项优先于环境变量；rewards config 列出全部设置。",
        ),
        "help.serve.example": (
            "rewards serve --host 0.0.0.0 --port 8080",
            "rewards serve --host 0.0.0.0 --port 8080",
        ),
        "help.config": ("Show every setting of the environment.", "列出环境变量中的全部设置。"),
        "help.config.more": (
            "What is wrong with them is told in one go, by the name of the variable. Passwords are not shown.",
            "如有错误，按变量名一次全部列出。不显示密码。",
        ),
        "help.config.example": ("REWARDS_WORKERS=4 rewards config", "REWARDS_WORKERS=4 rewards config"),
        "help.demo": ("Show the whole platform on a database of its own.", "用独立数据库演示整个平台。"),
        "help.demo.more": (
            "Makes rewards-demo.db anew, activates shipped plans, imports orders, closes their days, shows what\n"
            "members got, checks every promise, and serves the result with its documentation at /v1/docs.\n"
            "Without --cdnow the orders are those of a small invented shop.",
            "重新建立 rewards-demo.db，启用内置方案，导入订单，逐日结算，显示会员所得，\n"
            "核对全部承诺，然后启动服务（文档位于 /v1/docs）。不指定 --cdnow 时使用虚构的小商店的订单。",
        ),
        "help.demo.example": (
            "rewards demo --cdnow Lifetimes-0.11.3-py3-none-any.whl --no-serve",
            "rewards demo --cdnow Lifetimes-0.11.3-py3-none-any.whl --no-serve",
        ),
    }
)

register(
    {
        f"help.option.{name}": texts
        for name, texts in {
            "language": (
                "Language of texts (default: REWARDS_LANGUAGE, LC_ALL, LANG).",
                "文字的语言（默认取 REWARDS_LANGUAGE、LC_ALL、LANG）。",
            ),
            "format": ("How results are printed.", "结果的输出格式。"),
            "database": (
                "The database (default: REWARDS_DATABASE_URL, else sqlite:///rewards.db).",
                "数据库（默认取 REWARDS_DATABASE_URL，否则为 sqlite:///rewards.db）。",
            ),
            "demo-database": (
                "An empty database (default: rewards-demo.db in this folder, made anew).",
                "空数据库（默认为当前目录下的 rewards-demo.db，重新建立）。",
            ),
            "demo-plan": ("A shipped plan to show; may be repeated.", "要演示的内置方案；可多次指定。"),
            "only-plan": ("Only this plan (default: all).", "仅此方案（默认全部）。"),
            "strict": ("Warnings count as errors.", "警告视同错误。"),
            "from_day": ("The first business day, such as 2026-01-31.", "首个业务日，例如 2026-01-31。"),
            "refunds": ("The file has refunds.", "文件内容为退款。"),
            "create_members": ("Add members who are not there yet.", "自动添加尚不存在的会员。"),
            "multiply": ("Multiply all amounts by this whole number.", "将所有金额乘以该整数。"),
            "timezone": (
                "Of times without an offset, such as Asia/Shanghai.",
                "无时区偏移的时间所属时区，例如 Asia/Shanghai。",
            ),
            "rejected": (
                "Write rejected lines to this file, to be corrected and imported.",
                "将被拒绝的行写入该文件，修正后可再导入。",
            ),
            "through": ("Close every day up to and including this one.", "日结到该日为止（含该日）。"),
            "approve": (
                "A cap that would stop the close and may be exceeded this time; may be repeated.",
                "本次允许超出、否则会中止日结的上限；可多次指定。",
            ),
            "engine": (
                "Where the close is worked out: in this process, or on a Dask cluster.",
                "日结在何处计算：本进程，或 Dask 集群。",
            ),
            "scheduler": (
                "The address of the cluster's scheduler, such as tcp://127.0.0.1:8786; with --engine dask.",
                "集群调度器的地址，如 tcp://127.0.0.1:8786；与 --engine dask 一起使用。",
            ),
            "snapshot": (
                "A folder that this machine and all workers see, for the columns of the close; with --engine dask.",
                "本机与所有工作进程都能访问的目录，存放日结的列数据；与 --engine dask 一起使用。",
            ),
            "tag-from": ("The first day it is carried (default: today).", "持有标签的首日（默认今日）。"),
            "tag-through": ("The last day it is carried (default: no end).", "持有标签的末日（默认无期限）。"),
            "limit": ("At most so many.", "最多条数。"),
            "before": ("Go on where the page before ended.", "从上一页结束处继续。"),
            "role": ("What the key may do.", "密钥的权限。"),
            "label": ("What the key is for.", "密钥的用途。"),
            "key-member": ("Whose key it is, with the role member.", "角色为 member 时所属的会员。"),
            "host": (
                "The address to listen on (default: REWARDS_LISTEN_HOST, else 127.0.0.1).",
                "监听地址（默认取 REWARDS_LISTEN_HOST，否则为 127.0.0.1）。",
            ),
            "port": (
                "The port to listen on (default: REWARDS_LISTEN_PORT, else 8000).",
                "监听端口（默认取 REWARDS_LISTEN_PORT，否则为 8000）。",
            ),
            "workers": (
                "How many processes (default: REWARDS_WORKERS, else 2).",
                "进程数（默认取 REWARDS_WORKERS，否则为 2）。",
            ),
            "threads": (
                "How many threads each (default: REWARDS_THREADS, else 4).",
                "每个进程的线程数（默认取 REWARDS_THREADS，否则为 4）。",
            ),
            "wheel": (
                "The wheel of the package lifetimes, which holds the CDNOW orders.",
                "lifetimes 软件包的 wheel，其中含有 CDNOW 订单。",
            ),
            "no_serve": ("Stop before serving.", "不启动服务。"),
        }.items()
    }
)
