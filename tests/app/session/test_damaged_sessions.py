"""A session's files, however damaged, open with what can be read or are refused in a sentence."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from damage import damaged

from avce.app.gui.review.data import load
from avce.app.session.export import export_session
from avce.model.errors import AvceError

from ..session_folders import analysis, face, writer

ROUNDS = 100


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Path:
    with writer(tmp_path_factory.mktemp("sessions")) as session:
        for index in range(12):
            session.write(analysis(index, face(index, valence=index / 20)))
        session.event("start", 0.1)
        session.event('"a", b', 0.3)
    return session.path


@pytest.mark.parametrize("name", ["frames.csv", "events.csv", "session.json"])
def test_a_damaged_file_opens_or_is_refused(name: str, session: Path, tmp_path: Path) -> None:
    copy = tmp_path / session.name
    shutil.copytree(session, copy)
    told: list[str] = []
    for content in damaged((session / name).read_bytes(), ROUNDS):
        (copy / name).write_bytes(content)
        try:
            review = load(copy)
            export_session(copy, "bids", tmp_path / "out")
        except AvceError as error:
            told.append(str(error))
        else:
            told.extend(review.session.damaged[:1])
    assert len(told) > ROUNDS / 10
    assert not any("\n" in words for words in told)
