"""What the use cases say when they refuse, in English and Chinese."""

from rewards.messages import register

TEXTS: dict[str, tuple[str, str]] = {
    "member.unknown": ('there is no member "{id}"; add the member first', "没有会员“{id}”；请先添加该会员"),
    "member.bad-phone": (
        '"{phone}" is not a phone number; write it with its country code, such as +86 138 0013 8000',
        "“{phone}”不是有效的手机号；请写完整号码，例如 +86 138 0013 8000",
    ),
    "member.bad-id": (
        "an id is 1 to 64 letters, digits and . _ : - signs; choose such an id",
        "编号须为 1 至 64 个字母、数字或 . _ : - 符号；请改用这样的编号",
    ),
    "member.sponsor-unknown": (
        'there is no member "{id}" to be the sponsor; add the sponsor first',
        "没有会员“{id}”可作推荐人；请先添加推荐人",
    ),
    "event.conflict": (
        '{kind} "{id}" is on record with other contents; send the same contents again, or use a new id',
        "{kind}“{id}”已有记录且内容不同；请发送相同内容，或使用新的编号",
    ),
    "event.unknown": ('there is no {kind} "{id}"; check the id', "没有编号为“{id}”的 {kind}；请核对编号"),
    "order.negative": ("an order's amounts cannot be negative; write zero or more", "订单金额不能为负；请写零或正数"),
    "order.points-above-total": (
        "the points are worth {points}, more than the order's total of {total}; pay at most the total with points",
        "积分价值 {points}，超过订单总额 {total}；积分支付不得超过总额",
    ),
    "order.in-future": (
        "{moment} lies in the future; send what happens once it has happened",
        "{moment} 在未来；请在发生之后再提交",
    ),
    "order.no-offset": (
        "{moment} has no offset from UTC; write it like 2026-01-31T12:00:00+08:00",
        "{moment} 没有时区偏移；请写成 2026-01-31T12:00:00+08:00 的形式",
    ),
    "refund.too-much": (
        "of order {order} {left} of {total} can still be refunded; name at most that",
        "订单 {order} 总额 {total}，还可退 {left}；退款不得超过此数",
    ),
    "plan.not-active": (
        "there is no plan {plan} in force; active plans are: {known}",
        "没有生效的方案 {plan}；生效的方案：{known}",
    ),
    "plan.unknown": ('there is no plan "{plan}"; known are: {known}', "没有方案“{plan}”；已有：{known}"),
    "plan.no-asset": (
        "plan {plan} has no asset {asset}; it has: {known}",
        "方案 {plan} 没有资产 {asset}；可用：{known}",
    ),
    "request.not-positive": ("the quantity must be more than zero", "数量必须大于零"),
    "request.zero": ("the quantity must not be zero", "数量不能为零"),
    "request.no-reason": ("an adjustment needs a reason; say why", "调整须写明原因"),
    "request.unknown-payee": ('there is no member "{id}" to be paid', "没有会员“{id}”可收款"),
    "member.unborn": (
        "{day} is not over, nobody was born on it; check the birthday",
        "{day} 尚未过去，不可能是生日；请核对",
    ),
    "event.not-declared": (
        'no active plan declares an event "{event}"; declared are: {known}',
        "没有生效的方案声明事件“{event}”；已声明：{known}",
    ),
    "event.not-declared-suggest": (
        'no active plan declares an event "{event}"; did you mean {meant}?',
        "没有生效的方案声明事件“{event}”；您是想写 {meant} 吗？",
    ),
    "event.no-field": (
        'the event {event} has no field "{field}"; it has: {known}',
        "事件 {event} 没有字段“{field}”；可用：{known}",
    ),
    "event.no-field-suggest": (
        'the event {event} has no field "{field}"; did you mean {meant}?',
        "事件 {event} 没有字段“{field}”；您是想写 {meant} 吗？",
    ),
    "event.field-amount": (
        'an amount of zero or more is expected here; write it as a decimal text such as "12.50"',
        '此处应为零或正的金额；请写成十进制文本，例如 "12.50"',
    ),
    "event.field-number": (
        "a whole number from 0 to {most} is expected here; write it without quotes",
        "此处应为 0 至 {most} 的整数；请不要加引号",
    ),
    "event.field-decimal": (
        "a number from 0 to {most} with at most {scale} decimals is expected here; write it as a decimal text such as "
        '"12.5"',
        '此处应为 0 至 {most}、最多 {scale} 位小数的数字；请写成十进制文本，例如 "12.5"',
    ),
    "event.field-text": ("a text is expected here; write it in quotes", "此处应为文本；请加引号"),
    "event.field-flag": ("true or false is expected here", "此处应为 true 或 false"),
    "tag.unknown": (
        'no active plan has a tag "{tag}"; there are: {known}',
        "没有生效的方案有标签“{tag}”；已有：{known}",
    ),
    "tag.unknown-suggest": (
        'no active plan has a tag "{tag}"; did you mean {meant}?',
        "没有生效的方案有标签“{tag}”；您是想写 {meant} 吗？",
    ),
    "tag.not-carried": (
        "member {member} does not carry the tag {tag}; give it first",
        "会员 {member} 没有标签 {tag}；请先添加",
    ),
    "tag.ends-first": (
        "the tag would be carried through {through}, which is before it begins on {since}; write a later day",
        "标签的末日 {through} 早于开始日 {since}；请写更晚的日期",
    ),
    "tree.unknown": (
        'no active plan has a tree "{tree}"; there are: {known}',
        "没有生效的方案有网络“{tree}”；已有：{known}",
    ),
    "tree.unknown-suggest": (
        'no active plan has a tree "{tree}"; did you mean {meant}?',
        "没有生效的方案有网络“{tree}”；您是想写 {meant} 吗？",
    ),
    "place.day-closed": (
        "plan {plan} is closed through {day}; place from {first} on or later",
        "方案 {plan} 已日结至 {day}；请自 {first} 或之后安置",
    ),
    "parameter.unknown": (
        'plan {plan} has no parameter "{parameter}" that is declared by period; there are: {known}',
        "方案 {plan} 没有按期声明的参数“{parameter}”；已有：{known}",
    ),
    "parameter.unknown-suggest": (
        'plan {plan} has no parameter "{parameter}" that is declared by period; did you mean {meant}?',
        "方案 {plan} 没有按期声明的参数“{parameter}”；您是想写 {meant} 吗？",
    ),
    "parameter.bad-period": (
        '"{period}" is no {wanted}; parameter {parameter} is declared for a {wanted} such as {example}',
        "“{period}”不是所需的期间（{wanted}）；参数 {parameter} 的期间形如 {example}",
    ),
    "parameter.bad-value": (
        '"{value}" does not fit where the plan uses parameter {parameter}: {reason}',
        "“{value}”不适用于方案中使用参数 {parameter} 之处：{reason}",
    ),
    "parameter.declared": (
        "parameter {parameter} was declared as {before} for {period} and cannot change any more",
        "参数 {parameter} 在 {period} 已声明为 {before}，不可再更改",
    ),
    "day.no-cap": (
        'there is no cap "{cap}" to approve; the plans being closed have: {known}',
        "没有可批准的上限“{cap}”；所结方案有：{known}",
    ),
    "day.earlier-open": (
        "plan {plan}: {first} is not closed yet; close the days from there on first",
        "方案 {plan}：{first} 尚未日结；请先从该日开始日结",
    ),
    "day.not-over": (
        "plan {plan}: {day} is not over in {timezone}; close it when it is",
        "方案 {plan}：{day} 在 {timezone} 尚未结束；请待其结束后再日结",
    ),
    "day.no-plan": ("no plan is in force on {day}; activate one first", "{day} 没有生效的方案；请先启用方案"),
    "plan.rejected": (
        "the plan was not activated; errors to correct: {count}",
        "方案有 {count} 处错误，未启用；请更正",
    ),
    "plan.day-closed": (
        "plan {plan} is closed through {day}; activate from {first} on or later",
        "方案 {plan} 已日结至 {day}；请自 {first} 或之后启用",
    ),
    "plan.before-version": (
        "version {version} applies from {day}; a newer version cannot apply from an earlier day",
        "版本 {version} 自 {day} 起生效；更新的版本不能更早生效",
    ),
    "plan.day-in-use": (
        "plan {plan} has booked events on {day} already; activate from {first} on or later",
        "方案 {plan} 在 {day} 已有入账；请自 {first} 或之后启用",
    ),
    "plan.other-currency": (
        (
            "plan {plan} counts in {currency} with {scale} decimals, the active plan {other} does not; "
            "use the same currency"
        ),
        "方案 {plan} 使用 {currency}（{scale} 位小数），与生效方案 {other} 不同；请使用相同货币",
    ),
    "plan.asset-removed": (
        "asset {asset} is on the books and cannot be removed; keep its declaration",
        "资产 {asset} 已入账，不能删除；请保留其声明",
    ),
    "plan.pool-removed": (
        "pool {pool} is on the books and cannot be removed; keep its declaration",
        "资金池 {pool} 已入账，不能删除；请保留其声明",
    ),
    "plan.timezone-changed": (
        "the time zone of a plan cannot change from {before} to {after}; days would overlap; write {before}",
        "方案的时区不能由 {before} 改为 {after}，否则日期会重叠；请写 {before}",
    ),
    "plan.replaced": (
        "this version of {plan} was activated from {day} on before, and another one was then put in its place from the "
        "same day; to have it back, activate it from a later day",
        "方案 {plan} 的此版本此前已定于 {day} 起生效，随后同日又由另一版本取代；如需恢复，请从更晚的日期启用",
    ),
    "asset.no-price": (
        "there is no asset {asset} with a price; name one of: {known}",
        "没有带价格的资产 {asset}；可用：{known}",
    ),
    "transfer.unknown": (
        'there is no transfer "{id}"; a transfer is named like 12-3-1, as statements show it',
        "没有转账“{id}”；转账编号形如 12-3-1，可在明细中查到",
    ),
    "key.bad-role": ("there is no role {role}; write one of: {known}", "没有角色 {role}；可用：{known}"),
    "key.member-needed": ("a member's key names the member; add one", "会员密钥须指明会员；请补充"),
    "key.member-excess": (
        "only a key with the role member belongs to a member; leave the member out",
        "只有 member 角色的密钥属于会员；请去掉会员",
    ),
    "page.bad-cursor": (
        '"{cursor}" is not a place in this list; use the one the page before gave',
        "“{cursor}”不是此列表的游标；请使用上一页给出的游标",
    ),
    "page.bad-limit": ("a page has 1 to {most} entries", "每页 1 至 {most} 条"),
}

register(TEXTS)
