"""What a manifest says of the input."""

from auditor.runs.input_files import digests_by_name


def test_files_of_one_name_in_several_folders_keep_a_digest_each():
    given = {"/d/train/seq.in": "a", "/d/test/seq.in": "b", "/d/label.csv": "c"}
    assert digests_by_name(given) == {"seq.in": "a", "seq.in (2)": "b", "label.csv": "c"}
