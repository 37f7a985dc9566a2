"""Build ``service_zh.csv`` and its truth: invented Chinese questions to a bank, put together from phrases below.

    python sample_data/build_chinese.py

No data set of Chinese customer questions with an open licence was at hand; the sentences are the project's own.
"""

from __future__ import annotations

import random
from pathlib import Path

from plant import Sample, card_number, similar, write_sample

HERE = Path(__file__).parent
ROWS = 1_300
RARE = "贷款利率"
SCENES = (
    "昨天晚上",
    "今天一早",
    "上周末",
    "出差在外地的时候",
    "刚才在超市",
    "在国外旅游期间",
    "前两天下午",
    "搬家以后",
    "换了新手机之后",
    "在网上购物时",
    "月底对账的时候",
    "陪父母去医院那天",
    "公司发工资当天",
    "在机场候机时",
    "收到短信提醒后",
    "更新应用之后",
    "在便利店门口",
    "孩子开学那周",
    "春节放假期间",
    "临下班的时候",
    "吃完午饭",
    "坐地铁的路上",
    "家里装修那阵子",
    "交房租的那天",
    "跟朋友聚餐时",
)
ASKS = (
    "请问应该怎么办",
    "麻烦帮我处理一下",
    "想知道下一步怎么做",
    "这种情况正常吗",
    "需要带什么材料",
    "有没有更快的办法",
    "可以在手机上操作吗",
    "要不要去网点",
    "客服能直接帮忙吗",
    "大概多久有结果",
    "会不会影响我的信用",
    "能给我一个明确的答复吗",
    "是不是系统出了问题",
    "我该联系哪个部门",
    "有人遇到过同样的事吗",
    "希望尽快解决",
    "请告诉我具体流程",
    "这个责任算谁的",
    "能不能先给个说法",
    "还需要我提供别的信息吗",
)
INTENTS: dict[str, tuple[str, ...]] = {
    "银行卡挂失": (
        "我的储蓄卡找不到了想马上冻结", "钱包被偷里面的卡要赶紧挂失", "卡落在出租车上司机联系不到", "怀疑卡被别人捡走想先停用",
        "把卡弄丢了担心有人盗刷", "翻遍了背包也没看到那张卡想挂失", "健身房柜子被撬卡不见了需要止付", "丢了卡又记不住卡号还能挂失吗",
    ),
    "转账失败": (
        "给房东转的钱一直提示失败", "跨行汇款被退回来了原因不明", "转账页面转圈之后报错没有成功", "往老家汇钱显示对方账户异常",
        "钱扣了但是收款人说没收到转账失败了", "手机转账输完验证码就提示交易关闭", "连续三次给同事转账都没成功", "对公账户打款被系统拦截下来",
    ),
    "手续费": (
        "为什么取现被收了十几块手续费", "跨省存款的费用标准是什么", "账单里多出一笔不认识的服务费", "短信通知每个月都扣钱能取消吗",
        "汇款手续费比上次贵了不少", "年费明明说好减免怎么又收了", "外币兑换收的费用看不明白", "提前还款要不要付违约金和手续费",
    ),
    "密码重置": (
        "登录密码忘记了怎么都进不去", "取款密码输错三次被锁住", "想把支付密码换成新的六位数", "重置密码的短信验证码收不到",
        "人脸识别通不过没法改密码", "老人的网银密码记混了要重设", "修改密码时提示新旧密码太像", "手势密码失效以后不知道怎么恢复",
    ),
    "信用卡还款": (
        "信用卡账单到期忘了还会怎样", "自动还款没有扣成功账户里明明有钱", "想把这期账单分成十二个月还", "最低还款额到底是怎么算的",
        "还款多还了几百块能退回来吗", "账单日和还款日总是搞混想改到月初", "用别人的卡帮我还信用卡可以吗", "逾期两天已经补上还会上征信吗",
    ),
    "开户": (
        "给刚出生的孩子开个账户要什么证件", "外地户口能在本地网点办卡吗", "想新开一个理财用的账户", "大学生第一次办储蓄卡怎么申请",
        "公司注册下来了要开基本户", "网上申请开户视频审核没有通过", "一个人最多可以开几个一类户", "护照可以用来开立账户吗",
    ),
    RARE: (
        "现在买房的按揭利率是多少", "公积金和商业贷款的利息差多少", "利率下调以后我的月供会变吗", "装修贷款的年化利率怎么算",
        "固定利率和浮动利率哪个划算", "小微企业贷款利息有优惠吗",
    ),
    "境外消费": (
        "在日本刷卡被拒了好几次", "国外网站扣款币种和金额对不上", "去泰国之前要不要先开通境外支付", "境外酒店预授权的钱还没解冻",
        "海外购物退货了汇率差价谁来承担", "在欧洲取现金时机器吞了卡", "出国用卡怎样才不会被风控", "留学缴学费单笔超过限额刷不出去",
    ),
    "到账时间": (
        "工资说是发了可是还没有到账", "退款都过去一周怎么还没看到", "支票存进去几天才能用", "基金赎回的钱什么时候能取",
        "周末办理的汇款要等到周一吗", "境外汇来的美元一直显示在途", "充值到钱包里的钱没有显示", "养老金这个月比平时晚了好几天",
    ),
    "交易异常": (
        "凌晨有一笔不是我操作的支出", "同一个商户重复扣了两次款", "陌生的订阅每月从我卡里划钱", "加油站预扣的钱比实际多很多",
        "取款机吐的钱少了两百", "记录里有个完全没听说过的商家", "小额免密被连续刷了好多笔", "账户突然被限制交易没有任何通知",
    ),
}  # fmt: skip
PROVINCES = ("110105", "310104", "440106", "330102", "510107", "420111")


def resident_id(draw: random.Random) -> str:
    """An 18-digit resident identity number with the right check character (GB 11643)."""
    body = f"{draw.choice(PROVINCES)}{draw.randint(1955, 2004)}{draw.randint(1, 12):02d}{draw.randint(1, 28):02d}{draw.randint(0, 999):03d}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return body + "10X98765432"[sum(int(d) * w for d, w in zip(body, weights, strict=True)) % 11]


def personal(draw: random.Random) -> list[tuple[str, str, str]]:
    """(entity, sentence with one place for the value, value); values are fake and pass their checks."""
    digits = "".join(draw.choices("0123456789", k=8))
    return [
        ("CN_MOBILE", "我的手机号是{}，请回电。", f"{draw.choice(['138', '159', '186', '177'])}{digits}"),
        ("CN_ID_CARD", "身份证号{}。", resident_id(draw)),
        ("CN_BANK_CARD", "卡号是{}。", card_number(draw, "622202", 19, "")),
        ("EMAIL_ADDRESS", "邮箱{}可以收件。", f"user{draw.randint(100, 9999)}@example.com"),
    ]


def edited(text: str, draw: random.Random) -> str:
    """A near copy: two characters dropped near the end, or a polite word before it."""
    if draw.random() < 0.5:
        return f"{draw.choice(['您好', '你好', '客服'])}，{text}"
    return text[:-3] + text[-1]


def main() -> None:
    """Build and write."""
    draw = random.Random(88)
    sample = Sample(draw)
    labels = sorted(INTENTS)
    rare_left = 9
    for _ in range(60_000):
        if len(sample.rows) == ROWS:
            break
        label = draw.choice(labels)
        if label == RARE and rare_left == 0:
            continue
        scene, core, ask = draw.choice(SCENES), draw.choice(INTENTS[label]), draw.choice(ASKS)
        text = draw.choice(
            (
                f"{scene}{core}，{ask}？",
                f"{core}，{scene}发现的，{ask}。",
                f"{core}。{ask}？",
                f"{ask}，{scene}{core}。",
            )
        )
        if not similar(text, sample.texts, words=False, limit=0.5):
            rare_left -= label == RARE
            sample.add(text, label)
    sample.plant_dates(old=110, future=4, impossible=8, placeholder=4, missing=12)
    sample.plant_copies(exact=45, near=40, edit=edited, words=1)
    sample.plant_leaks(20)
    sample.plant_conflicts(6)
    sample.plant_label_errors(70)
    sample.plant_personal(120, personal)
    sample.plant_secrets(3)
    sample.plant_empty(4)
    sample.truth["rare_classes"] = [RARE]
    write_sample(sample, HERE / "service_zh.csv", HERE / "service_zh.truth.json")


if __name__ == "__main__":
    main()
