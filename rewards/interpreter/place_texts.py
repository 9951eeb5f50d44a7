"""What is said when a member cannot be placed so, in English and Chinese."""

from rewards.messages import register

register(
    {
        "place.under-oneself": (
            "{member} cannot be placed under {member}; name another member",
            "{member} 不能安置在自己之下；请指定其他会员",
        ),
        "place.circle": (
            "on {day} {under} stands below {member}; place {under} elsewhere first, or name a member above",
            "在 {day}，{under} 位于 {member} 之下；请先调整 {under} 的位置，或指定上方的会员",
        ),
        "place.circle-at-first": (
            "{under} stands below {member} at first; place {under} elsewhere first, or name a member above",
            "{under} 一开始就位于 {member} 之下；请先调整 {under} 的位置，或指定上方的会员",
        ),
        "place.leg-taken": (
            "the leg {leg} under {under} is taken by {other}; choose another leg, or a place further below",
            "{under} 之下的 {leg} 区已由 {other} 占用；请选择其他区，或更下方的位置",
        ),
        "place.no-legs": (
            "the legs of the tree {tree} have no names; leave the leg out",
            "网络 {tree} 的各区没有名称；请省略 leg",
        ),
        "place.leg-needed": (
            "a place in the tree {tree} needs a leg; write one of: {known}",
            "网络 {tree} 中的位置须指明区；可用：{known}",
        ),
        "place.unknown-leg": (
            'the tree {tree} has no leg "{leg}"; write one of: {known}',
            "网络 {tree} 没有区“{leg}”；可用：{known}",
        ),
        "place.unknown-leg-suggest": (
            'the tree {tree} has no leg "{leg}"; did you mean {known}?',
            "网络 {tree} 没有区“{leg}”；您是想写 {known} 吗？",
        ),
        "world.unknown-tree": (
            'there is no tree "{tree}"; there are: {known}',
            "没有网络“{tree}”；已有：{known}",
        ),
        "world.place-closed": (
            "{day} is closed already; place from {first} on or later",
            "{day} 已经日结；请自 {first} 或之后安置",
        ),
    }
)
