"""The best checkpoint of a run is found by its name, and a foreign name is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from avce.model.errors import InputError
from avce.train import cli
from avce.train.config import RunConfig
from avce.train.run_folder import BEST, LAST, best_checkpoint, claim


def _checkpoints(run: Path, *names: str) -> Path:
    (run / BEST).mkdir(parents=True)
    for name in names:
        (run / BEST / name).touch()
    return run


def test_the_highest_figure_is_the_best_whatever_its_sign(tmp_path: Path) -> None:
    run = _checkpoints(tmp_path / "a", "000-0.1000.ckpt", "007-0.4000.ckpt", "012-0.3999.ckpt")
    assert best_checkpoint(run).name == "007-0.4000.ckpt"
    run = _checkpoints(tmp_path / "b", "000--0.2000.ckpt", "001--0.0100.ckpt", "002-nan.ckpt")
    assert best_checkpoint(run).name == "001--0.0100.ckpt"


def test_a_run_without_a_checkpoint_says_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no finished epoch yet"):
        best_checkpoint(tmp_path)


@pytest.mark.parametrize("name", ["mine.ckpt", "best-0.5.ckpt", "003.ckpt", "003-0.5-v1.ckpt"])
def test_a_foreign_name_is_refused_in_one_sentence(
    tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    run = _checkpoints(tmp_path / "run", "000-0.1000.ckpt", name)
    with pytest.raises(InputError, match=r"not named as avce-train names its checkpoints"):
        best_checkpoint(run)
    (run / "config.json").write_text("{}")
    assert cli.main(["report", str(run)]) == 2
    said = capsys.readouterr().err
    assert name in said
    assert len(said.strip().splitlines()) == 1


def test_a_folder_with_a_state_belongs_to_its_configuration(tmp_path: Path) -> None:
    claim(tmp_path, RunConfig("csv:a"))
    claim(tmp_path, RunConfig("csv:b"))  # nothing was trained yet
    (tmp_path / LAST).touch()
    claim(tmp_path, RunConfig("csv:b"))
    with pytest.raises(InputError, match="another configuration"):
        claim(tmp_path, RunConfig("csv:a"))
