"""A batch on a Ray cluster: row for row what one process gives, also where a worker is killed."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from pyarrow import dataset

from avce.app.batch import cluster
from avce.app.batch.job import Job, Outcome, analyse_job
from avce.app.batch.run import run_batch
from avce.app.settings import RecordingOptions, RunSettings
from avce.app.sources.demo import DEMO_CLIP
from avce.model.errors import InputError, MissingExtraError

PARTS = ((0.0, 0.2), (5.0, 5.2), (10.0, 10.2), (15.0, 15.2))


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rows = [f"{DEMO_CLIP},P{i},{start},{end}" for i, (start, end) in enumerate(PARTS)]
    path = tmp_path_factory.mktemp("list") / "parts.csv"
    path.write_text("\n".join(["path,participant,start,end", *rows, ""]), encoding="utf-8")
    return path


@contextmanager
def started_in_time() -> Iterator[None]:
    """Skips where Ray's own 30 s to start are too short for a machine that is busy."""
    try:
        yield
    except InputError as error:
        if "timed out during startup" in str(error):
            pytest.skip(str(error))
        raise


def table(out: Path) -> dict[str, np.ndarray]:
    found = dataset.dataset(out / "readings").to_table().to_pandas()
    found = found.sort_values(["participant", "frame", "face_id"])
    return {name: found[name].to_numpy() for name in found.columns}


def job(name: str, out: Path, model: Path) -> Job:
    return Job(RunSettings(Path(name), model, recording=RecordingOptions(out)))


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "net.onnx"
    path.write_bytes(b"a network")
    return path


@pytest.mark.slow
@pytest.mark.cluster
def test_two_actors_of_which_one_is_killed_give_the_rows_of_one_process(
    manifest: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("ray")
    alone, killed = tmp_path / "alone", tmp_path / "killed"

    def run(out: Path, **more: object) -> int:
        settings = RunSettings(recording=RecordingOptions(out))
        return run_batch([manifest], settings, table=True, **more)  # pyright: ignore[reportArgumentType]

    assert run(alone) == 0

    def begin_and_fall(job: Job) -> Outcome:
        if not killed.exists():
            killed.touch()
            # In the middle of a file: its folder is begun, nothing of it is whole.
            analyse_job(job)
            os.kill(os.getpid(), signal.SIGKILL)
        return analyse_job(job)

    falling = partial(cluster.ray_outcomes, work=begin_and_fall)
    monkeypatch.setattr(cluster, "ray_outcomes", falling)
    fallen = tmp_path / "fallen"
    with started_in_time():
        assert run(fallen, ray="local", workers=2) == 0
    assert killed.exists()
    wanted = table(alone)
    assert len(wanted["frame"]) >= 4 * len(PARTS)
    found = table(fallen)
    assert list(found) == list(wanted)
    for name, values in wanted.items():
        np.testing.assert_array_equal(found[name], values, err_msg=name)


@pytest.mark.slow
@pytest.mark.cluster
def test_a_file_that_fells_every_worker_fails_alone_and_the_model_is_sent_along(
    tmp_path: Path, model: Path
) -> None:
    pytest.importorskip("ray")
    jobs = [job(name, tmp_path, model) for name in ("a", "bomb", "b", "c")]

    def work(job: Job) -> Outcome:
        if job.path.name == "bomb":
            os._exit(1)
        assert job.settings.model is not None
        said = {"model": job.settings.model.read_bytes().decode(), "threads": job.threads}
        return Outcome("done", detail=json.dumps(said))

    handler = signal.getsignal(signal.SIGTERM)
    with started_in_time():
        found = dict(cluster.ray_outcomes(jobs, "local", 2, work=work))
    assert signal.getsignal(signal.SIGTERM) is handler
    assert found.keys() == set(jobs)
    assert found[jobs[1]].status == "failed"
    assert f"{cluster.TRIES} times" in found[jobs[1]].detail
    said = [json.loads(found[each].detail) for each in (jobs[0], *jobs[2:])]
    assert all(each["model"] == "a network" and each["threads"] >= 1 for each in said)


@pytest.mark.cluster
def test_where_there_is_no_cluster_a_sentence_says_so(tmp_path: Path, model: Path) -> None:
    pytest.importorskip("ray")
    with pytest.raises(InputError, match=r"no Ray at 127\.0\.0\.1:1 "):
        list(cluster.ray_outcomes([job("a", tmp_path, model)], "127.0.0.1:1", 1))


def test_a_cluster_that_refuses_is_told_with_what_it_may_ask_for(
    tmp_path: Path, model: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    class Refusing(ModuleType):
        @staticmethod
        def init(**_given: object) -> None:
            os.write(2, b"Unauthenticated\n")
            raise ConnectionError("Failed to connect")

        @staticmethod
        def shutdown() -> None: ...

    monkeypatch.setitem(sys.modules, "ray", Refusing("ray"))
    monkeypatch.setattr(cluster, "_reach", lambda _: None)
    with pytest.raises(InputError, match=r"to Ray at 10\.0\.0\.1:6379 .*RAY_AUTH_MODE=token"):
        list(cluster.ray_outcomes([job("a", tmp_path, model)], "10.0.0.1:6379", 1))
    assert capfd.readouterr().err == ""


def test_without_ray_the_extra_is_named_and_nothing_would_be_reported(
    tmp_path: Path, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    monkeypatch.delenv("RAY_USAGE_STATS_ENABLED", raising=False)
    with pytest.raises(MissingExtraError, match="cluster"):
        list(cluster.ray_outcomes([job("a", tmp_path, model)], "local", 1))
    assert os.environ["RAY_USAGE_STATS_ENABLED"] == "0"


def test_a_model_that_another_machine_lacks_is_laid_there_once(
    tmp_path: Path, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster.tempfile, "gettempdir", lambda: str(tmp_path / "elsewhere"))
    (tmp_path / "elsewhere").mkdir()
    assert cluster._placed(model, b"a network") == model
    copy = cluster._placed(tmp_path / "away" / "net.onnx", b"a network")
    assert copy.read_bytes() == b"a network"
    assert copy == cluster._placed(tmp_path / "away" / "net.onnx", b"a network")
    # Another model of the same name takes the place of neither.
    other = cluster._placed(model, b"another")
    assert other.read_bytes() == b"another"
    assert model.read_bytes() == copy.read_bytes() == b"a network"
