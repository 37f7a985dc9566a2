"""Usual names of columns by role."""

from __future__ import annotations

from collections.abc import Mapping

ROLE_NAMES: Mapping[str, tuple[str, ...]] = {
    "text": ("text", "content", "body", "review", "sentence", "document", "message", "comment", "question", "query",
             "utterance", "headline", "title", "文本", "正文", "内容", "评论", "句子", "标题"),
    "label": ("label", "labels", "class", "category", "target", "intent", "sentiment", "topic", "y",
              "标签", "类别", "分类"),
    "id": ("id", "_id", "uid", "uuid", "guid", "doc_id", "text_id", "编号"),
    "date": ("date", "datetime", "timestamp", "time", "created_at", "created", "published",
             "published_at", "updated_at", "日期", "时间"),
    "split": ("split", "set", "partition", "subset", "lewis_split", "划分"),
    "tokens": ("tokens", "words"),
    "tags": ("tags", "ner_tags"),
    "source": ("source", "origin", "domain", "site", "publisher", "group", "来源"),
}  # fmt: skip


def usual_names() -> frozenset[str]:
    """All of them, in lower case."""
    return frozenset(name for names in ROLE_NAMES.values() for name in names)
