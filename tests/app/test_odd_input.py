"""Whatever is typed or found in a file: a sentence, or what can be made of it. Nothing else."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avce.app.batch.index import COLUMNS, read_index
from avce.app.session.reader import read_session
from avce.app.session.replay import find_network
from avce.app.session.rows import HEADER
from avce.app.sources import chosen, open_source
from avce.app.sources.addresses import is_address, is_file_address, without_password
from avce.app.sources.base import Source
from avce.model.errors import AvceError, InputError
from avce.model.model_card import read_card

T = TypeVar("T")
KEYS = (
    *("format", "status", "source", "clock", "model", "faces", "video", "discontinuities"),
    *("timestamp", "seconds", "name", "kind", "still", "max_faces", "baselines", "counts"),
    *("sha256", "skipped", "damaged", "anchors", "positions", "rule", "level", "geometry"),
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=5)
    ),
    max_leaves=12,
)
TYPED = st.text(max_size=30) | st.builds(
    lambda start, rest: start + rest,
    st.sampled_from(["http://", "HTTP://[", "rtsp://", "https://[::1", "//[", "~", "0@", "a@b://"]),
    st.text(max_size=12),
)


def tried(make: Callable[[], T]) -> tuple[T | None, str]:
    """What was made, or the sentence with which it was refused."""
    try:
        return make(), ""
    except AvceError as error:
        return None, str(error)


@settings(max_examples=80, deadline=None)
@given(TYPED)
def test_any_text_is_a_source_or_refused_in_a_sentence(text: str) -> None:
    chosen(text)
    # Those would look for a camera.
    if text.strip() not in ("auto", "demo") and not text.strip()[:1].isdigit():
        source, said = tried(lambda: open_source(text))
        assert isinstance(source, Source) or said.endswith((".", "'"))


@given(TYPED)
def test_any_text_can_be_shown_without_a_password(text: str) -> None:
    assert is_address(text) in (True, False)
    assert is_file_address(text) in (True, False)
    secret = f"http://anna:geheim@[{text}"
    assert "geheim" not in without_password(secret)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("http://[::1", "it is not a valid address"),
        ("HTTP://", "it names no host"),
        ("rtsp://", "it names no host"),
        ("http://:80/a.mp4", "it names no host"),
        ("http://[::1]:99999999/x", "its port '99999999' is none"),
        ("rtsp://camera:live/x", "its port 'live' is none"),
        ("~no-such-user-here/film.mp4", "cannot be the name of a file"),
        ("x" * 5000, "cannot be the name of a file"),
        ("//[", "There is no file or folder"),
    ],
)
def test_an_odd_address_or_name_is_one_sentence(text: str, words: str) -> None:
    with pytest.raises(InputError) as refused:
        open_source(text)
    assert words in str(refused.value)


@pytest.mark.parametrize("text", ["rtsp://anna:x@camera/live", "http://[::1]:8080/a", "HTTP://a/b"])
def test_an_address_that_is_one_is_taken(text: str) -> None:
    assert open_source(text).kind in ("stream", "video")


@settings(max_examples=80, deadline=None)
@given(VALUES)
def test_a_session_opens_whatever_its_json_says(value: Any) -> None:
    if isinstance(value, dict):
        value["format"] = 1
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "frames.csv").write_bytes(HEADER)
        (folder / "events.csv").write_text("timestamp,label\n")
        (folder / "session.json").write_text(json.dumps(value))
        session = read_session(folder)
        assert isinstance(session.discontinuities, tuple)
        assert isinstance(session.source_damage, tuple)
        assert session.video is None
        with pytest.raises(InputError):
            find_network({k: v for k, v in session.info.items() if k != "sha256"})


@pytest.mark.parametrize("opening", ["[", '{"a":'])
def test_a_session_json_nested_a_hundred_thousand_deep_is_called_broken(
    tmp_path: Path, opening: str
) -> None:
    (tmp_path / "frames.csv").write_bytes(HEADER)
    (tmp_path / "events.csv").write_text("timestamp,label\n")
    (tmp_path / "session.json").write_text(opening * 100_000)
    assert any("session.json is broken" in note for note in read_session(tmp_path).damaged)


@settings(max_examples=80, deadline=None)
@given(st.binary(max_size=300), st.booleans())
def test_any_bytes_are_a_session_or_refused_in_a_sentence(data: bytes, headed: bool) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "frames.csv").write_bytes(HEADER + data if headed else data)
        (folder / "events.csv").write_bytes(data)
        (folder / "session.json").write_bytes(data)
        session, said = tried(lambda: read_session(folder))
        assert session is not None or name in said


@settings(max_examples=80, deadline=None)
@given(st.binary(max_size=300), st.booleans())
def test_any_bytes_are_an_index_of_a_batch(data: bytes, headed: bool) -> None:
    header = (",".join(COLUMNS) + "\n").encode()
    with tempfile.TemporaryDirectory() as name:
        (Path(name) / "batch.csv").write_bytes(header + data if headed else data)
        assert isinstance(read_index(Path(name)), dict)


def test_a_line_of_a_batch_with_too_many_cells_is_left_out(tmp_path: Path) -> None:
    cells = ["x"] * (len(COLUMNS) + 1)
    (tmp_path / "batch.csv").write_text(",".join(COLUMNS) + "\n" + ",".join(cells) + "\n")
    assert read_index(tmp_path) == {}


TEXTS = VALUES.map(json.dumps) | st.text(max_size=20) | st.just("[" * 100_000)


@settings(deadline=None)
@given(
    st.dictionaries(st.sampled_from(["metrics", "crop", "anchors", "interval"]), TEXTS, max_size=4)
)
def test_any_metadata_are_a_model_card_or_refused_in_a_sentence(entries: dict[str, str]) -> None:
    metadata = dict.fromkeys(("backbone", "method", "version", "trained_on"), "x")
    metadata |= {"format": "1", "metrics": "{}", "crop": "{}"} | entries
    named = {f"avce.{key}": text for key, text in metadata.items()}
    card, said = tried(lambda: read_card(named, Path("x.onnx")))
    assert "x.onnx" in said if card is None else card.geometry
