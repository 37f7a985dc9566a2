"""Ray as an engine: the same results, a lost process costs its task again, two nodes, nothing left behind."""

import os
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from auditor.checks.run import scan_corpus
from auditor.config.plugins import import_plugins
from auditor.config.settings import Settings
from auditor.core.progress import silent
from auditor.corpus.load import load_corpus
from auditor.engine.base import Task
from auditor.engine.choose import engine_for
from auditor.engine.local import LocalEngine
from auditor.errors import CheckError, InputError, UsageError

JOBS = str(Path(__file__).with_name("jobs.py"))
ROWS = 1_000
SAMPLES = Path(__file__).resolve().parents[2] / "sample_data"


def needs_ray():
    pytest.importorskip("ray", reason="the extra `ray` is not installed")


@pytest.fixture(scope="module")
def jobs():
    import_plugins((JOBS,))
    return sys.modules["jobs"]


@pytest.fixture(scope="module")
def engine():
    needs_ray()
    with engine_for(Settings(engine="ray", workers=2, plugins=(JOBS,))) as engine:
        engine.begin(0, 0, silent)
        yield engine


def results(engine, *tasks):
    futures = [engine.submit(task) for task in tasks]
    while not all(future.done() for future in futures):
        engine.wait([future for future in futures if not future.done()])
    return [future.exception() or future.result() for future in futures]


def audited(engine, name):
    settings = Settings.model_validate({"staleness": {"as_of": "2026-11-01"}, "pii": {"ner_sample": 30}})
    whole = load_corpus([str(SAMPLES / f"{name}.csv")], settings.corpus)
    corpus = replace(whole, table=whole.table.slice(0, ROWS), row_id=whole.row_id[:ROWS])
    scan = scan_corpus(corpus, settings, engine, silent)
    return scan.audit.to_json(), scan.audit.findings().combine_chunks()


def test_tasks_run_elsewhere_and_some_here(engine, jobs):
    there, here = results(engine, Task("test", jobs.place), Task("test", jobs.place, is_local=True))
    assert there != os.getpid() and here == os.getpid()


def test_shared_values_and_tasks_that_wait(engine, jobs):
    handle, made = engine.keep(Task("test", np.arange, (5,)))
    [(total, place)] = results(engine, Task("test", jobs.total, (handle,), depends_on=(made,)))
    assert total == 10 and place != os.getpid()


def test_errors_keep_their_type(engine, jobs):
    first, second = results(engine, Task("test", jobs.fail_by_input), Task("test", jobs.fail_oddly))
    assert isinstance(first, InputError) and first.where == "here"
    assert type(second).__name__ == "LocalError"


def test_a_process_that_is_lost_costs_its_task_again(engine, jobs, tmp_path):
    lost, *others = results(
        engine,
        Task("test", jobs.end_once, (str(tmp_path / "once"),)),
        *(Task("test", jobs.double, (number,)) for number in range(5)),
    )
    assert lost != os.getpid() and others == [0, 2, 4, 6, 8]
    assert len([one for one in engine.usage if one.name == "test"]) >= 6


def test_a_task_that_ends_its_processes_is_an_error(engine, jobs):
    [error] = results(engine, Task("test", jobs.end_always))
    assert isinstance(error, CheckError) and "died twice" in error.what


@pytest.mark.parametrize("name", ["banking_en", "service_zh"])
def test_samples_come_out_as_in_one_process(engine, name):
    with LocalEngine(1) as local:
        audit, findings = audited(local, name)
    other, found = audited(engine, name)
    assert other == audit and found.equals(findings)


def test_two_nodes_find_what_one_process_finds(jobs, engine):
    from ray.cluster_utils import Cluster

    engine.release_workers()
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    try:
        cluster.add_node(num_cpus=1)
        with engine_for(Settings(engine="ray", ray_address=cluster.address)) as two, LocalEngine(1) as local:
            other, found = audited(two, "service_zh")
            audit, findings = audited(local, "service_zh")
            assert len({one.process for one in two.usage if one.process}) >= 2
        assert other == audit and found.equals(findings)
    finally:
        cluster.shutdown()


def test_what_ray_wrote_is_gone(jobs):
    needs_ray()
    with engine_for(Settings(engine="ray", workers=1, plugins=(JOBS,))) as engine:
        engine.begin(0, 0, silent)
        folder = Path(engine._folder)
        assert folder.is_dir() and results(engine, Task("test", jobs.double, (2,))) == [4]
    assert not folder.exists()


def test_a_cluster_that_is_not_there(jobs):
    needs_ray()
    settings = Settings(engine="ray", ray_address="127.0.0.1:1")
    with engine_for(settings) as engine, pytest.raises(InputError) as caught:
        engine.begin(0, 0, silent)
    assert "127.0.0.1:1" in caught.value.where


def test_memory_is_bounded_by_ray_itself():
    with pytest.raises(UsageError, match="does not apply"):
        engine_for(Settings(engine="ray", memory="4GB"))


def test_without_ray_the_way_to_get_it_is_said(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(UsageError) as caught:
        engine_for(Settings(engine="ray"))
    assert "[ray]" in caught.value.fix
