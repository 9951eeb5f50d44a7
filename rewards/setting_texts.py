"""What is said of settings."""

from __future__ import annotations

from rewards.messages import register

TITLE = "setting."
"""Before a setting's field: the code of what it is for."""

register(
    {
        "settings.wrong": (
            "{count} variable(s) of the environment cannot be used:",
            "有 {count} 个环境变量无法使用：",
        ),
        "settings.not-allowed": ('"{text}" is not allowed', "不允许“{text}”"),
        "settings.not-shown": (
            "this cannot be used (it may hold a password and is not shown)",
            "无法使用（其中可能含密码，故不显示）",
        ),
        "settings.allowed": ("{found}; allowed: {allowed}", "{found}；允许：{allowed}"),
        "settings.misspelt": (
            "there is no setting of this name; did you mean {meant}?",
            "没有该名称的设置；是否想写 {meant}？",
        ),
        "settings.allowed.whole": ("a whole number from {least} to {most}", "{least} 至 {most} 之间的整数"),
        "settings.allowed.choice": ("one of {known}", "以下之一：{known}"),
        "settings.allowed.host": ("a host name or an IP address", "主机名或 IP 地址"),
        "settings.allowed.database": (
            "a URL such as sqlite:///rewards.db or postgresql://user:password@host/database",
            "URL，例如 sqlite:///rewards.db 或 postgresql://user:password@host/database",
        ),
    }
)

register(
    {
        f"{TITLE}{field}": texts
        for field, texts in {
            "database_url": ("The database, SQLite or PostgreSQL.", "数据库，SQLite 或 PostgreSQL。"),
            "language": (
                "Language of the command line (default: LC_ALL, LANG).",
                "命令行的语言（默认取 LC_ALL、LANG）。",
            ),
            "listen_host": ("The address to listen on.", "监听地址。"),
            "listen_port": ("The port to listen on.", "监听端口。"),
            "workers": ("How many processes.", "进程数。"),
            "threads": (
                "How many threads each: requests worked on at a time.",
                "每个进程的线程数，即同时处理的请求数。",
            ),
            "worker_timeout": (
                "Seconds without a sign of life after which a worker is replaced.",
                "进程无响应多少秒后被替换。",
            ),
            "graceful_timeout": (
                "Seconds that requests under way have to end after SIGTERM.",
                "收到 SIGTERM 后，进行中的请求可用的秒数。",
            ),
            "keep_alive": ("Seconds an idle connection is kept.", "空闲连接保留的秒数。"),
            "most_body_bytes": (
                "The largest body of a request, but for batches and rule files.",
                "请求正文的最大字节数（批次和规则文件除外）。",
            ),
            "most_batch_bytes": ("The largest body of a batch.", "批次正文的最大字节数。"),
            "most_batch_lines": ("The most lines of a batch.", "批次的最大行数。"),
            "rate": (
                "Requests a minute for each key that is no member's, in each worker; 0: any number.",
                "每个非会员密钥在每个进程中每分钟的请求数；0 为不限。",
            ),
            "member_rate": (
                "Requests a minute for each member's key, in each worker; 0: any number.",
                "每个会员密钥在每个进程中每分钟的请求数；0 为不限。",
            ),
            "log_level": ("The least level that is logged.", "记录的最低日志级别。"),
            "log_format": (
                "The form of log lines; auto: text on a terminal, else JSON.",
                "日志行的格式；auto：终端上为文本，否则为 JSON。",
            ),
            "metrics_open": ("Whether /metrics needs no key.", "/metrics 是否无需密钥。"),
        }.items()
    }
)
