"""Roles by header and content: forty invented rows of the right kind under headers of real public files."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, timedelta

import pyarrow as pa
import pytest

from auditor.config.corpus_settings import CorpusSettings
from auditor.corpus.offers import role_offers
from auditor.corpus.roles import infer_roles

ROWS = 40
_SUBJECTS = ["The kettle", "Our flat", "That novel", "This charger", "The museum guide", "A desk lamp"]
_VERBS = ["arrived two days early", "stopped working at once", "was worth every cent", "smelled of plastic"]
_ENDS = ["which nobody had expected", "as the manual explains", "before the holidays began", "so I kept it"]
_ZH = ["外卖的包装很结实，朋友们也都这么说。", "那台洗衣机等了一个小时没人理。", "这本小说价格公道值得推荐。"]
_JA = ["この商品はとても良いと思います。", "配送が遅くて残念でした。", "また買いたいと思います。"]
_DE = ["Das Gerät ist sehr leise und gut verarbeitet.", "Die Lieferung kam leider drei Tage zu spät."]


def _sentence(r: random.Random) -> str:
    return f"{r.choice(_SUBJECTS)} {r.choice(_VERBS)} {r.choice(_ENDS)} {r.randrange(10, 99)} times."


def _any(*values: object) -> Callable[[random.Random, int], str]:
    return lambda r, i: str(r.choice(values))


def _days(form: str) -> Callable[[random.Random, int], str]:
    return lambda r, i: (date(2021, 1, 3) + timedelta(days=17 * i)).strftime(form)


text = lambda r, i: _sentence(r)
long_text = lambda r, i: " ".join(_sentence(r) for _ in range(5))
title = lambda r, i: f"{r.choice(_SUBJECTS)} {r.choice(_VERBS)}"
number = lambda r, i: str(r.randrange(1, 900))
serial = lambda r, i: str(570306133677760000 + 977 * i)
code = lambda r, i: f"B{r.randrange(12):05d}XQ"
iso = _days("%Y-%m-%d")
stars = _any(1, 2, 3, 4, 5)
bit = _any(0, 1, 0, 0)
mood = _any("positive", "negative", "neutral")

HEADERS = [
    ({"ulasan": text, "sentimen": mood, "tanggal": iso}, {"text": "ulasan", "label": "sentimen", "date": "tanggal"}),
    (
        {"編號": serial, "留言內容": _any(*_ZH), "情緒": mood, "發佈時間": iso},
        {"text": "留言內容", "label": "情緒", "date": "發佈時間", "id": "編號"},
    ),
    ({"病历号": serial, "主诉": _any(*_ZH)}, {"id": "病历号", "text": "主诉"}),
    ({"手机号": serial, "主诉": _any(*_ZH)}, {"id": None}),
    ({"出生日期": iso, "评论": _any(*_ZH)}, {"date": None}),
    ({"Geburtsdatum": iso, "Kommentar": _any(*_DE)}, {"date": None}),
    ({"text": text, "anno_1": bit, "anno_2": bit, "gold": bit}, {"label": "gold"}),
    ({"text": text, "label": mood, "lang": _any("tr", "te", "va")}, {"split": None, "label": "label"}),
    ({"texte": text, "ensemble": _any("entraînement", "test", "validation")}, {"split": "ensemble"}),
    (  # the label stands beside the text, others describe the product
        {"categories": _any("Stereos", "Tablets"), "reviews.date": iso, "reviews.rating": stars, "reviews.text": text},
        {"text": "reviews.text", "label": "reviews.rating", "date": "reviews.date"},
    ),
    (
        {"topic": _any("race", "gender"), "label": bit, "TEXT": _any(*_ZH)},
        {"text": "TEXT", "label": "label"},
    ),
    (  # one value is no class, a name in part is no score of the row
        {"id": number, "type": _any("comment"), "language_score": lambda r, i: str(r.random()), "text": text},
        {"text": "text", "label": None},
    ),
    ({"qid": lambda r, i: f"{i:012x}", "question_text": text, "target": bit}, {"id": "qid", "label": "target"}),
    (
        {"Ticketnummer": lambda r, i: f"T-{i}", "Betreff": title, "Nachrichtentext": _any(*_DE), "Kategorie": mood},
        {"text": "Nachrichtentext", "id": "Ticketnummer", "label": "Kategorie"},
    ),
    ({"Ticket #": lambda r, i: str(i), "Description": text}, {"text": "Description", "id": "Ticket #"}),
    ({"paid": lambda r, i: str(70 * i + 1), "text": text}, {"id": None, "text": "text"}),
    (
        {"Quality": bit, "#1 ID": serial, "#2 ID": number, "#1 String": text, "#2 String": text},
        {"text": "#1 String + #2 String", "label": "Quality"},
    ),
    (
        {"qid1": number, "question1": text, "question2": text, "is_duplicate": bit},
        {"text": "question1 + question2", "label": "is_duplicate"},
    ),
    ({"sentence1": text, "sentence2": text, "language": _any("en", "fr")}, {"label": None}),
    ({"text": text, "country": _any("NL", "PT"), "likes": number}, {"label": None}),
    ({"1_note": text, "2_note": text, "3_note": text}, {"text": "1_note"}),
    (
        {"column_1": _any(0, 4), "column_2": serial, "column_3": iso, "column_4": text},
        {"text": "column_4", "label": "column_1", "date": "column_3"},
    ),
    ({"user": _any("U1", "U2"), "text": text, "ts": lambda r, i: f"{1543000000 + 700 * i}.000200"}, {"date": "ts"}),
    ({"review_body": text, "star_rating": stars}, {"text": "review_body", "label": "star_rating"}),
    (
        {"id": lambda r, i: f"{i:08x}", "comment_text": text, "toxic": bit, "severe_toxic": bit, "obscene": bit,
         "threat": bit, "insult": bit, "identity_hate": bit},
        {"text": "comment_text", "id": "id",
         "label": "toxic + severe_toxic + obscene + threat + insult + identity_hate"},
    ),
    (
        {"sentence1": text, "sentence2": text, "gold_label": _any("entailment", "neutral", "contradiction")},
        {"text": "sentence1 + sentence2", "label": "gold_label"},
    ),
    ({"sentence": text, "label": bit}, {"text": "sentence", "label": "label"}),
    ({"instruction": text, "input": _any("", "", "some more facts"), "output": text},
     {"text": "instruction + input + output", "label": None}),
    ({"question": text, "answer": text}, {"text": "question + answer", "label": None}),
    ({"content": text, "created_at": iso, "source": _any("web", "mail", "app")},
     {"text": "content", "date": "created_at", "source": "source", "label": None}),
    ({"评论内容": lambda r, i: r.choice(_ZH) + str(i), "情感倾向": _any("正面", "负面", "中性"),
      "发布时间": _days("%Y-%m-%d %H:%M:%S")},
     {"text": "评论内容", "label": "情感倾向", "date": "发布时间"}),
    ({"v1": _any("ham", "spam"), "v2": text}, {"text": "v2", "label": "v1"}),
    (
        {"": lambda r, i: str(i), "count": _any(3, 6, 9), "hate_speech": _any(0, 1, 2, 3),
         "offensive_language": _any(0, 1, 2, 3), "neither": _any(0, 1, 2, 3), "class": _any(0, 1, 2), "tweet": text},
        {"text": "tweet", "label": "class"},
    ),
    (
        {"reviewerID": code, "asin": code, "reviewerName": _any("Ann", "Bob", "Kim", "Lou Reed"),
         "helpful": _any("[0, 0]", "[1, 2]"), "reviewText": text, "overall": _any("5.0", "4.0", "1.0"),
         "summary": title, "unixReviewTime": lambda r, i: str(1_600_000_000 + 86_400 * i),
         "reviewTime": _days("%m %d, %Y")},
        {"text": "reviewText", "label": "overall", "date": "unixReviewTime|reviewTime", "id": None},
    ),
    ({"title": title, "text": long_text, "subject": _any("politics", "world", "News"), "date": _days("%B %d, %Y")},
     {"text": "text", "label": "subject", "date": "date"}),
    ({"textID": lambda r, i: f"{r.getrandbits(40):010x}", "text": text, "selected_text": title, "sentiment": mood},
     {"text": "text", "label": "sentiment", "id": "textID"}),
    (
        {"Date received": _days("%m/%d/%Y"), "Product": _any("Mortgage", "Credit card", "Debt collection"),
         "Sub-product": _any("", "FHA mortgage", "General"), "Issue": _any("Billing disputes", "Late fee", "Other"),
         "Consumer complaint narrative": long_text, "Company": _any("Acme Bank", "Northwind", "Bluejet"),
         "State": _any("CA", "NY", "TX"), "ZIP code": _any("945XX", "100XX"), "Submitted via": _any("Web", "Phone"),
         "Complaint ID": lambda r, i: str(1291006 + 31 * i)},
        {"text": "Consumer complaint narrative", "label": "Product|Issue", "date": "Date received",
         "id": "Complaint ID"},
    ),
    (
        {"Ticket ID": lambda r, i: str(i + 1), "Customer Name": _any("Ann Lee", "Bob Ray", "Kim Roe"),
         "Customer Email": lambda r, i: f"user{i}@example.org", "Date of Purchase": iso,
         "Ticket Type": _any("Refund request", "Technical issue", "Billing inquiry"),
         "Ticket Subject": _any("Product setup", "Peripheral compatibility", "Network problem", "Data loss"),
         "Ticket Description": long_text, "Ticket Status": _any("Open", "Closed"),
         "Ticket Priority": _any("Low", "High", "Critical")},
        {"text": "Ticket Description", "label": "Ticket Type", "id": "Ticket ID"},
    ),
    ({"document": long_text, "summary": text, "id": serial}, {"text": "document", "label": None, "id": "id"}),
    (
        {"annotation_id": lambda r, i: str(i + 7), "annotator": _any(1, 2), "created_at": _days("%Y-%m-%dT%H:%M:%SZ"),
         "id": lambda r, i: str(i + 1), "lead_time": lambda r, i: f"{r.random() * 40:.3f}", "sentiment": mood,
         "text": text, "updated_at": _days("%Y-%m-%dT%H:%M:%SZ")},
        {"text": "text", "label": "sentiment", "id": "id", "date": "created_at"},
    ),
    (
        {"reviewId": lambda r, i: f"{r.getrandbits(64):016x}-{i}", "userName": _any("Ann", "Bob", "Kim"),
         "content": text, "score": stars, "thumbsUpCount": number, "reviewCreatedVersion": _any("4.1.0", "4.2.1"),
         "at": _days("%Y-%m-%d %H:%M:%S"), "replyContent": _any("", "Thank you for telling us about it, dear guest."),
         "repliedAt": _any("", "2021-03-04 10:00:00")},
        {"text": "content", "label": "score", "date": "at", "id": "reviewId"},
    ),
    ({"text": text, "label": bit, "label_text": mood}, {"text": "text", "label": "label|label_text"}),
    ({"sentence1": text, "sentence2": text, "score": lambda r, i: f"{r.random() * 5:.2f}"},
     {"text": "sentence1 + sentence2", "label": "score", "target": "Score"}),
    ({"本文": lambda r, i: r.choice(_JA) + str(i), "ラベル": _any("肯定", "否定"), "投稿日": iso},
     {"text": "本文", "label": "ラベル", "date": "投稿日"}),
    ({"Kommentar": lambda r, i: f"{r.choice(_DE)} {i}", "Bewertung": stars, "Datum": _days("%d.%m.%Y")},
     {"text": "Kommentar", "label": "Bewertung", "date": "Datum"}),
    ({"comment": text, "stance": _any("for", "against", "none")}, {"text": "comment", "label": "stance"}),
    ({"Category": _any("HR", "Sales", "Law"), "Resume": long_text}, {"text": "Resume", "label": "Category"}),
    (
        {"conversation_id": lambda r, i: str(i // 4), "turn": lambda r, i: str(i % 4), "speaker": _any("A", "B"),
         "utterance": text, "dialog_act": _any("inform", "question", "directive")},
        {"text": "utterance", "label": "dialog_act", "id": None, "group": "conversation_id"},
    ),
    ({"id": lambda r, i: str(i), "tokens": lambda r, i: ["The", "kettle", "leaks"],
      "ner_tags": lambda r, i: [0, 1, 0]},
     {"tokens": "tokens", "tags": "ner_tags", "id": "id"}),
    # further headers, of the same kinds
    ({"tweet_id": serial, "airline_sentiment": mood, "airline_sentiment_confidence": lambda r, i: f"{r.random():.4f}",
      "airline": _any("Northwind", "Bluejet"), "name": lambda r, i: f"user{i % 9}", "text": text,
      "tweet_created": _days("%Y-%m-%d %H:%M:%S -0800")},
     {"text": "text", "label": "airline_sentiment", "id": "tweet_id", "date": "tweet_created"}),
    ({"title": lambda r, i: "Weekly note", "article": long_text, "label": bit}, {"text": "article", "label": "label"}),
    ({"UserName": lambda r, i: str(3799 + i), "ScreenName": lambda r, i: str(48751 + i), "Location": _any("UK", ""),
      "TweetAt": _days("%d-%m-%Y"), "OriginalTweet": text, "Sentiment": mood},
     {"text": "OriginalTweet", "label": "Sentiment", "date": "TweetAt"}),
    ({"premise": text, "hypothesis": text, "label": _any(0, 1, 2)}, {"text": "premise + hypothesis", "label": "label"}),
    ({"sentence": text, "aspect": _any("food", "service"), "polarity": mood},
     {"text": "sentence + aspect", "label": "polarity"}),
    ({"prompt": text, "chosen": text, "rejected": text}, {"text": "prompt + chosen + rejected", "label": None}),
    ({"text": text, "emotion": _any("joy", "anger", "fear")}, {"text": "text", "label": "emotion"}),
    ({"Comentario": text, "Calificación": stars, "Fecha": _days("%d/%m/%Y")},
     {"text": "Comentario", "label": "Calificación", "date": "Fecha"}),
    ({"Отзыв": lambda r, i: f"Очень хороший чайник, рекомендую всем друзьям {i}", "Оценка": stars, "Дата": iso},
     {"text": "Отзыв", "label": "Оценка", "date": "Дата"}),
    ({"body": text, "is_retweet": bit, "verified": bit, "has_image": bit}, {"text": "body", "label": None}),
    ({"text": text, "joy": bit, "anger": bit, "fear": bit}, {"text": "text", "label": "joy + anger + fear"}),
    ({"message": text, "environment": _any("dev", "test")}, {"text": "message", "split": None}),
    ({"message": text, "used_for": _any("train", "dev", "test")}, {"text": "message", "split": "used_for"}),
    ({"post": text, "subreddit": _any("books", "kitchen"), "upvotes": number},
     {"text": "post", "label": None}),
]  # fmt: skip


@pytest.mark.parametrize(("columns", "expected"), HEADERS, ids=[" ".join(columns) for columns, _ in HEADERS])
def test_the_roles_of_a_header(columns, expected):
    r = random.Random(3)
    table = pa.table({name: [make(r, i) for i in range(ROWS)] for name, make in columns.items()})
    inferred = infer_roles(table, CorpusSettings())
    roles = inferred.roles
    for role in ("text", "label", "id", "date", "split", "source", "tokens", "tags"):
        if role in expected:
            right = expected[role].split("|") if expected[role] else [None]
            assert getattr(roles, role) in right, role
    if "group" in expected:
        assert [offer.column for offer in role_offers(inferred) if offer.role == "group"] == [expected["group"]]
