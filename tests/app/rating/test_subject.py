"""What can be rated: a session with its video, one whose video lies elsewhere, any video."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from avce.app.rating.subject import open_subject
from avce.app.rating.take import Take
from avce.app.sources.frame_times import video_frame_times
from avce.app.sources.video import VideoSource
from avce.model.errors import InputError
from avce.model.ratings.files import Rating, write_ratings

from ..study_folders import columns, session
from ..videos import write_broadcast, write_recorder, write_video

UNEVEN = (0, 40, 55, 300, 301, 700, 905, 1500, 1510, 2000)


def decoded_times(path: Path) -> list[float]:
    with VideoSource(path) as source:
        found = []
        while (frame := source.read()) is not None:
            found.append(frame.timestamp)
    return found


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "b.mp4", "b.avi", "c.ts"])
def test_the_times_of_frames_are_those_that_decoding_gives(name: str, tmp_path: Path):
    path = tmp_path / name
    if name[0] == "a":
        write_video(path, UNEVEN)
    elif name[0] == "b":
        write_recorder(path, 30)
    else:
        write_broadcast(path)
    assert video_frame_times(path).tolist() == pytest.approx(decoded_times(path), abs=1e-9)


def test_a_videos_ratings_stand_beside_it_under_its_name(tmp_path: Path):
    video = write_video(tmp_path / "clip.mp4", UNEVEN)
    subject = open_subject(video)
    assert subject.times.tolist() == [t / 1000 for t in UNEVEN]
    assert subject.file("R1") == tmp_path / "clip.ratings-R1.csv"
    assert subject.next_pass("R1") == 1
    values = np.full((10, 2), np.nan)
    values[2:5] = 0.5
    take = Take(subject.times, values)
    write_ratings(subject.file("R1"), Rating("R1", *take.rated()))
    assert subject.next_pass("R1") == 2
    np.testing.assert_array_equal(subject.read("R1").values, values)
    with pytest.raises(InputError, match="not a valid rater label"):
        subject.file("a/b")


def test_a_session_that_stores_no_video_takes_the_one_that_it_was_made_from(tmp_path: Path):
    video = write_video(tmp_path / "clip.mp4", UNEVEN)
    times = np.array(UNEVEN) / 1000
    # Two faces in each frame.
    folder = session(tmp_path / "s", columns(np.repeat(times, 2), frame=np.repeat(range(10), 2)))
    with pytest.raises(InputError, match="stores no video"):
        open_subject(folder)
    subject = open_subject(folder, video)
    assert subject.times.tolist() == times.tolist()
    assert subject.file("R1") == folder / "ratings-R1.csv"
    other = write_video(tmp_path / "other.mp4", range(0, 1000, 33))
    with pytest.raises(InputError, match="other times"):
        open_subject(folder, other)


def test_ratings_of_other_moments_are_not_continued(tmp_path: Path):
    subject = open_subject(write_video(tmp_path / "clip.mp4", UNEVEN))
    times = np.arange(5) / 7
    write_ratings(subject.file("R1"), Rating("R1", times, np.zeros((5, 2))))
    with pytest.raises(InputError, match="other moments"):
        subject.read("R1")


def test_what_is_no_recording_is_named(tmp_path: Path):
    with pytest.raises(InputError, match="does not exist"):
        open_subject(tmp_path / "none.mp4")
    with pytest.raises(InputError, match="not a session folder"):
        open_subject(tmp_path)
    (tmp_path / "x.txt").write_text("no video")
    with pytest.raises(InputError, match=r"x\.txt"):
        open_subject(tmp_path / "x.txt")
    video = write_video(tmp_path / "clip.mp4", (0, 100))
    with pytest.raises(InputError, match="is not a folder"):
        open_subject(video, out=tmp_path / "absent")
