"""Small corpora made in a test."""

import numpy as np
import pyarrow as pa

from auditor.corpus.corpus import Corpus, Roles


def corpus(texts, *, labels=None, dates=None, splits=None, sources=None, ids=None, language="en") -> Corpus:
    columns = {"text": texts, "label": labels, "date": dates, "split": splits, "source": sources, "id": ids}
    present = {name: pa.array(values, pa.large_string()) for name, values in columns.items() if values is not None}
    roles = Roles(**{name: name for name in present})
    return Corpus("made", ("made.csv",), pa.table(present), np.arange(len(texts)), roles, (), language)
