"""The texts of this room."""

from __future__ import annotations

from rewards.messages import register

_ELSE = "; close the day in one process (without --engine dask)"
_ELSE_ZH = "；请在单个进程中日结（不使用 --engine dask）"

register(
    {
        "distributed.scheduler-unreachable": (
            "no Dask scheduler answers at {scheduler}; start one (dask scheduler) or correct --scheduler. "
            "Nothing has been closed",
            "{scheduler} 没有 Dask 调度器应答；请先启动（dask scheduler）或更正 --scheduler。未做任何日结",
        ),
        "distributed.no-workers": (
            "the Dask cluster at {scheduler} has no workers; start some (dask worker {scheduler}). "
            "Nothing has been closed",
            "{scheduler} 的 Dask 集群没有工作进程；请先启动（dask worker {scheduler}）。未做任何日结",
        ),
        "distributed.scheduler-gone": (
            "the Dask scheduler at {scheduler} stopped answering while a day was being closed; nothing of that day has "
            "been written. Start the scheduler again and repeat the command, or close the day without --engine dask",
            "日结过程中 {scheduler} 的 Dask 调度器失去应答；当天没有写入任何内容。"
            "请重新启动调度器后再次执行，或不使用 --engine dask 日结",
        ),
        "distributed.workers-lost": (
            "every worker that was given a part of this close was lost, the last of several; nothing of that day has "
            "been written. Give the workers of {scheduler} more memory, or have more and smaller parts (more workers)",
            "处理本次日结同一部分的多个工作进程均已丢失；当天没有写入任何内容。"
            "请为 {scheduler} 的工作进程增加内存，或增加工作进程使各部分更小",
        ),
        "distributed.version": (
            "the workers have rewards {worker}, this process has {driver}; install the same version everywhere",
            "工作进程安装的 rewards 为 {worker}，本进程为 {driver}；请在各处安装相同版本",
        ),
        "distributed.snapshot-unseen": (
            "a worker does not see the folder {folder} with the columns of this close; name one that all workers see "
            "with --snapshot",
            "工作进程无法访问存放日结列数据的目录 {folder}；请用 --snapshot 指定所有工作进程都能访问的目录",
        ),
        "distributed.not-installed": (
            "closing on a cluster needs the extra dask: pip install 'rewards[dask]'",
            "集群日结需要安装 dask 组件：pip install 'rewards[dask]'",
        ),
        "distributed.rule-tree": (
            "rule {rule} pays up the tree {tree}, and a cluster divides members by the sponsor tree only" + _ELSE,
            "规则 {rule} 沿 {tree} 树向上计奖，而集群只按推荐树划分会员" + _ELSE_ZH,
        ),
        "distributed.measure-tree": (
            "measure {measure} looks down the tree {tree}, and a cluster divides members by the sponsor tree only"
            + _ELSE,
            "指标 {measure} 统计 {tree} 树的下级，而集群只按推荐树划分会员" + _ELSE_ZH,
        ),
        "distributed.measure-leg": (
            "measure {measure} is about the leg {leg}; a cluster knows no named legs" + _ELSE,
            "指标 {measure} 统计分支 {leg}；集群不支持具名分支" + _ELSE_ZH,
        ),
        "distributed.measure-everybody": (
            "measure {measure} is about everybody and neither a sum nor a number of entries, so that it is not what "
            "the parts of a cluster add up to" + _ELSE,
            "指标 {measure} 统计全体会员，却既非合计也非次数，无法由集群的各部分相加得出" + _ELSE_ZH,
        ),
        "distributed.other-tree": (
            "a rule of this close looks at the tree {tree}, and a cluster divides members by the sponsor tree only"
            + _ELSE,
            "本次日结的规则用到 {tree} 树，而集群只按推荐树划分会员" + _ELSE_ZH,
        ),
        "distributed.moved": (
            "a rule of this close looks at sponsors as they were before members were moved on {day}; a cluster divides "
            "members as they stand today" + _ELSE,
            "本次日结的规则用到 {day} 会员调整之前的推荐关系，而集群按今天的关系划分会员" + _ELSE_ZH,
        ),
        "distributed.tree-question": (
            "a rule of this close asks for {question}, which a cluster cannot work out in parts" + _ELSE,
            "本次日结的规则需要 {question}，集群无法分部分得出" + _ELSE_ZH,
        ),
    }
)
