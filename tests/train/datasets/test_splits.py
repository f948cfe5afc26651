"""Nobody is on both sides of a split, no label file leads astray, and faults stop the run."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from made_data import write_image

from avce.model.anchors import RULES
from avce.model.errors import InputError
from avce.train.datasets import DATASETS, DataSource, proxy_note
from avce.train.datasets.afew_va import AFEW_VA_FOLDS
from avce.train.datasets.base import Listing, Sample, Skipped, check_faulty, drop_duplicates
from avce.train.datasets.label_files import (
    frame_lines,
    leaves_folder,
    locate,
    numbered_frames,
    table_rows,
)
from avce.train.datasets.splits import (
    check_leak,
    fold_of,
    take_every,
    take_half,
    take_subset,
    train_or_val,
)


def _sample(path: str, identity: str = "", video: str = "") -> Sample:
    return Sample(Path(path), 0.0, 0.0, "train", identity=identity, video=video)


def _listing(*samples: Sample, name: str = "csv") -> Listing:
    return Listing(name, list(samples))


def test_a_fold_is_the_published_check_value_of_crc_32() -> None:
    # The check value of CRC-32 (ISO 3309) is CBF43926 for the nine digits, 3,421,780,262.
    assert fold_of("123456789", 10) == 2
    assert fold_of("123456789", 5) == 2
    assert train_or_val("123456789", 2) == "val"


def test_one_key_in_so_many_is_held_out() -> None:
    held = sum(train_or_val(f"person {i}", 10) == "val" for i in range(2000))
    assert 150 < held < 250


def _many(n: int = 40, each: int = 2) -> Listing:
    return _listing(*(_sample(f"a/{i}.png", f"person {i // each}") for i in range(n)))


def test_a_subset_is_the_same_whatever_the_order_and_grows_by_adding() -> None:
    listing = _many()
    small, large = take_subset(listing, 7).samples, take_subset(listing, 15).samples
    assert (len(small), len(large)) == (7, 15)
    assert set(small) < set(large)
    assert small == [s for s in listing.samples if s in small]
    shuffled = _listing(*reversed(listing.samples))
    assert set(take_subset(shuffled, 7).samples) == set(small)
    assert take_subset(listing, 0) is listing
    assert take_subset(listing, 1000) is listing


def test_an_even_subset_takes_rare_emotions_whole_and_a_part_of_frequent_ones() -> None:
    emotions = [0] * 40 + [1] * 20 + [4] * 3
    samples = [replace(_sample(f"{i}.png"), emotion=e) for i, e in enumerate(emotions)]
    listing = Listing("made", samples)
    chosen = take_subset(listing, 23, even=True).samples
    assert Counter(s.emotion for s in chosen) == {0: 10, 1: 10, 4: 3}
    assert chosen == [s for s in samples if s in chosen], "in their order"
    assert set(take_subset(listing, 13, even=True).samples) < set(chosen)


def test_the_halves_of_a_split_share_nobody_and_leave_nobody_out() -> None:
    listing = _many(400)
    tune, report = (take_half(listing, part).samples for part in ("tune", "report"))
    assert not {s.identity for s in tune} & {s.identity for s in report}
    assert sorted(map(str, tune + report)) == sorted(map(str, listing.samples))
    assert 120 < len(tune) < 280
    assert take_half(listing, "all") is listing


def test_a_split_that_the_checksum_chose_has_two_halves_too() -> None:
    listing = _many(4000)
    kept = [s for s in listing.samples if train_or_val(s.identity, 10) == "val"]
    held = replace(listing, samples=kept)
    tune, report = (take_half(held, part).samples for part in ("tune", "report"))
    assert not {s.identity for s in tune} & {s.identity for s in report}
    assert len(tune) + len(report) == len(kept)
    assert 0.35 < len(tune) / len(kept) < 0.65


def test_a_half_without_anybody_is_refused() -> None:
    # The check value of CRC-32 for the nine digits is even.
    with pytest.raises(InputError, match="its half 'tune'"):
        take_half(_listing(_sample("a/1.png", "123456789")), "tune")


def test_listings_that_share_nothing_pass() -> None:
    train = _listing(_sample("a/1.png", "anna"), _sample("a/2.png", video="v1"))
    check_leak(train, _listing(_sample("b/1.png", "ben"), _sample("b/2.png", video="v2")))


@pytest.mark.parametrize(
    ("validation", "complaint"),
    [
        (_sample("b/9.png", "anna"), "share the identity anna"),
        (_sample("b/9.png", "ben", "v1"), "share the video v1"),
        (_sample("a/x/../1.png", "ben"), "share the image"),
    ],
)
def test_a_leak_is_refused_by_name(
    validation: Sample, complaint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a" / "x").mkdir(parents=True)
    train = _listing(_sample("a/1.png", "anna", "v1"))
    with pytest.raises(InputError, match=complaint):
        check_leak(train, _listing(_sample("b/1.png", "carl"), validation))


def test_an_image_is_known_again_through_a_link_to_its_folder(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    train = _listing(_sample(str(tmp_path / "real" / "1.png")))
    with pytest.raises(InputError, match="share the image"):
        check_leak(train, _listing(_sample(str(tmp_path / "link" / "1.png")), name="webfaces"))


def test_a_file_name_is_no_identity() -> None:
    check_leak(_listing(_sample("a/1.png", "1.png")), _listing(_sample("b/1.png", "1.png")))


def test_equal_numbers_of_two_data_sets_are_two_videos() -> None:
    train = _listing(_sample("a/1.png", "001", "001"), name="aff-wild")
    check_leak(train, _listing(_sample("b/1.png", "001", "001"), name="afew-va"))


def test_a_long_list_of_leaks_is_shortened() -> None:
    both = [_sample(f"a/{i}.png") for i in range(9)]
    with pytest.raises(InputError, match=re.escape("a/2.png and 6 more")):
        check_leak(_listing(*both), _listing(*both))


def test_an_image_counts_once_and_the_second_label_is_listed() -> None:
    listing = drop_duplicates(_listing(_sample("a/1.png", "anna"), _sample("a/./b/../1.png")))
    assert [s.identity for s in listing.samples] == ["anna"]
    assert listing.faults() == {"the image was listed before": 1}


def test_faults_stop_a_run_but_missing_ratings_do_not() -> None:
    unrated = [Skipped("x", "not rated", fault=False)] * 100
    listing = Listing("csv", [_sample("1.png")] * 4, [Skipped("y", "gone"), *unrated])
    check_faulty("csv", 4, listing.faults())
    with pytest.raises(InputError, match=re.escape("1 of the 5 labelled images of csv")):
        check_faulty("csv", 4, listing.faults(), limit=0.1)
    more = re.escape("(gone: 2): more than the 20% allowed, so check the folder, or allow more")
    with pytest.raises(InputError, match=more):
        check_faulty("csv", 4, {"gone": 2})
    check_faulty("csv", 4, {"gone": 2}, limit=0.5)


@pytest.mark.parametrize("limit", [-0.1, 1.5, float("nan")])
def test_a_share_outside_its_range_is_refused(limit: float) -> None:
    with pytest.raises(InputError, match="--max-faulty is a share from 0 to 1"):
        check_faulty("csv", 1, {}, limit)


@pytest.mark.parametrize(
    "name", ["../x.png", "a/../../x.png", "/etc/passwd", "..\\x.png", "C:\\x.png", "\\\\pc\\x.png"]
)
def test_a_name_that_leads_out_of_the_folder_is_not_followed(name: str, tmp_path: Path) -> None:
    write_image(tmp_path / "x.png")
    assert leaves_folder(name)
    found = locate(tmp_path / "a", name)
    assert isinstance(found, Skipped)
    assert found.reason == "the name leads out of the data set's folder"


@pytest.mark.parametrize("name", ["1.png", "a/b/1.png", "a..b.png", "...png"])
def test_a_name_inside_the_folder_is_followed(name: str, tmp_path: Path) -> None:
    write_image(tmp_path / name)
    assert locate(tmp_path, name) == tmp_path / name


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("gone.png", "the image is missing"),
        ("", "the image is missing"),
        ("folder", "the image is missing"),
        ("a\0b.png", "the image is missing"),
        ("x" * 5000, "the image is missing"),
        ("empty.png", "the image is empty"),
    ],
)
def test_an_image_that_is_not_there_is_named(name: str, reason: str, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "empty.png").touch()
    assert locate(tmp_path, name) == Skipped(name, reason)


def test_frames_are_known_by_their_numbers(tmp_path: Path) -> None:
    for name in ("00010.jpg", "00002.JPG", "3.png", "cover.jpg", "00004.txt"):
        (tmp_path / name).touch()
    assert sorted(numbered_frames(tmp_path)) == [2, 3, 10]
    assert numbered_frames(tmp_path / "nowhere") == {}


def test_a_blank_line_keeps_the_lines_below_it_in_their_places(tmp_path: Path) -> None:
    (tmp_path / "labels.txt").write_bytes(b"\xef\xbb\xbf0.1\r\n\r\n 0.3\r\n\r\n\n")
    assert frame_lines(tmp_path / "labels.txt") == ["0.1", "", "0.3"]


def test_a_binary_label_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "labels.txt").write_bytes(b"\x80\x04\xff\x00")
    with pytest.raises(InputError, match="cannot be read as a text file"):
        frame_lines(tmp_path / "labels.txt")


def test_a_table_with_an_endless_cell_is_refused(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text("a,b\n" + "x" * 200_000)
    with pytest.raises(InputError, match="cannot be read as a CSV text file"):
        list(table_rows(tmp_path / "labels.csv"))


@pytest.fixture
def table(tmp_path: Path) -> Callable[..., DataSource]:
    def write(*rows: str) -> DataSource:
        write_image(tmp_path / "1.png")
        text = "path,valence,arousal,split\n" + "".join(f"{row}\n" for row in rows)
        (tmp_path / "labels.csv").write_text(text)
        return DataSource("csv", tmp_path)

    return write


def test_a_data_set_lists_its_duplicates(table: Callable[..., DataSource]) -> None:
    listing = table("1.png,0,0,train", "1.png,.5,0,val").read(max_faulty=0.5)
    assert (len(listing.samples), listing.faults()) == (1, {"the image was listed before": 1})


def test_an_image_of_two_splits_is_in_both(table: Callable[..., DataSource]) -> None:
    parts = table("1.png,0,0,train", "1.png,.5,0,val").read_splits(max_faulty=0.5)
    assert {name: [s.valence for s in part.samples] for name, part in parts.items()} == {
        "train": [0.0],
        "val": [0.5],
    }


def test_a_data_set_with_too_many_faults_is_refused(table: Callable[..., DataSource]) -> None:
    source = table("1.png,0,0,train", "2.png,0,0,train", "3.png,0,0,train")
    with pytest.raises(InputError, match="the image is missing or empty: 2"):
        source.read("train")


def test_the_images_of_another_split_may_be_elsewhere(table: Callable[..., DataSource]) -> None:
    source = table("1.png,0,0,val", "2.png,0,0,train", "3.png,0,0,train")
    assert source.read("val").skipped == []


def test_a_data_set_without_a_usable_image_says_why(table: Callable[..., DataSource]) -> None:
    with pytest.raises(InputError, match=r"no usable image in the split 'val' \(.*empty: 1"):
        table("2.png,0,0,val").read("val")


def test_a_data_set_says_what_is_known_of_it() -> None:
    for name, data in DATASETS.items():
        assert data.name == name
        assert data.title
        assert data.label_rule
        assert data.splits[0] == "train"
    rated = {"aff-wild", "aff-wild2", "affectnet", "csv", "session"}
    rated |= {data.name for data in AFEW_VA_FOLDS}
    assert {name for name, data in DATASETS.items() if not data.proxy} == rated
    assert {name for name, data in DATASETS.items() if not data.licence} == {"csv", "session"}


@pytest.mark.parametrize("name", sorted(DATASETS))
def test_a_split_that_a_data_set_has_not_is_refused_with_those_it_has(
    name: str, tmp_path: Path
) -> None:
    data = DATASETS[name]
    with pytest.raises(InputError, match=re.escape(f"choose one of {', '.join(data.splits)}")):
        data.read(tmp_path, "nonsense")


def test_only_labels_that_nobody_rated_are_called_a_proxy() -> None:
    assert proxy_note(["affectnet", "csv"], RULES["words"]) == ""
    note = proxy_note(["ferplus", "csv", "raf-db", "ferplus"], RULES["words"])
    assert note.startswith("Valence and arousal of FER+ and RAF-DB are a proxy")


def test_every_data_set_has_its_name() -> None:
    published = {"aff-wild", "aff-wild2", "affectnet", "ferplus", "raf-db", "afew-va"}
    published |= {f"afew-va-fold{fold}" for fold in (1, 2, 3, 4)}
    assert set(DATASETS) == published | {"csv", "rendered", "session", "webfaces"}


def test_a_stride_keeps_every_so_manieth_frame_and_every_still() -> None:
    frames = [Sample(Path(f"{n}.jpg"), 0, 0, "train", video="a", frame=n) for n in (0, 3, 4, 6, 9)]
    still = Sample(Path("s.jpg"), 0, 0, "train", frame=1)
    listing = Listing("csv", [*frames, still])
    assert [s.frame for s in take_every(listing, 3).samples] == [0, 3, 6, 9, 1]
    assert take_every(listing, 1) is listing
