"""Every reader of files that somebody else may have written, each as a function of one file.

A reader makes a folder with everything it needs and names the one file that is fuzzed; what it
reads then is read, or refused as an `AvceError`. Nothing else may come out.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import yaml
from made_labels import LABELS
from PySide6.QtCore import QSettings

from avce.app.batch.index import COLUMNS, index_rows, read_index
from avce.app.batch.manifest import read_manifest
from avce.app.gui.qt.preferences import DEFAULTS, Preferences
from avce.app.gui.review.data import load
from avce.app.rating.session_ratings import compare_ratings
from avce.app.session.bids_reader import find_bids, read_bids
from avce.app.session.export import export_session
from avce.app.session.reader import anchors_of, read_session
from avce.app.session.replay import find_network
from avce.app.sources import chosen, open_source
from avce.app.sources.addresses import is_address, is_file_address, without_password
from avce.app.sources.images import load_image
from avce.app.study.events import read_events
from avce.app.study.participants import read_participants
from avce.app.study.plan import StudyPlan, read_plan
from avce.app.study.recordings import Roster
from avce.app.study.xdf import xdf_events
from avce.model.errors import AvceError
from avce.model.model_card import read_card
from avce.model.predictor import Predictor
from avce.model.ratings.files import Rating, rating_file, read_ratings, write_ratings
from avce.model.session_people import PEOPLE, People, write_people
from avce.model.video.frame import oriented
from avce.train.authors_checkpoint import load_released
from avce.train.checkpoint import load_network
from avce.train.config import RunConfig
from avce.train.datasets import DataSource
from avce.train.option_files import load_preset
from avce.train.reports.learning import read_learning

from ..app.session.exported import session_of
from ..app.study.test_other_programs import PSYCHOPY, chunk, stream
from ..app.videos import numbered_frame, write_video
from ..model.test_predictor import FULL, INTERVAL, made_file

CORPUS = Path(__file__).parent / "corpus"
FRAMES_READ = 4
"""Frames of a video that are decoded: enough to see its times and its end."""


@dataclass(frozen=True, slots=True)
class Reader:
    """A reader of foreign files.

    Args:
        name: of the reader, and of the folder of its corpus.
        make: makes what is needed in an empty folder, and gives the file that is fuzzed.
        read: reads that file.
        longest: bytes of an input, at most.
    """

    name: str
    make: Callable[[Path], Path]
    read: Callable[[Path], object]
    longest: int = 4096

    def corpus(self) -> list[Path]:
        """What is kept in the repository: odd files, and those that once were faults."""
        return sorted(path for path in (CORPUS / self.name).glob("*") if path.is_file())


def outcome(reader: Reader, path: Path, data: bytes) -> str:
    """The sentence that refuses the data, "" where they are read; any other error is raised.

    Raises `AssertionError` for a refusal of several lines, or of more than anybody reads.
    """
    path.write_bytes(data)
    try:
        reader.read(path)
    except AvceError as error:
        said = str(error)
        assert said.strip(), "a refusal without words"
        assert "\n" not in said, f"a refusal of several lines: {said!r}"
        assert len(said) < 4000, f"a refusal of {len(said)} characters"
        return said
    return ""


def _session(name: str) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        made = session_of(folder)
        times = np.arange(20, 50) / 10
        values = np.stack([np.sin(times), np.cos(times)], axis=1)
        write_ratings(rating_file(made, "KS"), Rating("KS", times, values))
        write_people(made, People({0: "Anna"}, {1: 0}))
        return made / name

    return make


def _read_session(path: Path) -> None:
    session = read_session(path.parent)
    anchors_of(session)
    load(path.parent)
    if path.name == "session.json":
        with suppress(AvceError):
            find_network(session.info)
        out = path.parent.parent / "out"
        export_session(path.parent, "bids", out)
        for each in out.rglob("*"):
            if each.is_file():
                each.unlink()


def _read_ratings(path: Path) -> None:
    compare_ratings(read_session(path.parent))


def _plain_ratings(path: Path) -> None:
    read_ratings(path, "valence", np.arange(200) / 10)


def _text(name: str, content: str) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        path = folder / name
        path.write_text(content, encoding="utf-8")
        return path

    return make


def _bids(ending: str) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        made = session_of(folder)
        (folder / "bids").mkdir()
        export_session(made, "bids", folder / "bids")
        return next((folder / "bids").rglob(f"*face0_physio.{ending}"))

    return make


def _read_bids(path: Path) -> None:
    (recording,) = find_bids(path.parent)
    read_bids(recording)


def _manifest(folder: Path) -> Path:
    (folder / "a.mp4").touch()
    return _text(
        "manifest.csv", "path,start,end,participant,age\na.mp4,0,5,P1,30\na.mp4,5,9.5,P2,31\n"
    )(folder)


INDEX = "\n".join((",".join(COLUMNS), ",".join(["done"] * len(COLUMNS)), ""))


def _read_index(path: Path) -> None:
    index_rows(path.parent)
    read_index(path.parent)


def _plan(path: Path) -> None:
    StudyPlan(**read_plan(path))


PLAN = """use: smooth
faces: main
condition: event
conditions: {clip: happy}
windows: {late: {start: 1, end: 5, events: [clip]}, all: session}
baseline: [-1, 0]
rate: 10
exclude: {P3: asleep}
event_columns: {onset: start}
"""


def _read_learning(path: Path) -> None:
    read_learning(path.parents[1])


def _learning(folder: Path) -> Path:
    (folder / "csv-0").mkdir()
    return _text("metrics.csv", "epoch,step,train/total,val/ccc\n0,1,0.5,\n0,2,,0.25\n")(
        folder / "csv-0"
    )


ELAN = """<?xml version="1.0" encoding="UTF-8"?>
<ANNOTATION_DOCUMENT><TIME_ORDER><TIME_SLOT TIME_SLOT_ID="a" TIME_VALUE="100"/>
<TIME_SLOT TIME_SLOT_ID="b" TIME_VALUE="900"/></TIME_ORDER><TIER TIER_ID="t"><ANNOTATION>
<ALIGNABLE_ANNOTATION TIME_SLOT_REF1="a" TIME_SLOT_REF2="b"><ANNOTATION_VALUE>clip
</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION></TIER></ANNOTATION_DOCUMENT>
"""
TEXTGRID = """File type = "ooTextFile"
Object class = "TextGrid"

xmin = 0
xmax = 9
tiers? <exists>
size = 1
item []:
    item [1]:
        class = "IntervalTier"
        name = "t"
        xmin = 0
        xmax = 9
        intervals: size = 1
        intervals [1]:
            xmin = 0
            xmax = 9
            text = "a ""b"" c"
"""


def _card(folder: Path) -> Path:
    told: dict[str, Any] = {"format": "1", "metrics": {"ccc": [0.9, 0.8]}, "crop": {"size": 224}}
    told |= dict.fromkeys(("backbone", "method", "version", "trained_on"), "x")
    told |= {"interval": INTERVAL, "anchors": {"rule": "words"}}
    return _text("card.json", json.dumps(told))(folder)


def _read_card(path: Path) -> None:
    """Lines of JSON are the entries, each as text, as ONNX keeps them."""
    try:
        told = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        return
    if isinstance(told, dict):
        entries = {
            f"avce.{key}": value if isinstance(value, str) else json.dumps(value)
            for key, value in told.items()
        }
        read_card(entries, path)


def _onnx(folder: Path) -> Path:
    return made_file(folder / "made.onnx", FULL, interval=INTERVAL)


def _read_onnx(path: Path) -> None:
    network = Predictor(path, provider="cpu", threads=1)
    network.predict(np.zeros((1, 224, 224, 3), np.uint8))


def _checkpoint(folder: Path) -> Path:
    config = RunConfig(data="webfaces:x").as_dict()
    torch.save(
        {"avce": {"config": config}, "state_dict": {"net.encoder.a": torch.zeros(2)}},
        folder / "last.ckpt",
    )
    return folder / "last.ckpt"


def _released(folder: Path) -> Path:
    torch.save({"module.lin1.weight": torch.zeros(2, 2)}, folder / "regressor.t7")
    torch.save({"module.features.0.weight": torch.zeros(2, 2)}, folder / "encoder.t7")
    return folder / "encoder.t7"


def _video(folder: Path) -> Path:
    return write_video(folder / "clip.mp4", (0, 100, 200), size=(32, 32), rotation=90)


def _read_video(path: Path) -> None:
    with open_source(path) as source:
        for _ in range(FRAMES_READ):
            if source.read() is None:
                break


def _matrix(folder: Path) -> Path:
    path = folder / "matrix"
    path.write_bytes(np.array([0, 65536, 0, -65536, 0, 0, 0, 0, 1 << 30], np.int32).tobytes())
    return path


def _read_matrix(path: Path) -> None:
    data = path.read_bytes()
    rgb = numbered_frame(3, (6, 4))
    shown = oriented(rgb, np.frombuffer(data[: len(data) // 4 * 4], np.int32))
    assert sorted(shown.shape[:2]) == [4, 6]
    assert sorted(shown.reshape(-1, 3).tolist()) == sorted(rgb.reshape(-1, 3).tolist())


def _read_address(path: Path) -> None:
    text = path.read_bytes().decode("utf-8", "surrogateescape")
    chosen(text)
    is_file_address(text)
    without_password(text)
    if is_address(text) or "://" in text:
        open_source(text)


def _preferences(folder: Path) -> Path:
    path = folder / "settings.ini"
    store = Preferences(QSettings(str(path), QSettings.Format.IniFormat))
    store.put("opacity", 0.5)
    store.put("theme", "dark")
    store.put_texts("recent", ["a", "b c"])
    store.store.sync()
    return path


def _read_preferences(path: Path) -> None:
    store = Preferences(QSettings(str(path), QSettings.Format.IniFormat))
    for name, usual in DEFAULTS.items():
        store.number(name) if isinstance(usual, float) else store.text(name)
    store.flag("mirror")
    store.texts("recent")
    store.bytes("window")


def _image(folder: Path) -> Path:
    from PIL import Image

    path = folder / "face.png"
    Image.fromarray(numbered_frame(3, (6, 4))).save(path)
    return path


def _xdf(folder: Path) -> Path:
    session_of(folder)
    path = folder / "s.xdf"
    path.write_bytes(
        b"XDF:"
        + chunk(1, b"<info><version>1.0</version></info>")
        + stream(1, "Expression", "a/b", ["valence"], "float32", [(1.0, [0.5]), (1.1, [0.25])])
        + stream(3, "Markers", "psychopy", ["event"], "string", [(1.0, ["clip"])])
    )
    return path


def _read_xdf(path: Path) -> None:
    folder = next(each for each in path.parent.iterdir() if each.is_dir())
    xdf_events(path, read_session(folder))


def _labels(name: str) -> Callable[[Path], object]:
    def read(path: Path) -> None:
        # The data set is the folder that was empty when it was made.
        root = next(p for p in path.parents if p.name == "made")
        listing = DataSource(name, root).read("train", 1.0)
        for sample in listing.samples:
            assert -1 <= sample.valence <= 1
            assert -1 <= sample.arousal <= 1
            assert sample.path.is_relative_to(root)

    return read


READERS: dict[str, Reader] = {
    reader.name: reader
    for reader in (
        Reader("session-info", _session("session.json"), _read_session),
        Reader("session-frames", _session("frames.csv"), _read_session),
        Reader("session-events", _session("events.csv"), _read_session, 1024),
        Reader("session-people", _session(PEOPLE), _read_session, 1024),
        Reader("session-ratings", _session("ratings-KS.csv"), _read_ratings),
        Reader(
            "ratings",
            _text("ratings.csv", "Time of Rating,x\nMinimum Value,-100\nMaximum Value,100\n"
                  "Second,Rating\n%%%%%%,%%%%%%\n0,5\n1,-50\n"),
            _plain_ratings, 1024,
        ),
        Reader(
            "events", _text("a_events.tsv", "onset\tduration\ttrial_type\n1.5\t2\tclip\n"),
            read_events, 1024,
        ),
        Reader("psychopy", _text("data.csv", PSYCHOPY), read_events, 1024),
        Reader("elan", _text("a.eaf", ELAN), read_events, 2048),
        Reader("textgrid", _text("a.TextGrid", TEXTGRID), read_events, 2048),
        Reader("xdf", _xdf, _read_xdf),
        Reader("bids-sidecar", _bids("json"), _read_bids),
        Reader("bids-table", _bids("tsv.gz"), _read_bids),
        Reader("manifest", _manifest, read_manifest, 1024),
        Reader("index", _text("batch.csv", INDEX), _read_index, 1024),
        Reader("study", _text("study.yaml", PLAN), _plan, 1024),
        Reader(
            "participants", _text("participants.tsv", "participant_id\tage\nsub-1\t30\n"),
            lambda path: read_participants(path.parent), 1024,
        ),
        Reader(
            "recordings",
            _text("recordings.tsv", "recording\tparticipant\tevent_offset\na\tP\t1\n"),
            lambda path: Roster(path.parent).recording(path.parent / "a", {}), 1024,
        ),
        Reader(
            "preset", _text("preset.yaml", yaml.safe_dump(load_preset("small"))),
            load_preset, 1024,
        ),
        Reader("learning", _learning, _read_learning, 1024),
        Reader("card", _card, _read_card, 1024),
        Reader("onnx", _onnx, _read_onnx),
        Reader("checkpoint", _checkpoint, load_network, 8192),
        Reader(
            "released", _released,
            lambda path: load_released(path, path.with_name("regressor.t7")), 8192,
        ),
        Reader("video", _video, _read_video, 8192),
        Reader("playlist", _text("list.txt", "#EXTM3U\nclip.mp4\n"), _read_video, 512),
        Reader("matrix", _matrix, _read_matrix, 64),
        Reader("address", _text("address.txt", "rtsp://a:b@camera:80/x?y=1"), _read_address, 128),
        Reader("preferences", _preferences, _read_preferences, 1024),
        Reader("image", _image, load_image),
        *(
            Reader(f"labels-{build.__name__.replace('_', '-')}", build, _labels(name), 1024)
            for name, build in LABELS
        ),
    )
}  # fmt: skip


def made(reader: Reader, folder: Path) -> Path:
    """The reader's file, in a folder of its own below that one."""
    (folder / "made").mkdir(parents=True)
    return reader.make(folder / "made")
