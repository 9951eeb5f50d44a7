"""Every text of the HTTP interface, and the titles of its problems."""

from __future__ import annotations

from rewards.messages import register

TITLES = {
    400: "http.title.bad-request",
    401: "http.title.unauthorized",
    403: "http.title.forbidden",
    404: "http.title.not-found",
    405: "http.title.method-not-allowed",
    409: "http.title.conflict",
    413: "http.title.too-large",
    415: "http.title.unsupported-type",
    422: "http.title.refused",
    429: "http.title.too-many-requests",
    500: "http.title.internal",
    503: "http.title.unavailable",
}
"""The title of a problem, by status; a status that is not here has the title of a bad request."""

register(
    {
        "http.title.bad-request": ("The request cannot be read", "无法读取请求"),
        "http.title.unauthorized": ("A key is needed", "需要密钥"),
        "http.title.forbidden": ("The key does not allow this", "密钥无此权限"),
        "http.title.not-found": ("Not found", "未找到"),
        "http.title.method-not-allowed": ("The method is not allowed here", "此处不允许该方法"),
        "http.title.conflict": ("The request contradicts what is on record", "请求与已有记录冲突"),
        "http.title.too-large": ("The request is too large", "请求过大"),
        "http.title.unsupported-type": ("The content type is not understood", "不支持的内容类型"),
        "http.title.refused": ("The request is refused", "请求被拒绝"),
        "http.title.too-many-requests": ("Too many requests", "请求过于频繁"),
        "http.title.internal": ("Something went wrong here", "服务器出错"),
        "http.title.unavailable": ("The service is not available right now", "服务暂不可用"),
        "http.no-key": (
            "this needs a key; send it as the header Authorization: Bearer KEY, or as X-API-Key",
            "此操作需要密钥；请用请求头 Authorization: Bearer KEY 或 X-API-Key 发送",
        ),
        "http.unknown-key": (
            "this key is not known or was revoked; ask an operator for a new one",
            "该密钥不存在或已被吊销；请向运营人员索取新密钥",
        ),
        "http.role-forbidden": (
            "a key of the role {role} may not do this; a key of one of these roles is needed: {allowed}",
            "角色 {role} 的密钥不能执行此操作；需要以下角色之一的密钥：{allowed}",
        ),
        "http.not-own": (
            "a member's key reaches only that member's own data",
            "会员密钥只能访问该会员自己的数据",
        ),
        "http.bad-request": ("the request cannot be read; see the documentation", "无法读取请求；请查阅文档"),
        "http.not-found": (
            "there is nothing at {path}; see /v1/docs for what there is",
            "{path} 不存在；请查阅 /v1/docs",
        ),
        "http.method-not-allowed": (
            "{method} is not allowed at {path}; allowed are: {allowed}",
            "{path} 不允许 {method}；允许的方法：{allowed}",
        ),
        "http.too-large": (
            "the body is larger than the {limit} bytes allowed here; send it in parts",
            "正文超过此处允许的 {limit} 字节；请分批发送",
        ),
        "http.too-many-lines": (
            "the batch has more than {limit} lines; send it in parts",
            "批次超过 {limit} 行；请分批发送",
        ),
        "http.too-many-requests": (
            "this key has made more than {limit} requests in a minute; try again in {seconds} s",
            "该密钥一分钟内的请求超过 {limit} 次；请在 {seconds} 秒后重试",
        ),
        "http.not-ready": (
            "{count} thing(s) are in the way of carrying out requests; errors says which",
            "有 {count} 项妨碍执行请求；详见 errors",
        ),
        "ready.database": ("the database does not answer", "数据库没有响应"),
        "ready.migrations": (
            "the database is not set up for this version; run: rewards init",
            "数据库尚未按此版本初始化；请运行：rewards init",
        ),
        "ready.plans": (
            "the plans on record cannot be read or compiled; the log says why",
            "无法读取或编译已登记的方案；原因见日志",
        ),
        "http.wrong-type": (
            "the body's content type is {found}; send one of: {allowed}",
            "正文的内容类型为 {found}；请使用以下之一：{allowed}",
        ),
        "http.internal": (
            "the request could not be carried out because of an error on this side; it was logged",
            "因服务器内部错误未能完成请求；错误已记录",
        ),
        "http.malformed-json": (
            "the body is not JSON (line {line}, column {column}); check it with a JSON tool",
            "正文不是合法的 JSON（第 {line} 行第 {column} 列）；请用 JSON 工具检查",
        ),
        "http.unreadable-json": (
            "the body is not JSON that can be read here: it must be UTF-8, without NaN, numbers of thousands "
            "of digits or hundreds of nested brackets",
            "无法读取正文中的 JSON：须为 UTF-8 编码，且不含 NaN、数千位的数字或数百层嵌套括号",
        ),
        "http.duplicate-key": (
            'the name "{name}" stands twice in one JSON object; leave one out',
            "同一个 JSON 对象中“{name}”出现了两次；请删去一个",
        ),
        "http.invalid": (
            "{count} place(s) in the request are wrong; errors says which and why",
            "请求中有 {count} 处错误；详见 errors",
        ),
        "http.required": ("this is missing; add it", "缺少此项；请补上"),
        "http.null": (
            "null is not allowed here; give a value or leave it out",
            "此处不允许 null；请给出值或省略此项",
        ),
        "http.unknown-field": ("nothing of this name is known here; leave it out", "此处没有该名称；请删去"),
        "http.unknown-field-suggest": (
            'nothing of this name is known here; did you mean "{meant}"?',
            "此处没有该名称；是否想写“{meant}”？",
        ),
        "http.not-object": ("this must be a JSON object", "此处须为 JSON 对象"),
        "http.not-simple": (
            "this must be a text in quotes, a whole number, true or false",
            "此处须为带引号的文本、整数、true 或 false",
        ),
        "http.not-list": ("this must be a JSON list", "此处须为 JSON 列表"),
        "http.too-many-entries": (
            "there are more than the {limit} entries allowed",
            "条目超过允许的 {limit} 个",
        ),
        "http.invalid-value": ("this value is not allowed: {reason}", "不允许该值：{reason}"),
        "http.not-text": ("this must be a text in quotes", "此处须为带引号的文本"),
        "http.text-length": (
            "the text must have {least} to {most} characters",
            "文本长度须为 {least} 至 {most} 个字符",
        ),
        "http.text-characters": (
            "the text has characters that are not allowed here; allowed are: {allowed}",
            "文本含有此处不允许的字符；允许：{allowed}",
        ),
        "http.number-as-text": (
            'amounts are texts, because JSON numbers lose digits; write it in quotes, such as "12.50"',
            '金额须为文本，因为 JSON 数字会丢失精度；请加引号，例如 "12.50"',
        ),
        "http.amount-negative": ("this may not be negative", "此处不能为负数"),
        "http.not-whole": (
            "this must be a whole number from {least} to {most}",
            "此处须为 {least} 至 {most} 之间的整数",
        ),
        "http.not-flag": ("this must be true or false", "此处须为 true 或 false"),
        "http.bad-day": (
            '"{text}" is not a day; write year-month-day such as 2026-03-31',
            "“{text}”不是日期；请写成 年-月-日，例如 2026-03-31",
        ),
        "http.bad-moment": (
            '"{text}" is not a moment; write it as 2026-03-31T18:30:00+08:00, in the years 1900 to 2999',
            "“{text}”不是时刻；请写成 2026-03-31T18:30:00+08:00，年份在 1900 至 2999 之间",
        ),
        "http.no-offset": (
            '"{text}" does not say in which time zone; add the offset, such as +08:00 or Z',
            "“{text}”没有注明时区；请加上时差，例如 +08:00 或 Z",
        ),
        "http.plan-rejected": (
            "the rule file has errors and was not activated; diagnostics lists them",
            "规则文件有错误，未激活；详见 diagnostics",
        ),
    }
)
