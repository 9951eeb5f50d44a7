"""What the reader of plan files says, by code, in English and Chinese."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    "yaml.too-large": (
        "the file is larger than the {limit} bytes a plan file may have; shorten it",
        "文件超过方案文件允许的 {limit} 字节；请缩短",
    ),
    "yaml.not-utf-8": (
        "byte {byte} of the file is not UTF-8 text; save the file as UTF-8",
        "文件的第 {byte} 个字节不是 UTF-8 文本；请将文件存为 UTF-8 编码",
    ),
    "yaml.character": (
        "the character {character} cannot be seen or is no text; remove it",
        "字符 {character} 不可见或不是文本；请删除",
    ),
    "yaml.empty-document": (
        "the file is empty; write a plan, beginning with its name (plan: ...)",
        "文件是空的；请写入方案，从名称开始（plan: ...）",
    ),
    "yaml.several-documents": (
        "a second document begins here, but a file holds one; remove it and the line before, or use a file for each",
        "此处开始了第二个文档，而一个文件只能有一个；请删除它和它前面的分隔行，或分成多个文件",
    ),
    "yaml.directive": (
        "lines beginning with % are not used in plan files; remove them",
        "方案文件不使用以 % 开头的行；请删除",
    ),
    "yaml.too-deep": (
        "more than {limit} levels of nesting; write it flatter",
        "嵌套超过 {limit} 层；请减少层次",
    ),
    "yaml.too-many-nodes": (
        "the file has more than {limit} entries; shorten it",
        "文件超过 {limit} 个条目；请缩短",
    ),
    "yaml.too-many-errors": (
        "the file has {limit} errors or more, the rest is not looked at; correct these first",
        "文件已有 {limit} 处或更多错误，其余部分不再检查；请先改正这些错误",
    ),
    "yaml.text-too-long": (
        "the text has {count} characters, more than the {limit} allowed; shorten it",
        "文本有 {count} 个字符，超过允许的 {limit} 个；请缩短",
    ),
    "yaml.alias": (
        "aliases (*name) are not used in plan files; write the entry out in full",
        "方案文件不使用别名（*名称）；请完整写出该项",
    ),
    "yaml.anchor": (
        "anchors (&name) are not used in plan files; remove it, or write the text in quotes",
        "方案文件不使用锚点（&名称）；请删除它，或给文本加上引号",
    ),
    "yaml.duplicate-key": (
        'the key "{key}" is already on line {line}; keep one of the two',
        "键“{key}”已在第 {line} 行出现；请只保留一个",
    ),
    "yaml.key-not-scalar": (
        "a list or mapping cannot be a key; write a text before the colon",
        "列表或键值表不能作为键；请在冒号前写文本",
    ),
    "yaml.empty-key": (
        "the key before the colon is missing; write one",
        "冒号前缺少键；请写上",
    ),
    "yaml.comma-in-text": (
        'the comma before "{text}" ends the text there; put a text with a comma in quotes',
        "“{text}”前的逗号使文本在此结束；含逗号的文本请加引号",
    ),
    "yaml.comparison": (
        "{text} is no entry of a condition; write the field, and the comparison after a colon: {written}",
        "{text} 不是条件的写法；请在冒号前写字段，冒号后写比较：{written}",
    ),
    "yaml.empty-value": (
        "the value is missing; write one, or null if there is to be none",
        "缺少值；请写上，若确无值请写 null",
    ),
    "yaml.plain-over-lines": (
        "this text runs over several lines; write it in quotes, or check the indentation of the next line",
        "此文本跨越多行；请加上引号，或检查下一行的缩进",
    ),
}
