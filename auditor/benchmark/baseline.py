"""The linear model that stands beside the BERT, so that a reader sees what the BERT adds."""

from __future__ import annotations

import numpy as np

from auditor.benchmark.data import Arm, Contest

_WORD = r"(?u)\w+|[^\w\s]+"


def predict_baseline(contest: Contest, arm: Arm, language: str) -> np.ndarray:
    """Class codes, int64, of the test rows by TF-IDF and a linear support vector machine.

    Words and word pairs; characters up to three in a row for Chinese, which has no spaces.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.svm import LinearSVC

    if language == "zh":
        vectorizer = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), min_df=2, sublinear_tf=True)
    else:
        vectorizer = TfidfVectorizer(token_pattern=_WORD, ngram_range=(1, 2), sublinear_tf=True)
    features = vectorizer.fit_transform(arm.texts)
    weights = None if arm.weights is None else arm.weights / arm.weights.mean()  # their scale would act on C
    model = LinearSVC(C=0.5, random_state=0).fit(features, contest.codes(arm.labels), sample_weight=weights)
    predicted: np.ndarray = model.predict(vectorizer.transform(contest.test.texts))
    return predicted.astype(np.int64)
