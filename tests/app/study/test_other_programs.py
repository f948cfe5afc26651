"""Events of PsychoPy and of LabRecorder, on the readings' clock."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from avce.app.lsl.outlet import CHANNELS
from avce.app.session.reader import read_session
from avce.app.study.events import read_events
from avce.app.study.listed import StudyEvent
from avce.app.study.recordings import Roster, recording_events
from avce.app.study.xdf import xdf_events
from avce.model.errors import InputError

from ..study_folders import columns, session

AHEAD = 81_234.5
"""LSL's clock less the readings' (s)."""
PSYCHOPY = """clip.started,clip.stopped,key_resp.started,key_resp.rt,participant,session,expName
2.5,6.5,3.25,0.4,P1,001,faces
10.5,None,,,P1,001,faces
"""


def test_each_start_of_a_component_is_an_event_of_its_participant(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text(PSYCHOPY)
    found = read_events(path)
    assert [(e.event.onset, e.event.label, e.participant) for e in found] == [
        (2.5, "clip", "P1"),
        (3.25, "key_resp", "P1"),
        (10.5, "clip", "P1"),
    ]
    assert found[0].event.duration == 4.0
    assert np.isnan(found[2].event.duration)
    assert all(each.belongs("s", "P1", "another visit") for each in found)
    assert read_events(path, {}) == found, "as a study without event_columns asks"
    named = read_events(path, {"onset": "clip.started", "trial_type": "expName"})
    assert [e.event.label for e in named] == ["faces", "faces"]
    path.write_text(PSYCHOPY.replace("2.5", "soon"))
    with pytest.raises(InputError, match=r"row 2: clip\.started is 'soon'"):
        read_events(path)


def test_the_clock_of_event_files_is_moved_to_that_of_the_readings(tmp_path: Path) -> None:
    folder = session(tmp_path / "s", columns(np.arange(0, 30, 0.1)), [(1.0, "own")])
    (folder / "run_events.csv").write_text(PSYCHOPY)
    opened = read_session(folder)
    recording = Roster(tmp_path).recording(folder, opened.info)
    late = recording_events(recording, opened, (), 4.0)
    assert [(e.onset, e.label) for e in late][:2] == [(1.0, "own"), (6.5, "clip")]
    (tmp_path / "recordings.tsv").write_text("recording\tevent_offset\ns\t-1.5\n")
    recording = Roster(tmp_path).recording(folder, opened.info)
    assert recording_events(recording, opened, (), 4.0)[0] == StudyEvent(1.0, "clip", 4.0)
    (tmp_path / "recordings.tsv").write_text("recording\tevent_offset\ns\tlate\n")
    with pytest.raises(InputError, match="row 2: event_offset"):
        Roster(tmp_path).recording(folder, opened.info)


def chunk(tag: int, content: bytes) -> bytes:
    body = struct.pack("<H", tag) + content
    return b"\x04" + struct.pack("<I", len(body)) + body


def stream(
    number: int, kind: str, source: str, channels: Sequence[str], form: str,
    samples: Sequence[tuple[float, Sequence]],
) -> bytes:  # fmt: skip
    """A stream of an XDF file, as its specification has it."""
    labels = "".join(f"<channel><label>{c}</label></channel>" for c in channels)
    head = (
        f"<info><name>n{number}</name><type>{kind}</type><channel_count>{len(channels)}"
        f"</channel_count><nominal_srate>0</nominal_srate><channel_format>{form}"
        f"</channel_format><source_id>{source}</source_id><desc><channels>{labels}"
        "</channels></desc></info>"
    )
    body = b""
    for time, cells in samples:
        body += b"\x08" + struct.pack("<d", time)
        for cell in cells:
            text = str(cell).encode()
            body += (
                b"\x01" + bytes([len(text)]) + text if form == "string" else struct.pack("<f", cell)
            )
    name = struct.pack("<I", number)
    foot = b"<info><sample_count>%d</sample_count></info>" % len(samples)
    count = b"\x04" + struct.pack("<I", len(samples))
    return chunk(2, name + head.encode()) + chunk(3, name + count + body) + chunk(6, name + foot)


@pytest.fixture
def recorded(tmp_path: Path) -> Path:
    """A session of irregular frames, and the XDF file of what was sent meanwhile beside it."""
    random = np.random.default_rng(0)
    times = np.cumsum(random.uniform(0.02, 0.05, 400))
    valence = random.uniform(-1, 1, 400).astype(np.float32)
    folder = session(tmp_path / "s", columns(times, valence=valence, arousal=0.0))
    # The recorder began later than the session, and sending takes a varying time.
    sent = [
        (t + AHEAD + random.uniform(-0.004, 0.004), [v, *[0.0] * (len(CHANNELS) - 1)])
        for t, v in zip(times[50:], valence[50:], strict=True)
    ]
    marks = [(AHEAD + 5.0, ["clip"]), (AHEAD + 9.25, ["end"])]
    own = [(AHEAD + 1.0, ["start"])]
    (tmp_path / "s.xdf").write_bytes(
        b"XDF:"
        + chunk(1, b"<info><version>1.0</version></info>")
        + stream(1, "Expression", "avce-live/a/b", CHANNELS, "float32", sent)
        + stream(2, "Markers", "avce-live/a/b/events", ["event"], "string", own)
        + stream(3, "Markers", "psychopy", ["event"], "string", marks)
    )
    return folder


def test_markers_of_labrecorder_are_on_the_clock_of_the_readings(recorded: Path) -> None:
    opened = read_session(recorded)
    recording = Roster(recorded.parent).recording(recorded, opened.info)
    found = recording_events(recording, opened, ())
    assert [event.label for event in found] == ["clip", "end"]
    assert [event.onset for event in found] == pytest.approx([5.0, 9.25], abs=0.003)


def test_an_xdf_file_of_another_run_is_refused(recorded: Path, tmp_path: Path) -> None:
    other = session(
        tmp_path / "other",
        columns(np.arange(0, 10, 0.1), valence=np.linspace(-1, 1, 100)),
    )
    with pytest.raises(InputError, match="no stream with the readings of other"):
        xdf_events(tmp_path / "s.xdf", read_session(other))
    (tmp_path / "x.xdf").write_bytes(b"no")
    with pytest.raises(InputError, match="no XDF file"):
        xdf_events(tmp_path / "x.xdf", read_session(other))
