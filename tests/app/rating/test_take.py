"""Ratings as they are made: frame by frame, redone, undone, and never over another's."""

from __future__ import annotations

import os
import struct
from pathlib import Path

import numpy as np
import pytest

from avce.app.rating.game_pad import GamePad, deflection, game_pads
from avce.app.rating.rated_file import RatedFile
from avce.app.rating.take import Take
from avce.model.errors import InputError
from avce.model.metrics import AXES
from avce.model.ratings.files import Rating, read_ratings
from avce.model.ratings.passes import label_of_pass, rater_and_pass

TIMES = np.arange(10) / 10


def test_a_frame_gets_the_value_of_the_moment_at_which_it_came_on_show():
    take = Take(TIMES)
    take.begin(0.2, (0.5, -0.5), AXES)
    take.rate(0.3, (0.6, -0.4))
    assert take.values[1].tolist() == pytest.approx([np.nan] * 2, nan_ok=True)
    assert take.values[2].tolist() == [0.5, -0.5]
    assert take.values[3].tolist() == [0.6, -0.4]
    assert np.isnan(take.values[4:]).all()


def test_frames_that_were_passed_lie_on_the_line_between_two_values():
    take = Take(TIMES)
    take.begin(0.0, (0.0, 0.0), AXES)
    take.rate(0.4, (0.4, -0.8))
    assert take.values[:5, 0] == pytest.approx([0, 0.1, 0.2, 0.3, 0.4])
    assert take.values[:5, 1] == pytest.approx([0, -0.2, -0.4, -0.6, -0.8])


def test_a_time_that_goes_back_within_a_stretch_changes_nothing():
    take = Take(TIMES)
    take.begin(0.5, (0.1, 0.1), AXES)
    take.rate(0.2, (0.9, 0.9))
    assert np.isfinite(take.values).any(axis=1).sum() == 1


def test_of_one_axis_the_other_stays_as_it_was():
    take = Take(TIMES)
    take.begin(0.0, (0.3, 0.9), ("valence",))
    take.rate(0.9, (0.3, 0.9))
    assert np.isnan(take.values[:, 1]).all()
    take.begin(0.0, (0.0, -0.2), ("arousal",))
    take.rate(0.9, (0.0, -0.2))
    assert take.values.tolist() == [[0.3, -0.2]] * 10
    assert take.share("valence") == take.share("arousal") == 1.0
    assert take.first_unrated(AXES) is None


def test_a_stretch_that_is_rated_again_is_replaced_and_can_be_undone():
    take = Take(TIMES)
    take.begin(0.0, (0.5, 0.5), AXES)
    take.rate(0.5, (0.5, 0.5))
    take.begin(0.3, (-0.5, -0.5), AXES)
    take.rate(0.8, (-0.5, -0.5))
    assert take.values[:, 0].tolist()[:9] == [0.5] * 3 + [-0.5] * 6
    assert take.undo() == pytest.approx(0.3)
    assert take.values[:6, 0].tolist() == [0.5] * 6
    assert take.first_unrated(AXES) == pytest.approx(0.6)
    assert take.undo() == 0.0
    assert take.undo() is None
    assert np.isnan(take.values).all()


def test_the_file_holds_what_was_rated_and_is_continued_by_its_own_rater_alone(tmp_path: Path):
    path = tmp_path / "ratings-R1.csv"
    file = RatedFile(path)
    file.save(Rating("R1", TIMES[:0], np.empty((0, 2))))
    assert not path.exists()
    file.save(Rating("R1", TIMES, np.full((10, 2), 0.25)))
    with pytest.raises(InputError, match="another window"):
        RatedFile(path, mine=True)
    file.close()
    with pytest.raises(InputError, match="already exists"):
        RatedFile(path)
    again = RatedFile(path, mine=True)
    again.save(Rating("R1", TIMES, np.full((10, 2), -0.25)))
    assert read_ratings(path).values.tolist() == [[-0.25, -0.25]] * 10
    again.save(Rating("R1", TIMES[:0], np.empty((0, 2))))
    again.close()
    assert not list(tmp_path.iterdir()), "all was undone, and nothing is left behind"


def test_a_file_that_another_program_wrote_meanwhile_is_left_alone(tmp_path: Path):
    path = tmp_path / "ratings-R1.csv"
    file = RatedFile(path)
    path.write_text("theirs")
    with pytest.raises(InputError, match="changed by another program"):
        file.save(Rating("R1", TIMES, np.zeros((10, 2))))
    assert path.read_text() == "theirs"
    file.close()


def test_passes_of_a_rater_have_labels_of_their_own():
    assert label_of_pass("R1", 1) == "R1"
    assert rater_and_pass(label_of_pass("R1", 3)) == ("R1", 3)
    assert rater_and_pass("by_passing") == ("by_passing", 1)


def test_a_stick_is_read_as_linux_tells_it(tmp_path: Path):
    pad_file = tmp_path / "js0"
    os.mkfifo(pad_file)
    pad = GamePad(game_pads(tmp_path))
    assert pad.there
    assert not pad.poll()
    out = os.open(pad_file, os.O_WRONLY)
    event = struct.Struct("=IhBB").pack
    # Axis 0 to the right end, axis 1 half way down; a button and another axis say nothing.
    data = event(5, 32767, 2, 0) + event(6, 16384, 0x82, 1) + event(7, 1, 1, 0)
    os.write(out, data + event(8, -32767, 2, 3)[:5])
    assert pad.poll()
    assert pad.stick == (1.0, pytest.approx(-(0.5 - 0.08) / 0.92, abs=1e-3))
    os.write(out, event(8, -32767, 2, 3)[5:] + event(9, 2000, 2, 0))
    assert pad.poll()
    assert pad.stick[0] == 0.0, "around its middle a stick is at rest"
    os.close(out)
    pad.close()
    assert not pad.there
    assert deflection(-32768) == -1.0


def test_without_a_pad_there_is_none(tmp_path: Path):
    assert not GamePad(game_pads(tmp_path)).there
    assert not GamePad([tmp_path / "js7"]).there
