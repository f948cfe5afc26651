"""What a card says of L_AVCE comes from the table of a comparison."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from avce.model.errors import InputError
from avce.train.cards.ablation import ablation_lines, read_ablation

HEAD = "row,figure,n,mean,deviation,reference,pairs,difference,low,high"
BUDGET_HEAD = ",method,settings,data,faces,backbone,input_size,start,iterations,batch_size"
BUDGET = "ferplus,6000,resnet18,112,ImageNet,1400,64"


def _table(folder: Path, valence: str, arousal: str, reference_budget: str = BUDGET) -> Path:
    path = folder / "table.csv"
    path.write_text(
        f"{HEAD}{BUDGET_HEAD}\n"
        f"baseline,ccc_valence,3,0.5,0.01,,,,,,baseline,,{reference_budget}\n"
        f"avce,ccc_valence,3,0.52,0.01,baseline,3,{valence},avce,mining=hard,{BUDGET}\n"
        f"avce,ccc_arousal,3,0.52,0.01,baseline,3,{arousal},avce,mining=hard,{BUDGET}\n"
    )
    return path


def test_the_card_says_the_budget_of_the_table_it_is_given(tmp_path: Path) -> None:
    found = read_ablation(_table(tmp_path, "0.02,0.01,0.03", "0.01,-0.05,0.03"))
    text = ablation_lines(json.loads(json.dumps(found)))[0]
    assert "resnet18 at 112 px from ImageNet weights" in text
    assert "1,400 iterations of 64 of 6,000 faces of ferplus: `table.csv`" in text


def test_the_shipped_table_is_of_the_network_and_faces_that_its_page_names() -> None:
    docs = Path(__file__).parents[3] / "docs"
    budget = read_ablation(docs / "results.csv")["budget"]
    page = (docs / "results.md").read_text()
    assert "compact at 48 px" in budget
    assert "compact at 48 px" in page
    assert "440 iterations of 128 of 28,433 faces of ferplus" in budget
    assert "Learned from ferplus, split `train`: 28,433 faces" in page
    assert "440 or 220 or 880 iterations of 128 faces" in page


def test_a_table_without_its_budget_is_refused_in_one_sentence(tmp_path: Path) -> None:
    path = _table(tmp_path, "0.02,0.01,0.03", "0.01,-0.05,0.03")
    rows = [line.split(",")[:10] for line in path.read_text().splitlines()]
    path.write_text("".join(",".join(row) + "\n" for row in rows))
    with pytest.raises(
        InputError, match=r"table\.csv does not say what its rows were trained with"
    ):
        read_ablation(path)


@pytest.mark.parametrize("other", [BUDGET.replace("1400", "700"), BUDGET.replace("112", "64")])
def test_rows_of_different_budgets_are_not_compared(tmp_path: Path, other: str) -> None:
    with pytest.raises(InputError, match="different budgets"):
        read_ablation(_table(tmp_path, "0.02,0.01,0.03", "0.01,-0.05,0.03", other))


def test_a_clear_difference_is_named_and_an_unclear_one_is_not(tmp_path: Path) -> None:
    found = read_ablation(_table(tmp_path, "0.02,0.01,0.03", "-0.01,-0.05,0.03"))
    assert (found["reference"], found["pairs"]) == ("baseline", 3)
    text = ablation_lines(found)[0]
    assert "valence +0.020 (+0.010 to +0.030)" in text
    assert text.endswith("So: CCC is higher in valence.")
    unclear = read_ablation(_table(tmp_path, "0.02,-0.01,0.05", "-0.01,-0.05,0.03"))
    assert ablation_lines(unclear)[0].endswith("So: no clear difference on either axis.")
    assert text.startswith("Did AVCE as a whole, L_AVCE or not, help?")
    path = _table(tmp_path, "0.02,0.01,0.03", "-0.01,-0.05,0.03")
    path.write_text(path.read_text().replace("baseline", "avce-no-contrast"))
    assert ablation_lines(read_ablation(path))[0].startswith("Did L_AVCE help?")
    worse = read_ablation(_table(tmp_path, "0.02,-0.01,0.05", "-0.04,-0.05,-0.03"))
    assert ablation_lines(worse)[0].endswith("So: CCC is lower in arousal.")


@pytest.mark.parametrize("cells", ["", "0.02,,", "nan,0.1,0.2", "a,b,c"])
def test_a_table_that_does_not_say_it_is_refused(tmp_path: Path, cells: str) -> None:
    with pytest.raises(InputError, match=r"table\.csv"):
        read_ablation(_table(tmp_path, cells, "0.1,0.0,0.2"))
    with pytest.raises(InputError, match=r"absent\.csv"):
        read_ablation(tmp_path / "absent.csv")
