"""The accounts round-trip, and those of earlier versions are read."""

import json

from auditor.core.accounts import Accounts
from auditor.core.run_summary import RunSummary


def test_accounts_survive_json():
    accounts = Accounts(100, 90, 8, 2, 15, 105, columns_left_out=("a", "b"), parts={"train": 105})
    assert Accounts.from_json(json.loads(json.dumps(accounts.to_json()))) == accounts
    assert accounts.sums()["rows_removed"] == 8 and "rows_by_step" not in accounts.sums()


def test_the_summary_of_an_earlier_version_is_read():
    earlier = {"kept": 90, "removed": 8, "rejected": 2, "added": 15, "changed": 4, "masked": 3, "augmented": 15,
               "oversampled": 0, "classes": [], "files": [{"name": "x", "rows": 105}], "masked_places": {"URL": 2}}  # fmt: skip
    summary = {"plan": [], "prepared": earlier, "benchmark": None, "facts": {}}
    accounts = RunSummary.from_json(summary, "run").prepared.accounts
    assert (accounts.rows_in, accounts.rows_out, accounts.rows_masked) == (100, 105, 3)
    assert accounts.masked_places == {"URL": 2}
