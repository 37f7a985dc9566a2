"""A prepared corpus in one call."""

import numpy as np

from auditor.config.settings import DuplicateSettings, PrepareSettings, Settings
from auditor.core.findings import merge_findings
from auditor.core.policy import Policy, load_policy
from auditor.dedup.find import find_clusters
from auditor.prepare.apply import apply_plan
from auditor.prepare.make_plan import draft_plan

WORDS = [
    "account",
    "card",
    "transfer",
    "fee",
    "bank",
    "loan",
    "rate",
    "limit",
    "code",
    "pin",
    "phone",
    "app",
    "error",
    "late",
    "money",
    "branch",
    "cash",
    "cheque",
]


def varied(n, seed=0):
    """Texts of eight words that are no near duplicates of each other."""
    draw = np.random.default_rng(seed)
    return [" ".join(draw.choice(WORDS, 8)) + f" {i}" for i in range(n)]


def drafted(c, found=(), *, policy=None, reviewed=None, recheck=None, recluster=None, seed=0, **own):
    options = Settings(seed=seed, prepare=PrepareSettings(**{"vanishing": "allow", "augment": "none", **own}))
    chosen = policy if isinstance(policy, Policy) else Policy(tuple(policy)) if policy else load_policy()
    rules = chosen.narrowed(options.prepare.only, options.prepare.skip)
    clusters = find_clusters(c, DuplicateSettings())
    return (
        draft_plan(c, merge_findings(list(found)), clusters, options, rules, reviewed, None, recheck, None, recluster),
        clusters,
        options,
    )


def prepared(c, found=(), **kind):
    plan, clusters, options = drafted(c, found, **kind)
    return apply_plan(c, plan, clusters, options), plan
