"""The ledger's own errors and every text it may show."""

from __future__ import annotations

from rewards.errors import RewardsError
from rewards.messages import register


class StoreUnavailable(RewardsError):
    """The database is locked for too long, unreachable or out of space.

    Nothing was changed, the caller may try again; after `ledger.uncertain` with the very same request.
    """


class Contended(StoreUnavailable):
    """Another unit was in the way at this moment; trying again at once may help."""


register(
    {
        "ledger.busy": (
            "the database is busy: another writer held it for too long; nothing was changed, try again",
            "数据库繁忙：另一个写入者占用过久；未作任何更改，请重试",
        ),
        "ledger.unreachable": (
            "the database cannot be reached ({reason}); nothing was changed, see that it runs and try again",
            "无法连接数据库（{reason}）；未作任何更改，请确认其正在运行后重试",
        ),
        "ledger.full": (
            "the disk that the database is on is full ({reason}); nothing was changed: make room, then send the same "
            "request again",
            "数据库所在磁盘已满（{reason}）；未作任何更改：请腾出空间后重新发送同一请求",
        ),
        "ledger.read-only": (
            "the database cannot be written to ({reason}); nothing was changed: let this user write to it, for SQLite "
            "to the file and to its folder, then send the same request again",
            "数据库不可写入（{reason}）；未作任何更改：请授予当前用户写入权限（SQLite 需要文件及其所在目录的权限），"
            "然后重新发送同一请求",
        ),
        "ledger.uncertain": (
            "the database went away while it was keeping this ({reason}); whether it was kept is not known: send the "
            "same request with the same id again, it takes effect once",
            "数据库在保存此请求时断开（{reason}）；无法确定是否已保存：请以相同编号重新发送同一请求，它只会生效一次",
        ),
        "ledger.member-exists": (
            'a member with the id "{id}" exists already; choose another id',
            "编号为“{id}”的会员已存在；请换一个编号",
        ),
        "ledger.phone-taken": (
            'the phone number "{phone}" belongs to another account; one phone has one account',
            "手机号“{phone}”已属于另一个账户；一个手机号只能有一个账户",
        ),
        "ledger.version-exists": (
            'version {digest} of plan "{plan}" already applies from {day}; choose another day',
            "方案“{plan}”的版本 {digest} 已自 {day} 起生效；请另选日期",
        ),
        "ledger.book-changed": (
            'asset "{asset}" of plan "{plan}" is on the books with scale {scale}, lots {has_lots}, '
            "priced {priced}; "
            "these cannot change any more, declare a new asset instead",
            "方案“{plan}”的资产“{asset}”已入账（小数位 {scale}，批次 {has_lots}，定价 {priced}），"
            "不可再更改；请改为声明新资产",
        ),
        "ledger.violation.transfer-not-positive": (
            "transfer {transfer} moves {amount}, which is not positive",
            "转账 {transfer} 的数量为 {amount}，不是正数",
        ),
        "ledger.violation.transfer-mixes-assets": (
            "transfer {transfer} leaves book {from_book} for book {to_book}, which keeps another asset",
            "转账 {transfer} 从账簿 {from_book} 转到账簿 {to_book}，两者的资产不同",
        ),
        "ledger.violation.flow-mixes-assets": (
            "flow {flow} of the close {event} goes from book {from_book} to book {to_book}, which are not of one asset",
            "日结 {event} 的转账类别 {flow} 从账簿 {from_book} 转到账簿 {to_book}，二者不属同一资产",
        ),
        "ledger.violation.close-unreadable": (
            "what the close {event} has moved for part {part} of the members cannot be read; restore it from a backup",
            "日结 {event} 中第 {part} 组会员的转账无法读取；请从备份恢复",
        ),
        "ledger.violation.lot-passed-over": (
            "lot {lot} has {remaining} left, and its row says otherwise about whether it is used up",
            "批次 {lot} 剩余 {remaining}，但其记录对是否用完的说法不一致",
        ),
        "ledger.violation.flow-rule-not-in-version": (
            "the close {event} moves something by rule {rule}, which is of no version the close was booked under",
            "日结 {event} 有转账引用规则 {rule}，该规则不属于该日结所用的版本",
        ),
        "ledger.violation.balance-differs": (
            "book {book}, holder {holder}: the stored balance is {difference} away from the sum of transfers",
            "账簿 {book} 持有者 {holder}：存储的余额与转账之和相差 {difference}",
        ),
        "ledger.violation.overdrawn": (
            "book {book}, holder {holder}: the balance {amount} is below zero and may not be",
            "账簿 {book} 持有者 {holder}：余额 {amount} 低于零且未获透支许可",
        ),
        "ledger.violation.lot-out-of-bounds": (
            "lot {lot} has {remaining} left of {granted} granted",
            "批次 {lot} 共授予 {granted}，剩余却为 {remaining}",
        ),
        "ledger.violation.lots-differ": (
            "book {book}, member {member}: the lots' remainders are {difference} away from the balance",
            "账簿 {book} 会员 {member}：各批次剩余之和与账户余额相差 {difference}",
        ),
        "ledger.violation.supply-exceeded": (
            "book {book}: {issued} units were issued, the supply is {supply}",
            "账簿 {book}：已发行 {issued} 单位，供应上限为 {supply}",
        ),
        "ledger.violation.circulation-negative": (
            "book {book}: more units were burned ({burned}) than issued ({issued})",
            "账簿 {book}：销毁 {burned} 单位，多于发行的 {issued}",
        ),
        "ledger.violation.price-fell": (
            'asset "{asset}" of plan "{plan}": the price fell at event {event}',
            "方案“{plan}”的资产“{asset}”：价格在事件 {event} 处下跌",
        ),
        "ledger.violation.price-malformed": (
            'asset "{asset}" of plan "{plan}": the price at event {event} is {numerator}/{denominator}',
            "方案“{plan}”的资产“{asset}”：事件 {event} 处的价格为 {numerator}/{denominator}",
        ),
        "ledger.violation.pool-differs": (
            'pool "{pool}", book {book}: in less out is {difference} away from its balance',
            "资金池“{pool}”账簿 {book}：流入减流出与余额相差 {difference}",
        ),
        "ledger.violation.pool-unknown": (
            "book {book} has an account of holder {holder}, which is no pool of its plan",
            "账簿 {book} 有持有者 {holder} 的账户，但其不是该方案的资金池",
        ),
        "ledger.violation.event-repeated": (
            'the event {kind} "{id}" is on record {count} times',
            "事件 {kind}“{id}”被记录了 {count} 次",
        ),
        "ledger.violation.fingerprint-differs": (
            "event {event}: the payload does not match its fingerprint",
            "事件 {event}：内容与其指纹不符",
        ),
        "ledger.violation.close-missing": (
            'plan "{plan}": no close between {before} and {after}',
            "方案“{plan}”：{before} 与 {after} 之间缺少日结",
        ),
        "ledger.violation.close-repeated": (
            'plan "{plan}": the day {day} is closed {count} times',
            "方案“{plan}”：{day} 被日结了 {count} 次",
        ),
        "ledger.violation.close-without-event": (
            'plan "{plan}": the close of {day} has no booked event',
            "方案“{plan}”：{day} 的日结没有已入账的事件",
        ),
        "ledger.violation.rule-not-in-version": (
            "transfer {transfer} names rule {rule}, which no version its event was booked under contains",
            "转账 {transfer} 引用规则 {rule}，但其事件入账所用的版本不含该规则",
        ),
        "ledger.violation.lot-elsewhere": (
            "transfer {transfer} names lot {lot}, which is in neither of its books",
            "转账 {transfer} 引用批次 {lot}，但该批次不在其任一账簿中",
        ),
        "ledger.violation.measure-differs": (
            'plan "{plan}", member {member}: the running totals of sales differ from their sum',
            "方案“{plan}”会员 {member}：销售累计与其明细之和不符",
        ),
    }
)
