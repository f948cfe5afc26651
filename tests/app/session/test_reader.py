"""Session folders read back: what survives a kill, what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from avce.app.session.reader import read_session
from avce.model.errors import InputError

from ..session_folders import analysis, face, writer


def test_a_session_cut_at_any_byte_opens_with_its_whole_lines(tmp_path: Path) -> None:
    with writer(tmp_path) as session:
        for index in range(3):
            session.write(analysis(index, face(index)))
        session.event('a "b"\nc,d', 0.5)
        session.event("second", 1.0)
    frames, events = session.path / "frames.csv", session.path / "events.csv"
    whole, markers = frames.read_bytes(), events.read_bytes()
    for length in range(len(whole)):
        frames.write_bytes(whole[:length])
        read = read_session(session.path)
        lines = max(0, whole[:length].count(b"\n") - 1)
        assert len(read) == lines
        assert bool(read.damaged) == (length == 0 or whole[length - 1 : length] != b"\n")
    frames.write_bytes(whole)
    ends = [len(markers) - len('1.0,"second"\n'), len(markers)]
    for length in range(len("timestamp,label\n"), len(markers) + 1):
        events.write_bytes(markers[:length])
        assert len(read_session(session.path).events) == sum(length >= end for end in ends)


def test_a_damaged_line_in_the_middle_is_left_out_and_named(tmp_path: Path) -> None:
    with writer(tmp_path) as session:
        for index in range(3):
            session.write(analysis(index, face(index)))
    path = session.path / "frames.csv"
    lines = path.read_bytes().split(b"\n")
    lines[2] = b"\0" * 40
    path.write_bytes(b"\n".join(lines))
    read = read_session(session.path)
    assert read.readings["frame"].tolist() == [0, 2]
    assert "the first is 3" in read.damaged[0]


@pytest.mark.parametrize("content", [None, b"", b'{"format": 1, "sta', b"[1]", b"\xff\xfe"])
def test_rows_without_a_whole_session_json_still_open(
    tmp_path: Path, content: bytes | None
) -> None:
    with writer(tmp_path) as session:
        session.write(analysis(0, face(0)))
    info = session.path / "session.json"
    info.unlink()
    if content is not None:
        info.write_bytes(content)
    (session.path / "events.csv").unlink()
    read = read_session(session.path)
    assert (len(read), read.info, read.events) == (1, {}, ())
    assert len(read.damaged) == 2


def test_what_is_no_session_is_refused_with_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is not a session folder"):
        read_session(tmp_path)
    with pytest.raises(InputError, match="is not a session folder"):
        read_session(tmp_path / "nowhere")
    with writer(tmp_path) as session:
        pass
    (session.path / "frames.csv").write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match="does not start with the columns"):
        read_session(session.path)


@pytest.mark.parametrize("version", [2, None, "1"])
def test_another_format_is_refused(tmp_path: Path, version: object) -> None:
    with writer(tmp_path) as session:
        pass
    path = session.path / "session.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"format": version}))
    with pytest.raises(InputError, match="this version reads up to 1"):
        read_session(session.path)
