"""A file that is no checkpoint is refused in a sentence of ours, whatever is in it."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pytest
import torch

from avce.model.errors import InputError
from avce.train.checkpoint import load_checkpoint, load_network


@pytest.mark.parametrize(
    "content",
    [
        {"avce": {}, "state_dict": {}},
        {"avce": [], "state_dict": {}},
        {"avce": None, "state_dict": None},
        {"avce": {"config": {}}, "state_dict": []},
        {"avce": {"config": []}, "state_dict": {}},
        {"avce": {"config": {"network": 7}}, "state_dict": {}},
        {"avce": "config", "state_dict": {1: 2}},
    ],
)
def test_a_checkpoint_of_odd_parts_is_refused_in_a_sentence(tmp_path: Path, content: Any) -> None:
    path = tmp_path / "odd.ckpt"
    torch.save(content, path)
    with pytest.raises(InputError) as refused:
        load_network(path)
    assert str(path) in str(refused.value)
    assert "\n" not in str(refused.value)


class _Runs:
    def __reduce__(self) -> tuple[Any, ...]:
        return print, ("this must not run",)


@pytest.mark.parametrize(
    "data", [b"", b"\x80\x04", pickle.dumps(_Runs()), b"PK\x03\x04" + b"0" * 60]
)
def test_what_is_no_checkpoint_is_refused_without_the_words_of_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], data: bytes
) -> None:
    path = tmp_path / "odd.ckpt"
    path.write_bytes(data)
    with pytest.raises(InputError) as refused:
        load_checkpoint(path)
    assert str(refused.value) == (f"{path} is not a checkpoint of avce-train: it cannot be read.")
    assert "must not run" not in capsys.readouterr().out
