"""Registries refuse what they have already, and name what they have."""

import pytest

from auditor.benchmark.tasks.registry import task_options
from auditor.config.benchmark_settings import BenchmarkTask
from auditor.config.settings import Augment
from auditor.corpus.readers.csv import CsvReader
from auditor.corpus.readers.registry import READERS, reader_of
from auditor.errors import UsageError
from auditor.prepare.augment.homophones import Homophones
from auditor.prepare.augment.registry import AUGMENTERS, augmenter_names, find_augmenter, requirements
from auditor.registry import Registry
from auditor.report.formats.html import HtmlFormat
from auditor.report.formats.registry import REPORT_FORMATS
from auditor.review.formats.plain import CsvFormat
from auditor.review.formats.registry import REVIEW_FORMATS


class Entry:
    def __init__(self, *names: str) -> None:
        self.names = names


def registry(*entries: Entry) -> Registry[Entry]:
    return Registry("entry", lambda entry: entry.names, entries)


def test_entries_are_found_by_each_of_their_names_and_listed_once():
    a, b = Entry("x", "y"), Entry("z")
    both = registry(a, b)
    assert both.names() == ("x", "y", "z")
    assert list(both) == [a, b]
    assert both.find("y") is a and both.find("q") is None
    both.unregister(a)
    assert list(both) == [b] and both.names() == ("z",)


@pytest.mark.parametrize("names", [("y",), ("q", "y"), ("q", "q"), (), ("",)])
def test_a_name_that_is_taken_or_missing_is_refused_and_nothing_is_added(names):
    known = registry(Entry("x", "y"))
    with pytest.raises(UsageError):
        known.register(Entry(*names))
    assert known.names() == ("x", "y")


def test_an_unknown_name_is_answered_with_the_nearest():
    with pytest.raises(UsageError, match="There is no such entry") as caught:
        registry(Entry("markdown")).get("markdwon", "--format")
    assert caught.value.where == "--format markdwon"
    assert "markdown" in caught.value.fix


@pytest.mark.parametrize(
    ("known", "again"),
    [
        (READERS, CsvReader((".rec", ".jsonl"))),
        (REPORT_FORMATS, HtmlFormat()),
        (REVIEW_FORMATS, CsvFormat()),
        (AUGMENTERS, Homophones()),
    ],
)
def test_what_is_built_in_cannot_be_registered_again(known, again):
    names = known.names()
    with pytest.raises(UsageError, match="already exists"):
        known.register(again)
    assert known.names() == names


def test_the_reader_of_a_file_is_found_by_its_name(tmp_path):
    for name in ("a.CSV", "b.csv.gz", "c.d.csv"):
        assert reader_of(tmp_path / name) is READERS.find(".csv")
    assert reader_of(tmp_path / "a.tsv") is not READERS.find(".csv")
    assert reader_of(tmp_path / "a.csv.zip") is None


def test_the_augmenters_of_the_settings_are_those_that_there_are():
    from typing import get_args

    assert set(get_args(Augment)) == {"none", *augmenter_names()}


def test_the_benchmark_tasks_of_the_settings_are_those_that_there_are():
    from typing import get_args

    assert set(get_args(BenchmarkTask)) == set(task_options())


def test_augmenters_of_one_name_share_no_language():
    assert find_augmenter("synonym", "en") is not find_augmenter("synonym", "zh")
    assert find_augmenter("swap", "en") is find_augmenter("swap", "zh") is find_augmenter("swap", "other")


def test_a_requirement_is_named_once_with_how_to_get_it():
    names = [one.name for one in requirements()]
    assert len(names) == len(set(names)) and {"nlpaug", "wordnet", "pypinyin", "torch"} <= set(names)
    assert all(one.purpose and one.advice() for one in requirements())
