"""The character 乾 in names, where its simplified form is 乾 and not 干.

OpenCC knows 乾坤, 乾隆 and other words; names it cannot know. A name is recognized by its surname: 周乾宇, 王志乾先生.
What follows 乾 where it means dry (乾了, 乾淨) and what precedes it (餅乾, 曬乾) is no part of a name.
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
"""Character of private use that is put in while the rest is converted."""


def converted(text: str, convert: Callable[[str], str]) -> str:
    """`text` converted to simplified characters, 乾 in names left as it is."""
    if "乾" not in text or _MARK in text:
        return convert(text)
    return convert(_IN_NAME.sub(_MARK, text)).replace(_MARK, "乾")
