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
            "files checked: {files}; errors: {errors}; warnings: {warnings}",
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
        "cli.close.engine": (
            "--engine dask and --scheduler ADDRESS go together, and --snapshot only with them",
            "--engine dask 与 --scheduler 地址 必须同时给出，--snapshot 只能与它们一起使用",
        ),
        "cli.close.progress": ("{plan} {day}", "{plan} {day}"),
        "cli.close.rate": ("last stage {rate} rows/s", "上一阶段 {rate} 行/秒"),
        "cli.close.left": ("about {time} left", "约剩 {time}"),
        "cli.close.sealing": ("sealing what is on record", "封存记录"),
        "cli.close.reading.members": ("reading members", "读取会员"),
        "cli.close.reading.balances": ("reading balances: {of}", "读取余额：{of}"),
        "cli.close.reading.totals": ("reading totals of sales", "读取销售累计"),
        "cli.close.reading.refunds": ("reading refunds", "读取退货"),
        "cli.close.reading.later-days": ("reading later days", "读取之后各日的变动"),
        "cli.close.reading.lots": ("reading lots", "读取批次"),
        "cli.close.reading.levels": ("reading levels: {of}", "读取等级：{of}"),
        "cli.close.reading.tags": ("reading tags: {of}", "读取标签：{of}"),
        "cli.close.reading.trees": ("reading trees", "读取关系树"),
        "cli.close.reading.people": ("reading days of birth and joining", "读取生日与加入日"),
        "cli.close.working-out.day": ("beginning the day", "开始当日计算"),
        "cli.close.working-out.rule": ("working out rule {of}", "计算规则 {of}"),
        "cli.close.working-out.rules": ("working out all rules", "计算全部规则"),
        "cli.close.working-out.end": ("ending the day", "结束当日计算"),
        "cli.close.writing.transfers": ("writing transfers", "写入转账"),
        "cli.close.writing.new-lots": ("writing new lots", "写入新批次"),
        "cli.close.writing.levels": ("writing levels", "写入等级"),
        "cli.close.writing.cells": ("writing tallies", "写入统计"),
        "cli.close.writing.notes": ("writing cuts and notices", "写入削减与提醒"),
        "cli.close.writing.tags": ("writing tags", "写入标签"),
        "cli.close.writing.balances": ("writing balances", "写入余额"),
        "cli.close.writing.lots": ("writing what is left of lots", "写入批次余量"),
        "cli.close.writing.commit": ("committing", "提交"),
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
            "member {member} carries {tag}, from {since} {end}",
            "会员 {member} 持有标签 {tag}：自 {since} {end}",
        ),
        "cli.tag.repeated": (
            "member {member} carried {tag} already, from {since} {end}",
            "会员 {member} 此前已持有标签 {tag}：自 {since} {end}",
        ),
        "cli.through": ("through {day}", "至 {day}"),
        "cli.no-end": ("for ever", "起，无期限"),
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
        "cli.explain.whole": ("event {sequence}: {kind} {id}", "事件 {sequence}：{kind} {id}"),
        "cli.explain.plan": (
            "plan {plan}, version {version}, booked on {day}:",
            "方案 {plan}，版本 {version}，记账日 {day}：",
        ),
        "cli.explain.member-of-transfer": (
            "--member goes with an event, and {transfer} is a transfer; name the event by its number, such as 12",
            "--member 只用于事件，而 {transfer} 是转账；请写事件序号，例如 12",
        ),
        "cli.verify.kept": ("✓ {promise}. {title}", "✓ {promise}. {title}"),
        "cli.verify.broken": ("✗ {promise}. {title}", "✗ {promise}. {title}"),
        "cli.bad-anchor": (
            '"{text}" is no end of a chain; write the event and the hash that rewards seal has printed, EVENT:HASH',
            "“{text}”不是哈希链的末端；请写成 rewards seal 所显示的 EVENT:HASH",
        ),
        "cli.verify.anchor-alone": (
            "--anchor goes with --chain; write: rewards verify --chain --anchor EVENT:HASH",
            "--anchor 须与 --chain 一起使用；请写：rewards verify --chain --anchor EVENT:HASH",
        ),
        "cli.chain.whole": (
            "every event up to {event} and all its effects are as they were sealed; the chain ends at {event}:{hash}",
            "截至 {event} 的每个事件及其全部效果均与封存时相同；哈希链末端为 {event}:{hash}",
        ),
        "cli.chain.unsealed": (
            "{count} later events are not sealed yet; write: rewards seal",
            "其后有 {count} 个事件尚未封存；请运行：rewards seal",
        ),
        "cli.seal.done": (
            "{sealed} events sealed; the chain ends at {event}:{hash}",
            "已封存 {sealed} 个事件；哈希链末端为 {event}:{hash}",
        ),
        "cli.audit.progress": ("events", "事件"),
        "cli.replay.same": (
            "the events rebuild every balance, lot and price exactly as stored",
            "重放事件得到的每项余额、批次和价格均与存储完全一致",
        ),
        "cli.replay.differs": (
            "differences between what is stored and what the events rebuild: {count}",
            "存储与重放结果不同之处：{count}",
        ),
        "cli.balance.as-of": (
            "at the close of {day} (what is booked up to it, while it is not closed)",
            "截至 {day} 日结（未日结时为截至该日已记账的数额）",
        ),
        "cli.verify.done": ("{kept} promises kept, {broken} broken", "{kept} 项承诺成立，{broken} 项不成立"),
        "cli.key.done": (
            "a key with the role {role}; it is shown this once and cannot be had again",
            "角色为 {role} 的密钥；仅显示这一次，之后无法再查看",
        ),
        "cli.config.default": ("default", "默认"),
        "cli.config.environment": ("environment", "环境变量"),
        "cli.serve.address": ("serving; documentation at {address}", "服务已启动；文档地址 {address}"),
        "cli.serve.no-gunicorn": (
            "gunicorn does not run on this system; serve wsgi:app with another WSGI server",
            "本系统无法运行 gunicorn；请用其他 WSGI 服务器运行 wsgi:app",
        ),
    }
)

register(
    {
        "cli.import.progress.orders": ("importing orders", "正在导入订单"),
        "cli.import.progress.refunds": ("importing refunds", "正在导入退款"),
        "cli.import.place": ("line {line}, column {column}", "第 {line} 行，{column} 列"),
        "cli.import.rejected": ("{place}: {reason}", "{place}：{reason}"),
        "cli.import.stopped": (
            "stopped; what is counted below is taken. Import the same file again to go on",
            "已中断；下列内容已导入。再次导入同一文件即可继续",
        ),
        "cli.import.no-members": (
            "refunds add no members; leave --create-members out",
            "退款不会新增会员；请去掉 --create-members",
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
            "the file is empty; its first line names the columns: {columns}",
            "文件为空；首行须写列名：{columns}",
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
            "the line is longer than {most} bytes; check what kind of file it is",
            "该行超过 {most} 字节；请检查文件类型",
        ),
        "import.not-utf8": (
            "the line is not UTF-8; save the file as UTF-8",
            "该行不是 UTF-8；请将文件存为 UTF-8",
        ),
        "import.bad-csv": (
            "the line is not CSV ({reason}); close the quotation marks, and let each entry end on its line",
            "该行不是有效的 CSV（{reason}）；请检查引号，每条记录只占一行",
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
            "setting-variable": ("variable", "变量"),
            "setting-value": ("value", "值"),
            "setting-from": ("from", "来源"),
            "setting-title": ("what it is", "说明"),
            "exit": ("Exit codes", "退出码"),
            "orders": ("orders", "订单"),
            "refunds": ("refunds", "退款"),
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
            "through": ("through", "至"),
            "transfer": ("transfer", "转账"),
            "event": ("event", "事件"),
            "compartment": ("compartment", "账户"),
            "change": ("change", "变动"),
            "counterpart": ("counterpart", "对方"),
            "cash": ("cash", "现金"),
            "points": ("points", "积分"),
            "pool": ("pool", "资金池"),
            "balance": ("balance", "余额"),
            "table": ("table", "表"),
            "place": ("where", "位置"),
            "stored": ("stored", "存储"),
            "rebuilt": ("rebuilt", "重建"),
            "paid-in": ("paid in", "流入"),
            "paid-out": ("paid out", "流出"),
        }.items()
    }
)
