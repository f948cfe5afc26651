"""Learning curves are joined over all the times that a run was taken up."""

from __future__ import annotations

from pathlib import Path

import pytest
from made_reports import write_log

from avce.model.errors import InputError
from avce.train.reports.learning import read_learning


def _row(step: int, **values: float) -> dict[str, float]:
    return {"epoch": step // 10, "step": step} | {
        k.replace("_", "/", 1): v for k, v in values.items()
    }


def test_a_part_takes_the_place_of_what_earlier_parts_logged_after_its_beginning(
    tmp_path: Path,
) -> None:
    first = [_row(4, train_total=4.0), _row(9, train_total=3.0), _row(9, val_ccc=0.1)]
    # Killed at 14 after a save at 12, so the second part repeats 14; the third begins at 19.
    write_log(tmp_path, 0, [*first, _row(14, train_total=99.0), _row(17, train_total=99.0)])
    write_log(tmp_path, 1, [_row(14, train_total=2.0), _row(19, train_total=1.0)])
    write_log(tmp_path, 2, [_row(19, train_total=1.5), _row(19, val_ccc=0.3)])
    learning = read_learning(tmp_path)
    total, ccc = learning.curves["train/total"], learning.curves["val/ccc"]
    assert total.iteration.tolist() == [5, 10, 15, 20]
    assert total.value.tolist() == [4.0, 3.0, 2.0, 1.5]
    assert (ccc.iteration.tolist(), ccc.value.tolist()) == ([10, 20], [0.1, 0.3])
    assert learning.parts == 3
    assert [learning.iteration_of(epoch) for epoch in (0, 1, 2)] == [10, 20, None]


def test_the_tenth_part_comes_after_the_second(tmp_path: Path) -> None:
    write_log(tmp_path, 10, [_row(9, train_total=1.0)])
    write_log(tmp_path, 2, [_row(4, train_total=2.0), _row(9, train_total=7.0)])
    assert read_learning(tmp_path).curves["train/total"].value.tolist() == [2.0, 1.0]


def test_a_row_that_a_kill_tore_is_left_out_and_an_empty_part_does_not_count(
    tmp_path: Path,
) -> None:
    table = write_log(tmp_path, 0, [_row(4, train_total=4.0)])
    with table.open("a") as file:
        file.write("1,")
    write_log(tmp_path, 1, [])
    (tmp_path / "csv-notes").mkdir()
    learning = read_learning(tmp_path)
    assert learning.curves["train/total"].iteration.tolist() == [5]
    assert learning.parts == 1


def test_a_run_without_a_log_has_no_curves(tmp_path: Path) -> None:
    learning = read_learning(tmp_path)
    assert (learning.curves, learning.parts) == ({}, 0)


def test_a_log_that_is_no_text_is_refused_by_name(tmp_path: Path) -> None:
    write_log(tmp_path, 0, [_row(4, train_total=4.0)]).write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match=r"metrics\.csv cannot be read"):
        read_learning(tmp_path)
