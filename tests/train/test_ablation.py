"""What a card says of L_AVCE comes from the table of a comparison."""

from __future__ import annotations

from pathlib import Path

import pytest

from avce.model.errors import InputError
from avce.train.cards.ablation import ablation_lines, read_ablation

HEAD = "row,figure,n,mean,deviation,reference,pairs,difference,low,high\n"


def _table(folder: Path, valence: str, arousal: str) -> Path:
    path = folder / "table.csv"
    path.write_text(
        HEAD
        + "baseline,ccc_valence,3,0.5,0.01,,,,,\n"
        + f"avce,ccc_valence,3,0.52,0.01,baseline,3,{valence}\n"
        + f"avce,ccc_arousal,3,0.52,0.01,baseline,3,{arousal}\n"
    )
    return path


def test_a_clear_difference_is_named_and_an_unclear_one_is_not(tmp_path: Path) -> None:
    found = read_ablation(_table(tmp_path, "0.02,0.01,0.03", "-0.01,-0.05,0.03"))
    assert (found["reference"], found["pairs"]) == ("baseline", 3)
    text = ablation_lines(found)[0]
    assert "valence +0.020 (+0.010 to +0.030)" in text
    assert text.endswith("So: CCC is higher in valence.")
    unclear = read_ablation(_table(tmp_path, "0.02,-0.01,0.05", "-0.01,-0.05,0.03"))
    assert ablation_lines(unclear)[0].endswith("So: no clear difference on either axis.")
    worse = read_ablation(_table(tmp_path, "0.02,-0.01,0.05", "-0.04,-0.05,-0.03"))
    assert ablation_lines(worse)[0].endswith("So: CCC is lower in arousal.")


@pytest.mark.parametrize("cells", ["", "0.02,,", "nan,0.1,0.2", "a,b,c"])
def test_a_table_that_does_not_say_it_is_refused(tmp_path: Path, cells: str) -> None:
    with pytest.raises(InputError, match=r"table\.csv"):
        read_ablation(_table(tmp_path, cells, "0.1,0.0,0.2"))
    with pytest.raises(InputError, match=r"absent\.csv"):
        read_ablation(tmp_path / "absent.csv")
