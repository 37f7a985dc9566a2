"""Conversion to simplified Chinese that keeps 乾 in personal names, where it must not become 干.

OpenCC knows 乾坤, 乾隆 and other words, but not names. A name is recognized by its surname: 周乾宇, 王志乾先生.
Characters that follow 乾 where it means "dry" (乾了, 乾淨) or precede it (餅乾, 曬乾) rule out a name.
"""

from __future__ import annotations

import re
from collections.abc import Callable

_SURNAMES = (
    "王李張张劉刘陳陈楊杨趙赵黃黄周吳吴徐孫孙胡朱高林何郭馬马羅罗梁宋鄭郑謝谢韓韩唐馮冯董蕭萧程曹袁鄧邓許许傅沈曾彭呂吕蘇苏盧卢蔣蒋蔡賈贾丁魏薛"
    "閻阎余潘杜戴夏鍾钟汪任姜范姚譚谭廖鄒邹熊陸陆郝孔崔康邱秦史顧顾侯邵孟段錢钱尹黎賀贺"
)
_DRY_AFTER = "了的掉燥淨净枯旱涸洗杯脆糧粮果貨货癟瘪透硬冷裂癬癣嗎吗呢吧啊不很得着著過过"
_DRY_BEFORE = "餅饼肉豆果曬晒風风烘擦吹晾抹烤瀝沥葡筍笋魚鱼牛菜糕薯口很不太未全半陰阴弄喝舔榨葉叶"
_TITLE = "老師|老师|先生|小姐|女士|教授|醫生|医生|同學|同学|經理|经理|主任|律師|律师|[^\\w]|$"
_IN_NAME = re.compile(
    rf"(?<=[{_SURNAMES}])乾(?=[\u4e00-\u9fff])(?![{_DRY_AFTER}])"
    rf"|(?<=[{_SURNAMES}][^\W{_DRY_BEFORE}])乾(?={_TITLE})"
)
_MARK = "\ue0d1"
"""Private-use character that replaces 乾 during the conversion."""


def to_simplified(text: str, convert: Callable[[str], str]) -> str:
    """Convert `text` to simplified characters; 乾 in names is kept."""
    if "乾" not in text or _MARK in text:
        return convert(text)
    return convert(_IN_NAME.sub(_MARK, text)).replace(_MARK, "乾")
