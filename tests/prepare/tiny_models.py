"""Language models of a few words, made and taught in a second."""

import torch

PAIRS = {"please": "bitte", "send": "sende", "my": "meine", "new": "neue", "card": "karte", "now": "jetzt",
         "lost": "verloren", "money": "geld", "the": "das", "bank": "ufer"}  # fmt: skip
BACK = {german: english for english, german in PAIRS.items()} | {"karte": "ticket", "geld": "cash"}
"""There and back two words come out as others."""


def masked_model(folder, words, follows):
    """A BERT that expects `follows` at every masked place, saved in `folder`."""
    from transformers import BertConfig, BertForMaskedLM, BertTokenizer

    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "##s", *words]
    folder.mkdir(exist_ok=True)
    (folder / "vocab.txt").write_text("\n".join(vocabulary) + "\n", "utf-8")
    tokenizer = BertTokenizer(str(folder / "vocab.txt"))
    torch.manual_seed(0)
    config = BertConfig(vocab_size=len(vocabulary), hidden_size=16, num_hidden_layers=1, num_attention_heads=2,
                        intermediate_size=16, max_position_embeddings=64)  # fmt: skip
    model = BertForMaskedLM(config)
    with torch.no_grad():
        model.cls.predictions.bias[:] = -50.0
        for rank, word in enumerate(follows):
            model.cls.predictions.bias[tokenizer.convert_tokens_to_ids(word)] = 50.0 - rank
        model.cls.predictions.decoder.bias[:] = model.cls.predictions.bias
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def marian(folder, pairs=None, steps=220):
    """A Marian model taught to translate word by word, saved in `folder`."""
    import numpy as np
    from transformers import MarianConfig, MarianMTModel

    pairs = pairs or PAIRS
    tokenizer = marian_tokenizer(folder, pairs, names(pairs))
    pad = tokenizer.pad_token_id
    config = MarianConfig(
        vocab_size=len(tokenizer), d_model=64, encoder_layers=1, decoder_layers=1, encoder_attention_heads=4,
        decoder_attention_heads=4, encoder_ffn_dim=32, decoder_ffn_dim=32, max_position_embeddings=64, pad_token_id=pad,
        eos_token_id=0, decoder_start_token_id=pad, forced_eos_token_id=0, dropout=0.0, init_std=0.3)  # fmt: skip
    torch.manual_seed(0)
    model = MarianMTModel(config)
    draw, optimiser = np.random.default_rng(0), torch.optim.Adam(model.parameters(), 5e-3)
    for _ in range(steps):
        rows = [draw.choice(list(pairs), draw.integers(3, 8)).tolist() for _ in range(32)]
        batch = tokenizer(
            [" ".join(row) for row in rows],
            text_target=[" ".join(pairs[word] for word in row) for row in rows],
            return_tensors="pt", padding=True)  # fmt: skip
        batch["labels"][batch["labels"] == pad] = -100
        loss = model(**batch).loss
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    model.save_pretrained(folder)
    return folder, float(loss.detach())


def marian_back(folder, there):
    """The model of `there` for the way back: the same weights, with the names of source and target words swapped."""
    import shutil

    shutil.copytree(there, folder)
    old = names(PAIRS)
    to = {**{f"▁{english}": f"▁{german}" for english, german in PAIRS.items()},
          **{f"▁{german}": f"▁{english}" for german, english in BACK.items()}}  # fmt: skip
    marian_tokenizer(folder, BACK, [to.get(name, name) for name in old])
    return folder


def names(pairs):
    return ["</s>", "<unk>", *sorted({f"▁{word}" for both in pairs.items() for word in both}), "<pad>"]


def marian_tokenizer(folder, pairs, tokens):
    import json

    import sentencepiece
    from transformers import MarianTokenizer

    folder.mkdir(exist_ok=True)
    for name, words in (("source", pairs), ("target", pairs.values())):
        (folder / f"{name}.txt").write_text("\n".join(" ".join(words) for _ in range(20)) + "\n")
        sentencepiece.SentencePieceTrainer.train(
            input=str(folder / f"{name}.txt"), model_prefix=str(folder / name), model_type="word", minloglevel=5,
            vocab_size=len(set(words)) + 2, bos_id=-1, num_threads=1)  # fmt: skip
        (folder / f"{name}.model").rename(folder / f"{name}.spm")
    (folder / "vocab.json").write_text(json.dumps({token: i for i, token in enumerate(tokens)}))
    tokenizer = MarianTokenizer(str(folder / "source.spm"), str(folder / "target.spm"), str(folder / "vocab.json"))
    tokenizer.save_pretrained(folder)
    return tokenizer
