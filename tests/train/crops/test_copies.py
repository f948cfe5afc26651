"""The same face twice is seen, and never learned from where it is also held out."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from made_data import make_prepared, write_image
from made_runs import make_run

from avce.model.errors import InputError
from avce.train import fit as fitting
from avce.train.crops import prepare as preparing
from avce.train.crops.copies import copies_of, digests_of, report_copies
from avce.train.crops.preparation import Preparation
from avce.train.crops.prepare import prepare
from avce.train.datasets.base import Listing, Sample, Skipped
from avce.train.loader import TrainLoader


def test_equal_crops_have_equal_digests_and_others_have_not() -> None:
    crops = np.zeros((4, 8, 8), np.uint8)
    crops[1, 7, 7] = 1
    crops[2, 7, 6] = 1
    first, second, third, fourth = digests_of(crops).tolist()
    assert len({first, second, third}) == 3
    assert fourth == first


def test_copies_are_counted_and_listed() -> None:
    def sample(name: str, valence: float, split: str) -> Sample:
        return Sample(Path(name), valence, 0.0, split)

    samples = [
        sample("a.png", 0.1, "train"),
        sample("b.png", 0.2, "train"),
        sample("c.png", 0.1, "train"),  # as a
        sample("d.png", 0.3, "val"),  # as b
        sample("e.png", 0.3, "val"),
    ]
    report = report_copies(samples, np.array([7, 8, 7, 8, 9], np.uint64))
    assert report == {
        "images": 4,
        "groups": 2,
        "groups with different labels": 1,
        "groups in several splits": 1,
        "each": [["train/a.png", "train/c.png"], ["train/b.png", "val/d.png"]],
    }


def test_a_copy_is_known_across_sets_of_any_number() -> None:
    learned = [np.array([1, 2], np.uint64), np.array([3, 4], np.uint64)]
    held_out = [np.array([9], np.uint64), np.array([4, 1], np.uint64)]
    assert copies_of(learned, held_out).tolist() == [True, False, False, True]


@pytest.mark.parametrize("balance", [False, True])
def test_what_is_left_out_is_never_drawn(tmp_path: Path, balance: bool) -> None:
    sets = [make_prepared(tmp_path, 10), make_prepared(tmp_path, 6, seed=1)]
    leave_out = np.zeros(16, bool)
    leave_out[[3, 12]] = True
    loader = TrainLoader(sets, 7, seed=0, position=lambda: 0, balance=balance, leave_out=leave_out)
    seen = {int(i) for epoch in range(20) for i in loader.order(epoch)}
    assert seen == set(range(16)) - {3, 12}
    assert len(loader) == 2


def test_training_goes_without_the_images_that_are_validated_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    train, val = make_prepared(tmp_path, 18), make_prepared(tmp_path, 8, seed=1)
    val.crops[5] = train.crops[2]
    val.crops[6] = train.crops[11]
    monkeypatch.setattr(fitting, "load_sets", lambda *_: ([train], [val]))
    made: list[TrainLoader] = []

    class Recorded(TrainLoader):
        def __init__(self, *arguments, **options) -> None:
            super().__init__(*arguments, **options)
            made.append(self)

    monkeypatch.setattr(fitting, "TrainLoader", Recorded)
    fitting.fit(make_run("baseline"), tmp_path / "run")
    assert "2 training images are left out" in capsys.readouterr().out
    assert set(made[0].order(0).tolist()) == set(range(18)) - {2, 11}


@pytest.fixture
def listing(tmp_path: Path) -> Listing:
    """Five face crops of which two are equal, and one file that is no image."""
    for i in range(5):
        write_image(tmp_path / f"{i}.png", seed=i % 4)
    (tmp_path / "5.png").write_text("no image")
    samples = [Sample(tmp_path / f"{i}.png", i / 10, 0.0, "train") for i in range(6)]
    return Listing("csv", samples, precropped=True)


def in_sight(folder: Path) -> list[str]:
    """What a folder holds beside lock files, which stay: others may wait for them."""
    return sorted(path.name for path in folder.iterdir() if path.suffix != ".lock")


def test_a_set_is_made_once_however_many_want_it(
    tmp_path: Path, listing: Listing, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Path] = []
    make = preparing._make

    def counted(listing: Listing, folder: Path, *rest) -> None:
        made.append(folder)
        make(listing, folder, *rest)

    monkeypatch.setattr(preparing, "_make", counted)
    with ThreadPoolExecutor(2) as pool:
        preparation = Preparation(tmp_path / "crops", workers=1)
        jobs = [pool.submit(prepare, listing, preparation, size=32) for _ in range(2)]
        first, second = (job.result() for job in jobs)
    assert len(made) == 1
    assert first.folder == second.folder
    assert in_sight(tmp_path / "crops") == [first.folder.name]
    report = json.loads((first.folder / "report.json").read_text())
    assert report["identical images"]["each"] == [["train/0.png", "train/4.png"]]
    assert report["identical images"]["groups with different labels"] == 1
    assert report["faults"] == {"the image cannot be decoded": 1}
    assert report["left out, each"] == ["5.png: the image cannot be decoded"]
    stored = first.digests()
    np.testing.assert_array_equal(stored, digests_of(first.crops))
    # What was made when more was allowed is not passed on to one who allows less.
    with pytest.raises(InputError, match=r"1 of the 6 labelled images.*more than the 10%"):
        prepare(listing, Preparation(tmp_path / "crops", max_faulty=0.1), size=32)


def test_what_a_killed_preparation_left_is_swept_by_the_next(
    tmp_path: Path, listing: Listing, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Path] = []
    preparation = Preparation(tmp_path / "crops", workers=1)

    def killed(listing: Listing, folder: Path, *rest) -> None:
        made.append(folder)
        (folder / "all.npy").write_bytes(b"half")
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(preparing, "_make", killed)
        # As a killed process does not.
        patch.setattr(preparing.shutil, "rmtree", lambda *_, **__: None)
        with pytest.raises(KeyboardInterrupt):
            prepare(listing, preparation, size=32)
    assert (made[0] / "all.npy").is_file()
    prepared = prepare(listing, preparation, size=32)
    assert in_sight(tmp_path / "crops") == [prepared.folder.name]


def test_the_readers_faults_and_the_preparations_are_one_share(
    tmp_path: Path, listing: Listing
) -> None:
    faulty = replace(listing, skipped=[Skipped("6.png", "the image is missing")])
    with pytest.raises(InputError, match="2 of the 7 labelled images of csv cannot be used"):
        prepare(faulty, Preparation(tmp_path / "crops", workers=1), size=32)
    assert in_sight(tmp_path / "crops") == []


def test_an_image_is_cropped_once_however_many_sets_hold_it(
    tmp_path: Path, listing: Listing, monkeypatch: pytest.MonkeyPatch
) -> None:
    cropped: list[list[str]] = []
    crop = preparing.cropped_faces

    def counted(listing: Listing, *rest):
        cropped.append([s.name for s in listing.samples])
        return crop(listing, *rest)

    monkeypatch.setattr(preparing, "cropped_faces", counted)
    preparation = Preparation(tmp_path / "crops", workers=1)
    first = [listing.samples[i] for i in (1, 3)]
    prepare(replace(listing, samples=first), preparation, size=32)
    # Another label makes another set of the same images.
    relabelled = [replace(s, valence=-s.valence, split="val") for s in listing.samples[:5]]
    taken = prepare(replace(listing, samples=relabelled), preparation, size=32)
    write_image(tmp_path / "3.png", seed=9)
    changed = prepare(replace(listing, samples=listing.samples[:5]), preparation, size=32)
    assert cropped == [["1.png", "3.png"], ["0.png", "2.png", "4.png"], ["3.png"]]
    # By other processes here, which crop as this one does.
    elsewhere = replace(preparation, crops=tmp_path / "new", workers=2)
    alone = prepare(replace(listing, samples=relabelled), elsewhere, size=32)
    assert taken.names == [f"{i}.png" for i in range(5)]
    assert taken.target[:, 0].tolist() == pytest.approx([-i / 10 for i in range(5)])
    np.testing.assert_array_equal(taken.crops[[0, 1, 2, 4]], alone.crops[[0, 1, 2, 4]])
    np.testing.assert_array_equal(changed.crops, alone.crops)
    assert np.abs(taken.crops[3].astype(int) - changed.crops[3]).mean() > 5


def test_an_image_without_a_face_is_searched_once_however_many_sets_hold_it(
    tmp_path: Path, listing: Listing, monkeypatch: pytest.MonkeyPatch
) -> None:
    searched: list[list[str]] = []
    crop = preparing.cropped_faces

    def counted(listing: Listing, *rest):
        searched.append([s.name for s in listing.samples])
        return crop(listing, *rest)

    monkeypatch.setattr(preparing, "cropped_faces", counted)
    preparation = Preparation(tmp_path / "crops", workers=1, max_faulty=1.0)
    # The data set says where the face of the first is; the finder sees none in the others, and the
    # last cannot be read: that may be mended without the file being touched.
    first, *others = listing.samples
    scenes = replace(
        listing, samples=[replace(first, box=(0, 0, 48, 48)), *others], precropped=False
    )
    made = prepare(scenes, preparation, size=32)
    relabelled = [replace(s, split="val") for s in scenes.samples]
    write_image(tmp_path / "3.png", seed=9)
    again = prepare(replace(scenes, samples=relabelled), preparation, size=32)
    assert searched == [[f"{i}.png" for i in range(6)], ["3.png", "5.png"]]
    assert again.names == made.names == ["0.png"]
    assert again.folder != made.folder
    reports = [json.loads((one.folder / "report.json").read_text()) for one in (made, again)]
    assert reports[0] == reports[1] | {"identical images": reports[0]["identical images"]}
    assert reports[1]["faults"] == {"no face was found": 4, "the image cannot be decoded": 1}
