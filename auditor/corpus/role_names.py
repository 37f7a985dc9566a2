"""Common column names by role, in many languages."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

_STRONG, _PLAIN, _LIKELY, _WEAK = 3.0, 2.0, 1.3, 1.0
EXACT, LAST, INSIDE = 1.0, 0.8, 0.5
"""Weight of a common name that is the whole column name, its last word, or another of its words."""

_USUAL: Mapping[str, Mapping[float, str]] = {
    "text": {
        _STRONG: """text texts content contents body review sentence document message comment tweet article narrative
            utterance utt passage paragraph post abstract transcript resume story essay context ctx
             文本 正文 内容 评论 句子 微博 原文 留言 弹幕 文章 本文 テキスト レビュー コメント 文 내용 본문
            텍스트 리뷰 댓글 문장
            kommentar inhalt nachricht rezension satz texte commentaire contenu avis phrase texto comentario contenido
            reseña opinión mensaje frase comentário conteúdo mensagem testo commento contenuto recensione messaggio
            tekst bericht opmerking recensie treść komentarz wypowiedź текст комментарий отзыв сообщение содержание
            metin yorum içerik
            ulasan komentar isi टिप्पणी समीक्षा متن טקסט ข้อความ κείμενο نص تعليق محتوى innehåll recension văn bản nội dung
            內容 評論 留言內容""",
        _PLAIN: """description question query prompt input caption dialogue lyrics feedback complaint answer response
             描述 摘要 问题 说明 beschreibung frage descripción pregunta descrição pergunta descrizione вопрос
            описание 설명
            説明 質問""",
        _WEAK: "title headline summary subject name 标题 题目 タイトル 제목 titel titre título titolo заголовок",
    },
    "label": {
        _STRONG: """label labels class classes category categories target intent sentiment emotion emotions stance
            polarity topic y gold_label annotation dialog_act spam toxic toxicity hate sarcasm irony humor clickbait
            offensive fraud fraudulent phishing misogyny entailment winner verdict decision accept answerkey answer_key
            标签 类别 分类 情感 情感倾向 情绪 极性 意图 主题 类型 ラベル 分類 カテゴリ 感情 라벨 레이블 감정 분류
             kategorie klasse stimmung étiquette catégorie classe sentiment polarité etiqueta categoría clase
            sentimiento
            polaridad rótulo categoria sentimento etichetta categorie klasse метка класс категория тональность
            etykieta kategoria klasa etiket kategori sınıf duygu تصنيف فئة nhãn majority consensus
            sentimen kelas भावना श्रेणी वर्ग 標籤 類別 情緒 主題 意圖 類型""",
        _PLAIN: """rating ratings stars star overall grade score genre act tag tags
             星级 评分 打分 評価 평점 별점 bewertung sterne note puntuación calificación nota voto оценка
            рейтинг ocena puan
            beoordeling betyg""",
        _LIKELY: "type typ tipo тип answer",
        _WEAK: "subject product issue section department kind group code 种类 栏目 тема",
    },
    "id": {
        _STRONG: "id _id uid uuid guid doc_id text_id 编号 序号 番号 번호 編號 序號",
        _PLAIN: "key hash index idx identifier kennung identifiant identificador номер nummer",
        _WEAK: "number no nr",
    },
    "date": {
        _STRONG: """date datetime timestamp created created_at published published_at posted
            日期 时间 发布时间 发表时间 创建时间 日付 投稿日 日時 날짜 일시 작성일 등록일
            datum zeit erstellt fecha hora data дата время tarih تاريخ ngày zeitpunkt zeitstempel dato
            tanggal waktu दिनांक तारीख 時間 發佈時間 發表時間""",
        _PLAIN: """time at day received submitted sent publish_time year 年份 年 jahr année año ano anno год heure
            tijd ts tstamp epoch""",
        _WEAK: "updated updated_at modified edited reviewed 更新时间 更新日",
    },
    "split": {
        _STRONG: "split set partition subset fold lewis_split 划分 数据集",
        _PLAIN: "part phase usage",
    },
    "tokens": {_STRONG: "tokens words token word 词 分词", _PLAIN: "sentence"},
    "tags": {_STRONG: "tags ner_tags pos_tags bio_tags labels ner tag slots", _PLAIN: "label entities"},
    "source": {_STRONG: "source origin domain site publisher group 来源 quelle fuente fonte источник 出典 출처"},
    "group": {
        _STRONG: """conversation_id thread_id dialogue_id dialog_id author user user_id username author_id session_id
            customer_id document_id article_id speaker_id patient_id reviewer reviewerid asin product_id thread
            conversation 作者 用户 会话 用户名 著者 작성자 autor auteur autore автор""",
    },
    "annotator": {
        _STRONG: """annotator annotator_id worker worker_id rater rater_id coder labeler labeller 标注员 标注者
            annotateur anotador""",
    },
}  # fmt: skip
_NEVER: Mapping[str, frozenset[str]] = {
    "date": frozenset([
        "birth", "dob", "birthday", "expiry", "due", "purchase", "birthdate", "geburtsdatum", "geburtstag",
        "geboortedatum", "födelsedatum", "naissance", "nacimiento", "nascimento", "nascita", "рождения", "doğum",
        "lahir", "出生", "生年月日", "誕生", "생년월일", "到期", "有效期",
    ]),
    "id": frozenset(["手机", "手機", "电话", "電話", "身份证", "身分證", "银行卡", "卡号", "微信", "전화"]),
    "label": frozenset({"confidence", "count", "id", "at", "date", "time", "timezone", "url", "prob", "num", "length",
                        "user", "username", "author", "language", "lang", "chosen", "rejected"}),
    "text": frozenset({"id", "date", "time", "url", "link", "count", "path", "file", "timezone", "lang", "language"}),
}  # fmt: skip
"""Words that exclude a role, regardless of the other words."""
_CIRCUMSTANCES = frozenset(
    ["verified", "retweet", "retweeted", "truncated", "favorited", "deleted", "edited", "active", "valid", "checked",
     "pinned", "locked", "archived", "helpful", "anonymous", "public", "read", "seen", "duplicate", "train", "test"]
)  # fmt: skip
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_]+", re.UNICODE)
_EXPLICIT_LABELS = frozenset(
    ["label", "labels", "target", "class", "gold", "gold_label", "y", "标签", "ラベル", "라벨"]
)
_COMPOUND_REST = 3
"""Smallest number of letters before a common name at the end of a compound, as in ``Nachrichtentext``."""
_COMPOUND_ENDS: Mapping[str, tuple[str, ...]] = {
    "text": ("text", "texte", "tekst", "inhalt", "nachricht", "beschreibung", "kommentar", "rezension", "recensie"),
    "label": ("klasse", "kategorie", "categorie", "bewertung"),
    "id": ("nummer", "kennung"),
    "date": ("datum", "zeitpunkt", "zeitstempel"),
}
_NAMED_TEXT = 2.0
"""Fit of a name from which it decides alone that a column is a text."""
_ID_WORD = re.compile(
    r"(?!paid|unpaid|said|void|avoid|valid|invalid|grid|hybrid|fluid|solid|bid|aid|covid)[a-z]{1,9}id|.*[#№号號]"
)
"""A name ending in id without a mark between, such as ``qid`` and ``tweetid``, or in a sign of numbers."""
_WIDE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


def words_of(name: str) -> tuple[str, ...]:
    """The words of a column name in lower case; equal for ``reviewText``, ``review_text`` and ``Review text``."""
    return tuple(word.lower() for word in _WORD.findall(unicodedata.normalize("NFC", name)))


def fit_of(name: str, role: str) -> float:
    """How well a name fits a role, from 0 (not at all) to 3 (a common name for it).

    Args:
        name: name of a column.
        role: one of ``text``, ``label``, ``id``, ``date``, ``split``, ``tokens``, ``tags``, ``source``, ``group``,
            ``annotator``.
    """
    whole = unicodedata.normalize("NFC", name).strip().lower()
    words = words_of(name)
    usual = _NAMES[role]
    joined = "_".join(words)
    if whole in usual or joined in usual:
        return usual.get(whole) or usual[joined]
    if is_excluded(name, role):
        return 0.0
    best = 0.0
    for place, word in enumerate(words):
        how = LAST if place == len(words) - 1 else INSIDE
        best = max(best, how * usual.get(word, 0.0))
        if _WIDE.search(word):  # Chinese, Japanese and Korean words are not separated by spaces
            best = max(best, *(how * usual[known] for known in usual if len(known) > 1 and known in word), 0.0)
        ends = [
            end for end in _COMPOUND_ENDS.get(role, ()) if word.endswith(end) and len(word) - len(end) >= _COMPOUND_REST
        ]
        best = max(best, *(how * usual.get(end, _PLAIN) for end in ends), 0.0)
    is_id = bool(_ID_WORD.fullmatch(whole)) or (len(words) > 1 and words[-1] in ("id", "ids"))
    return max(best, _PLAIN) if role == "id" and is_id else best


def is_excluded(name: str, role: str) -> bool:
    """Whether a name has a word that rules the role out, as ``language`` does for the label."""
    never, words = _NEVER.get(role, frozenset()), words_of(name)
    wide = [one for one in never if _WIDE.search(one)]
    return not never.isdisjoint(words) or any(one in word for one in wide for word in words)


def is_explicit_label(name: str) -> bool:
    """Whether a name says that a column is the label, whatever else the other columns say."""
    return unicodedata.normalize("NFC", name).strip().lower() in _EXPLICIT_LABELS


def is_circumstance(name: str) -> bool:
    """Whether the name of a boolean column describes the circumstances of a row rather than its content."""
    words = words_of(name)
    asks = bool(words) and words[0] in ("is", "has", "was", "can", "did") and fit_of(name, "label") == 0.0
    return asks or bool(set(words) & _CIRCUMSTANCES)


def usual_names() -> frozenset[str]:
    """The common names of all roles, in lower case."""
    return frozenset(name for names in _NAMES.values() for name in names)


_NAMES: Mapping[str, Mapping[str, float]] = {
    role: {name: weight for weight, names in sorted(levels.items()) for name in names.split()}
    for role, levels in _USUAL.items()
}


def is_named_text(name: str) -> bool:
    """Whether a name says that a column or value is a text whatever it contains."""
    return fit_of(name, "text") >= _NAMED_TEXT
