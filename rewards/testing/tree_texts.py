"""What plan tests say of trees, in English and Chinese; the rest is that of placing itself."""

from __future__ import annotations

from rewards.messages import register

register(
    {
        "test.unknown-tree": (
            "there is no tree {name}; there are: {known}",
            "没有网络 {name}；已有：{known}",
        ),
        "test.unknown-tree.did-you-mean": (
            "there is no tree {name}; did you mean {known}?",
            "没有网络 {name}；是否想写 {known}？",
        ),
    }
)
