"""What a batch takes from folders: everything that it can, by its own name, and never itself."""

from __future__ import annotations

import csv
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from avce.app.batch import job as batch_job
from avce.app.batch import run as batch
from avce.app.batch.index import Index, read_index
from avce.app.batch.inputs import LeftOut, find_inputs
from avce.app.batch.job import Outcome, analyse_job
from avce.app.batch.manifest import Entry
from avce.app.batch.run import run_batch
from avce.app.batch.table import part_name
from avce.app.settings import RecordingOptions, RunSettings
from avce.app.sources import open_source
from avce.model.errors import InputError

from ..stand_ins import analyser
from ..videos import write_images, write_video

ODD = ["a,b.mp4", 'say "hi".mp4', "two\nlines.mp4", "end .mp4 ", "ä" * 125 + ".mp4", "-out.mp4"]
NOT_UTF8 = os.fsdecode(b"caf\xe9.mp4")


def make(folder: Path, *names: str) -> list[Path]:
    paths = [folder / name for name in names]
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"something else")
    return paths


def names(paths: list[Path], folder: Path) -> list[str]:
    return [str(path.relative_to(folder)) for path in paths]


def test_camcorder_files_are_found_and_a_video_without_an_ending_too(tmp_path: Path) -> None:
    make(tmp_path, "00000.MTS", "b.m2ts", "VTS_01_1.VOB", "c.flv", "d.ogv", "e.MOD")
    write_video(tmp_path / "plain.mkv", (0, 100)).rename(tmp_path / "recording.001")
    left_out = LeftOut()
    found = find_inputs(tmp_path, left_out=left_out)
    assert sorted(names(found, tmp_path)) == sorted(
        ["00000.MTS", "b.m2ts", "VTS_01_1.VOB", "c.flv", "d.ogv", "e.MOD", "recording.001"]
    )
    assert not left_out.files


def test_what_is_left_out_is_named_with_its_reason(tmp_path: Path) -> None:
    make(tmp_path, "a.mp4", "face.jpg", "labels.csv", ".hidden.mp4", ".git/b.mp4")
    left_out = LeftOut()
    assert names(find_inputs(tmp_path, left_out=left_out), tmp_path) == ["a.mp4"]
    reasons = {path.name: reason for path, reason in left_out.files}
    assert reasons == {
        "labels.csv": "neither a video nor an image",
        "face.jpg": "an image beside videos: give a folder of images",
    }
    assert len(list(left_out.words())) == 2
    make(tmp_path, *(f"{i}.txt" for i in range(40)))
    left_out = LeftOut()
    find_inputs(tmp_path, left_out=left_out)
    words = list(left_out.words())
    assert len(words) < 25
    assert any("21 more: neither a video nor an image" in line for line in words)


def test_folders_of_images_below_are_taken_each_by_itself(tmp_path: Path) -> None:
    make(tmp_path, "p1/1.png", "p2/1.heic", "p2/deep/x.mp4")
    assert names(find_inputs(tmp_path), tmp_path) == ["p1", "p2", "p2/deep/x.mp4"]


def test_sessions_and_the_output_are_passed_over(tmp_path: Path) -> None:
    make(tmp_path, "a.mp4", "out/20260101-000000_a/video.mp4", "out/batch.csv")
    make(tmp_path, "old/20250101-000000_b/video.mp4", "old/20250101-000000_b/frames.csv")
    make(tmp_path, "old/20250101-000000_b/session.json", "old/20250101-000000_b/summary.png")
    left_out = LeftOut()
    found = find_inputs(tmp_path, tmp_path / "out", left_out)
    assert names(found, tmp_path) == ["a.mp4"]
    assert not left_out.files


def test_a_batch_into_its_own_input_folder_takes_what_was_there_before_it(tmp_path: Path) -> None:
    inputs = make(tmp_path, "a.mp4", "deep/b.mp4", "readings/c.mp4")
    assert find_inputs(tmp_path, tmp_path) == inputs
    part = part_name("a.mp4", None, None)
    make(tmp_path, ".batch.lock", "batch.csv", "batch.html")
    make(tmp_path, "20260101-000000_a/frames.csv", "20260101-000000_a/session.json")
    make(tmp_path, f"readings/nobody/{part}.parquet", f"curves/{part}.png")
    for out in (tmp_path, tmp_path / "elsewhere"):
        left_out = LeftOut()
        assert find_inputs(tmp_path, out, left_out) == inputs
        assert not left_out.files


def test_links_keep_their_names_and_two_names_are_two_inputs(tmp_path: Path) -> None:
    (key,) = make(tmp_path, "store/annex/MD5E-s14--1234.mp4")
    data = tmp_path / "data"
    data.mkdir()
    for name in ("sub-01.mp4", "sub-02.mp4"):
        (data / name).symlink_to(key)
    assert names(find_inputs(data), data) == ["sub-01.mp4", "sub-02.mp4"]


@pytest.mark.parametrize("ending", [".mp4", ".png", ""])
def test_a_link_without_its_target_fails_alone_and_says_how_to_get_it(
    ending: str, tmp_path: Path
) -> None:
    link = tmp_path / f"sub-01{ending}"
    link.symlink_to("../.git/annex/objects/ab/cd/MD5E-s14--1234")
    assert find_inputs(link) == [link]
    settings = RunSettings(link, Path("net.onnx"), recording=RecordingOptions(tmp_path / "out"))
    outcome = analyse_job(batch_job.Job(settings))
    assert outcome.status == "failed"
    assert "datalad get" in outcome.detail
    assert "sub-01" in outcome.detail
    index = Index(tmp_path, "abc", 1)
    index.add(Entry(link), outcome)
    index.close()


@pytest.mark.parametrize("name", ["a.mp4", "a.png", "a"])
@pytest.mark.parametrize(
    ("pointer", "command"),
    [
        ("/annex/objects/MD5E-s10--0123.mp4\n", "git annex get"),
        ("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 10\n", "git lfs pull"),
    ],
)
def test_a_file_that_stands_for_its_content_says_how_to_get_it(
    name: str, pointer: str, command: str, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_text(pointer, "utf-8")
    assert find_inputs(tmp_path) in ([path], [tmp_path])
    with pytest.raises(InputError, match=command):
        open_source(str(path)).open()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with a name")
@pytest.mark.parametrize("name", ["pipe.mp4", "pipe"])
def test_a_pipe_is_not_waited_for(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipe = tmp_path / name
    os.mkfifo(pipe)
    opened = Path.open

    def open_file(path: Path, *args: Any, **options: Any) -> Any:
        assert path != pipe, "this would wait"
        return opened(path, *args, **options)

    monkeypatch.setattr(Path, "open", open_file)
    find_inputs(tmp_path)
    settings = RunSettings(pipe, Path("net.onnx"), recording=RecordingOptions(tmp_path / "out"))
    outcome = analyse_job(batch_job.Job(settings))
    assert (outcome.status, "it is no file" in outcome.detail) == ("failed", True)
    index = Index(tmp_path, "abc", 1)
    index.add(Entry(pipe), outcome)
    index.close()


@pytest.mark.parametrize("name", [*ODD, NOT_UTF8])
def test_a_file_of_any_name_is_read_and_known_again(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    try:
        write_video(tmp_path / "plain.mp4", (0, 100)).rename(folder / name)
    except OSError:
        pytest.skip("this file system takes no such name")
    monkeypatch.setattr(batch, "_model", lambda settings: (Path("net.onnx"), "abc"))
    monkeypatch.setattr(batch_job, "_real_analyser", lambda job, source: analyser())
    monkeypatch.setattr(batch_job, "_draw", lambda path: None)
    out = tmp_path / "out"
    settings = RunSettings(recording=RecordingOptions(out))
    for done in (1, 0):
        assert run_batch([folder], settings, workers=1, make_pool=ThreadPoolExecutor) == 0
        with (out / "batch.csv").open(newline="", encoding="utf-8") as file:
            (row,) = csv.DictReader(file)
        assert row["status"] == "done", done
        assert row["frames"] == "2"
    sessions = [path for path in out.iterdir() if path.is_dir()]
    assert len(sessions) == 1, "it was not done twice"


def test_a_line_that_was_cut_within_quotes_swallows_no_other(tmp_path: Path) -> None:
    clip, other, odd = make(tmp_path, "clip.mp4", "other.mp4", "two\nlines.mp4")
    (tmp_path / "session").mkdir()
    index = Index(tmp_path, "abc", 1)
    for path in (clip, odd):
        index.add(Entry(path), Outcome("done", "session"))
    index.close()
    path = tmp_path / "batch.csv"
    whole = path.read_bytes()
    for length in range(whole.index(b"two") - 1, len(whole)):
        path.write_bytes(whole[:length])
        again = Index(tmp_path, "abc", 1)
        again.add(Entry(other), Outcome("done", "session"))
        again.close()
        known = {Path(key[0]).name for key in read_index(tmp_path)}
        assert known == {"clip.mp4", "other.mp4"}, length


def _finished(out: Path, *entries: Entry) -> None:
    (out / "session").mkdir(exist_ok=True)
    index = Index(out, "abc", 1)
    for entry in entries:
        index.add(entry, Outcome("done", "session"))
    index.close()


def test_a_batch_resumes_by_content_whatever_the_time_of_change(tmp_path: Path) -> None:
    (clip,) = make(tmp_path, "clip.mp4")
    folder = write_images(tmp_path / "faces")
    _finished(tmp_path, Entry(clip), Entry(folder))
    content = clip.read_bytes()
    clip.unlink()
    clip.write_bytes(content)
    frame = sorted(folder.iterdir())[0]
    for path in (clip, frame):
        os.utime(path, ns=(5, 5))
    assert Index(tmp_path, "abc", 1).status(Entry(clip)) == "done"
    assert Index(tmp_path, "abc", 1).status(Entry(folder)) == "done"
    assert not Index(tmp_path, "abc", 2).status(Entry(clip)), "another number of faces"
    assert not Index(tmp_path, "abd", 1).status(Entry(clip)), "another model"
    clip.write_bytes(bytes([content[0] ^ 1]) + content[1:])
    frame.write_bytes(frame.read_bytes()[::-1])
    assert not Index(tmp_path, "abc", 1).status(Entry(clip)), "as many bytes, and others"
    assert not Index(tmp_path, "abc", 1).status(Entry(folder))


def test_a_files_content_is_read_only_where_its_time_of_change_is_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip, other = make(tmp_path, "clip.mp4", "other.mp4")
    _finished(tmp_path, Entry(clip))
    index = Index(tmp_path, "abc", 1)
    monkeypatch.setattr("avce.app.batch.index.content_sha256", lambda path: pytest.fail(str(path)))
    assert index.status(Entry(clip)) == "done"
    assert not index.status(Entry(other)), "never seen"


def test_a_folder_that_looks_like_a_camera_is_a_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_images(tmp_path / "001")
    monkeypatch.chdir(tmp_path)
    assert open_source("./001").kind == "images"
    assert open_source(Path("001")).kind == "images"
    assert open_source("001").kind == "camera"
    assert find_inputs(Path("001")) == [tmp_path / "001"]


def test_a_name_may_end_in_spaces_and_an_ending_may_be_wrong(tmp_path: Path) -> None:
    video = write_video(tmp_path / "plain.mp4", (0, 100)).rename(tmp_path / "clip.jpg ")
    assert open_source(str(video)).kind == "video"
    video = video.rename(tmp_path / "clip.jpg")
    assert open_source(str(video)).kind == "video"
    (image,) = write_images(tmp_path / "faces", 1).iterdir()
    assert open_source(image.rename(tmp_path / "face.mp4")).kind == "images"
