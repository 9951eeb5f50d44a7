"""What the commands print, in English and Chinese. Their help is in `help_texts`."""

from rewards.messages import register

register(
    {
        "cli.error": ("error", "错误"),
        "cli.bad-day": (
            '"{text}" is not a day; write it as 2026-01-31',
            "“{text}”不是日期；请写成 2026-01-31 的形式",
        ),
        "cli.bad-timezone": (
            'there is no time zone "{text}"; write one such as Asia/Shanghai',
            "没有时区“{text}”；请写成例如 Asia/Shanghai",
        ),
        "cli.bad-database": (
            "the database URL cannot be used ({reason}); write it as sqlite:///rewards.db or postgresql://user@host/name",
            "数据库地址无法使用（{reason}）；请写成 sqlite:///rewards.db 或 postgresql://user@host/name",
        ),
        "cli.init.done": ("the database {database} is set up", "数据库 {database} 已就绪"),
        "cli.check.done": (
            "{files} files checked: {errors} errors, {warnings} warnings",
            "已检查 {files} 个文件：{errors} 处错误，{warnings} 处警告",
        ),
        "cli.activate.done": (
            "plan {plan}: version {version} applies from {day}",
            "方案 {plan}：版本 {version} 自 {day} 起生效",
        ),
        "cli.close.backwards": (
            "--through {through} is before {day}; write the last day to close after the first",
            "--through {through} 早于 {day}；请先写首日，再写末日",
        ),
        "cli.close.progress": ("{plan} {day}", "{plan} {day}"),
        "cli.close.done": (
            "plan {plan}: {day} is closed, {transfers} transfers",
            "方案 {plan}：{day} 已日结，共 {transfers} 笔转账",
        ),
        "cli.close.repeated": (
            "plan {plan}: {day} was closed already, with {transfers} transfers",
            "方案 {plan}：{day} 此前已日结，共 {transfers} 笔转账",
        ),
        "cli.close.stopped": (
            "stopped; the days closed so far stay closed. Run the same command again to go on",
            "已中断；已完成的日结保持有效。再次运行同一命令即可继续",
        ),
        "cli.close.waiting": (
            "rule {rule} waits; declare its parameter: rewards declare {plan} {parameter} {period} VALUE",
            "规则 {rule} 等待中；请声明其参数：rewards declare {plan} {parameter} {period} 值",
        ),
        "cli.codes.done": (
            "plan {plan}: {added} codes of {reward} loaded, {left} wait to be given out",
            "方案 {plan}：已导入 {reward} 的券码 {added} 个，待发放 {left} 个",
        ),
        "cli.codes.line": ("{file}, line {line}: {reason}", "{file} 第 {line} 行：{reason}"),
        "cli.codes.not-text": (
            "{file}, line {line}: this is no text in UTF-8; save the file as UTF-8",
            "{file} 第 {line} 行：不是 UTF-8 文本；请将文件保存为 UTF-8",
        ),
        "cli.declare.done": (
            "plan {plan}: {parameter} is {value} for {period}",
            "方案 {plan}：{period} 的 {parameter} 为 {value}",
        ),
        "cli.declare.repeated": (
            "plan {plan}: {parameter} was declared to be {value} for {period} already",
            "方案 {plan}：{period} 的 {parameter} 此前已声明为 {value}",
        ),
        "cli.tag.done": (
            "member {member} carries {tag}, from {since} until {until}",
            "会员 {member} 持有标签 {tag}：自 {since} 至 {until}",
        ),
        "cli.tag.repeated": (
            "member {member} carried {tag} already, from {since} until {until}",
            "会员 {member} 此前已持有标签 {tag}：自 {since} 至 {until}",
        ),
        "cli.no-end": ("for ever", "无期限"),
        "cli.balance.member": ("member {member}, sponsor {sponsor}", "会员 {member}，推荐人 {sponsor}"),
        "cli.statement.more": (
            "there is more: rewards statement {member} --before {cursor}",
            "还有更早的记录：rewards statement {member} --before {cursor}",
        ),
        "cli.explain.transfer": (
            "transfer {id}: {quantity} {asset} from {source} ({source_part}) to {target} ({target_part})",
            "转账 {id}：{quantity} {asset}，由 {source}（{source_part}）到 {target}（{target_part}）",
        ),
        "cli.explain.event": (
            "because of the {kind} {event}, booked on {day}",
            "起因：{kind} {event}，记账日 {day}",
        ),
        "cli.explain.rule": (
            "by the rule {rule} of plan {plan}, version {version}, line {line}:",
            "依据：方案 {plan} 版本 {version} 第 {line} 行的规则 {rule}：",
        ),
        "cli.verify.kept": ("✓ {promise}. {title}", "✓ {promise}. {title}"),
        "cli.verify.broken": ("✗ {promise}. {title}", "✗ {promise}. {title}"),
        "cli.verify.done": ("{kept} promises kept, {broken} broken", "{kept} 项承诺成立，{broken} 项不成立"),
        "cli.key.done": (
            "a key with the role {role}; it is shown this once and cannot be had again",
            "角色为 {role} 的密钥；仅显示这一次，之后无法再查看",
        ),
        "cli.serve.address": ("serving; documentation at {address}", "服务已启动；文档地址 {address}"),
        "cli.serve.no-gunicorn": (
            "gunicorn does not run on this system; serve wsgi:app with another WSGI server",
            "本系统无法运行 gunicorn；请用其他 WSGI 服务器运行 wsgi:app",
        ),
    }
)

register(
    {
        "cli.import.progress": ("importing orders", "正在导入订单"),
        "cli.import.place": ("line {line}, column {column}", "第 {line} 行，{column} 列"),
        "cli.import.rejected": ("{place}: {reason}", "{place}：{reason}"),
        "cli.import.stopped": (
            "stopped; the orders counted below are taken. Import the same file again to go on",
            "已中断；下列订单已导入。再次导入同一文件即可继续",
        ),
        "cli.import.same-file": (
            "--rejected {file} is the file that is imported; name another one",
            "--rejected {file} 就是要导入的文件；请另指定一个文件",
        ),
        "cli.import.taken": ("taken", "已导入"),
        "cli.import.repeated": ("taken before", "此前已导入"),
        "cli.import.rejected-lines": ("rejected", "被拒绝"),
        "cli.import.members": ("members added", "新增会员"),
        "import.empty": (
            "the file is empty; its first line names the columns: id,member,total,paid_at",
            "文件为空；首行须写列名：id,member,total,paid_at",
        ),
        "import.unknown-column": (
            'there is no column "{column}"; write {wanted}',
            "没有名为“{column}”的列；请写 {wanted}",
        ),
        "import.column-twice": (
            'the column "{column}" is there twice; leave one out',
            "列“{column}”出现两次；请删去一个",
        ),
        "import.missing-column": (
            "the first line does not name these columns: {columns}; add them",
            "首行缺少这些列：{columns}；请补上",
        ),
        "import.cells": (
            "the line has {found} cells and the first line {wanted}; put cells with commas in quotation marks",
            "该行有 {found} 个单元格，首行有 {wanted} 个；含逗号的单元格请加引号",
        ),
        "import.missing-value": ("{column} is empty; fill it in", "{column} 为空；请填写"),
        "import.bad-moment": (
            '"{text}" is not a moment; write it as 2026-01-31T12:00:00+08:00',
            "“{text}”不是时间；请写成 2026-01-31T12:00:00+08:00 的形式",
        ),
        "import.no-offset": (
            "{text} has no offset from UTC; write it as 2026-01-31T12:00:00+08:00, or give --timezone Asia/Shanghai",
            "{text} 没有时区偏移；请写成 2026-01-31T12:00:00+08:00，或指定 --timezone Asia/Shanghai",
        ),
        "import.bad-points": (
            '"{text}" does not say what is paid with points; write PLAN/ASSET=QUANTITY, several separated by spaces',
            "“{text}”未写明用什么积分支付；请写成 方案/资产=数量，多项以空格分隔",
        ),
        "import.long-line": (
            "the line is longer than {most} bytes; it cannot be an order",
            "该行超过 {most} 字节，不可能是订单",
        ),
        "import.not-utf8": (
            "the line is not UTF-8; save the file as UTF-8",
            "该行不是 UTF-8；请将文件存为 UTF-8",
        ),
        "import.bad-csv": (
            "the line is not CSV ({reason}); close the quotation marks, and write one order a line",
            "该行不是有效的 CSV（{reason}）；请检查引号，并保证每行一个订单",
        ),
        "cdnow.not-a-wheel": (
            "{file} cannot be opened as a wheel ({reason}); download it with: pip download --no-deps lifetimes",
            "{file} 无法作为 wheel 打开（{reason}）；请用 pip download --no-deps lifetimes 下载",
        ),
        "cdnow.no-orders": (
            "{file} does not contain {wanted}; download the wheel with: pip download --no-deps lifetimes",
            "{file} 中没有 {wanted}；请用 pip download --no-deps lifetimes 下载",
        ),
    }
)

register(
    {
        "cli.demo.unknown-plan": (
            'there is no shipped plan "{plan}"; there are: {known}',
            "没有名为“{plan}”的内置方案；可用：{known}",
        ),
        "cli.demo.not-empty": (
            "the database is in use, and the demonstration needs an empty one; name another, or leave --database out",
            "该数据库已在使用，而演示需要空数据库；请另指定一个，或不写 --database",
        ),
        "cli.demo.members": ("{count} members joined ({seconds} s)", "{count} 名会员加入（{seconds} 秒）"),
        "cli.demo.importing": ("{done} of {count} orders", "{done}/{count} 个订单"),
        "cli.demo.imported": (
            "{count} orders taken, {total} in all ({seconds} s)",
            "已导入 {count} 个订单，总额 {total}（{seconds} 秒）",
        ),
        "cli.demo.closed": (
            "{days} days closed, {first} to {last} ({seconds} s)",
            "已日结 {days} 天，{first} 至 {last}（{seconds} 秒）",
        ),
        "cli.demo.verified": ("the books are checked ({seconds} s)", "账目已核对（{seconds} 秒）"),
        "cli.demo.member": (
            "member {member}: sponsored {direct}, {downline} in the downline, levels {levels}",
            "会员 {member}：直接推荐 {direct} 人，下级共 {downline} 人，等级 {levels}",
        ),
        "cli.demo.price": (
            "plan {plan}: one {asset} is worth {price} (exactly {numerator}/{denominator})",
            "方案 {plan}：每单位 {asset} 价值 {price}（精确值 {numerator}/{denominator}）",
        ),
        "cli.demo.key": (
            "an operator's key: {key} (database {database}); try it:",
            "运营密钥：{key}（数据库 {database}）；试一试：",
        ),
        "cli.demo.serve-later": (
            "serve it with: rewards serve --database {database}",
            "启动服务：rewards serve --database {database}",
        ),
    }
)

register(
    {
        f"cli.heading.{name}": texts
        for name, texts in {
            "example": ("Example", "示例"),
            "exit": ("Exit codes", "退出码"),
            "orders": ("orders", "订单"),
            "count": ("count", "数量"),
            "total": ("total", "总额"),
            "plan": ("plan", "方案"),
            "day": ("day", "日期"),
            "transfers": ("transfers", "转账数"),
            "rule": ("rule", "规则"),
            "asset": ("asset", "资产"),
            "quantity": ("quantity", "数量"),
            "available": ("available", "可用"),
            "locked": ("locked", "锁定"),
            "debt": ("debt", "欠款"),
            "value": ("value", "价值"),
            "ladder": ("ladder", "等级表"),
            "level": ("level", "等级"),
            "since": ("since", "自"),
            "until": ("until", "至"),
            "transfer": ("transfer", "转账"),
            "event": ("event", "事件"),
            "compartment": ("compartment", "账户"),
            "change": ("change", "变动"),
            "counterpart": ("counterpart", "对方"),
            "cash": ("cash", "现金"),
            "points": ("points", "积分"),
            "pool": ("pool", "资金池"),
            "balance": ("balance", "余额"),
            "paid-in": ("paid in", "流入"),
            "paid-out": ("paid out", "流出"),
        }.items()
    }
)
