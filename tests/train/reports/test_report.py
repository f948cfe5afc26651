"""avce-train report: one page that needs nothing beside it, and every figure as a file."""

from __future__ import annotations

import base64
import re
import shlex
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from made_data import write_image
from made_reports import write_run, write_videos

from avce.model.errors import InputError
from avce.train import cli
from avce.train.checkpoint import load_network
from avce.train.crops.preparation import Preparation, chosen_preparation
from avce.train.datasets import DATASETS
from avce.train.figures.style import Drawing, Rendered, render
from avce.train.reports import report_page
from avce.train.reports.report import ReportSettings, write_report
from avce.train.reports.report_page import PAGE

AXES = ("valence", "arousal")
FIGURES = {
    *("video-1", "video-2", "error-count", "learning-loss", "learning-parts"),
    *("learning-ccc", "learning-rmse", "latent-faces"),
    *(f"{kind}-{axis}" for kind in ("maps", "latent", "error", "calibration") for axis in AXES),
}


class Page(HTMLParser):
    """What a page shows and where it points."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.words: list[str] = []
        self.images: dict[str, str] = {}
        self.tags: set[str] = set()
        self.source = path.read_text(encoding="utf-8")
        self.feed(self.source)
        self.text = " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        found = dict(attrs)
        self.addresses += [found[k] or "" for k in ("src", "srcset", "href", "data") if k in found]
        if tag == "img":
            self.images[found["alt"] or ""] = found["src"] or ""

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@pytest.fixture(scope="module")
def videos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a data set of two videos, two runs on it, and the report of both."""
    folder = tmp_path_factory.mktemp("report")
    data = f"aff-wild2:{write_videos(folder / 'data')}"
    write_run(folder / "mine", data)
    write_run(folder / "other", data, "baseline", seed=1)
    where = ["--against", str(folder / "other"), "--crops", str(folder / "crops")]
    few = ["--faces", "3", "--workers", "1"]
    assert cli.main(["report", str(folder / "mine"), *where, *few]) == 0
    return folder


@pytest.fixture(scope="module")
def page(videos: Path) -> Page:
    return Page(videos / "mine" / "report" / PAGE)


def test_every_figure_is_written_as_svg_and_png(videos: Path) -> None:
    folder = videos / "mine" / "report" / "figures"
    assert {p.name for p in folder.iterdir()} == {
        f"{name}.{kind}" for name in FIGURES for kind in ("svg", "png")
    }
    for name in FIGURES:
        image = cv2.imread(str(folder / f"{name}.png"))
        assert image is not None
        assert min(image.shape[:2]) > 400
        assert np.ptp(image) > 100, name


def test_the_page_points_at_nothing_outside_itself(videos: Path, page: Page) -> None:
    assert page.addresses
    assert {address[:1] if address.startswith("#") else address.split(";")[0]
            for address in page.addresses} == {"#", "data:image/svg+xml"}  # fmt: skip
    assert not page.tags & {"script", "link", "iframe", "object", "embed"}
    assert "default-src 'none'" in page.source
    assert not re.search(r"url\(|@import", page.source)
    anchors = {address for address in page.addresses if address.startswith("#")}
    assert anchors == {f"#{key}" for key in re.findall(r'<section id="(\w+)"', page.source)}
    for file in (videos / "mine" / "report" / "figures").glob("*.svg"):
        # References of a figure are to itself or hold what they refer to.
        found = re.findall(r'(?:xlink:href|href|src)="([^"]*)"', file.read_text())
        assert all(address.startswith(("#", "data:")) for address in found), file.name


def test_the_page_holds_the_figures_that_lie_beside_it(videos: Path, page: Page) -> None:
    held = {base64.b64decode(src.split(",", 1)[1]) for src in page.images.values()}
    files = (videos / "mine" / "report" / "figures").glob("*.svg")
    assert held == {file.read_bytes() for file in files}
    assert all(page.images)  # each says in words what it shows


def test_videos_are_followed_from_the_liveliest_on(page: Page) -> None:
    assert page.text.index("Video lively, 12") < page.text.index("Video calm, 12 labelled frames.")
    expected = (
        "Video lively: valence and arousal of 12 frames, label and estimates of AVCE (AlexNet), "
        "Baseline (AlexNet), and activation maps at 2 peaks."
    )
    assert expected in page.images


def test_runs_stand_beside_each_other_and_the_papers_row_below(page: Page) -> None:
    row = r'<th scope="row">([^<]*)(?:<small>([^<]*)</small>)?</th>'
    rows = re.findall(row, page.source)
    assert [name for name, _ in rows] == [
        "AVCE (AlexNet)",
        "Baseline (AlexNet)",
        "Paper: AVCE (AlexNet)",
    ]
    assert rows[0][1] == "this run"
    assert "Table 5 and the poster: Aff-Wild (another data set)" in rows[2][1]
    assert "of whole videos or persons" in page.text
    assert "Split val: 24 faces" in page.text
    assert "shows faces of the data set" in page.text
    assert "--against" in page.text


def test_the_metrics_are_those_of_the_checkpoint_on_the_crops(videos: Path, page: Page) -> None:
    net, _ = load_network(next((videos / "mine" / "best").glob("*.ckpt")))
    (prepared,) = (p for p in (videos / "crops").iterdir() if p.suffix != ".lock")
    crops = torch.from_numpy(np.load(prepared / "crops.npy"))[:, None].float()
    with torch.inference_mode():
        estimate = net.estimate(crops).numpy().astype(np.float64)
    target = np.load(prepared / "labels.npz")["target"].astype(np.float64)
    rmse = np.sqrt(((estimate - target) ** 2).mean(axis=0))
    same_sign = (np.sign(estimate) == np.sign(target)).mean(axis=0)
    valence = np.corrcoef(estimate[:, 0], target[:, 0])[0, 1]
    cells = re.findall(r"<td>([^<]*)<", page.source)
    found = [float(cell.replace("−", "-")) for cell in cells[:5]]
    np.testing.assert_allclose(found, [*rmse, *same_sign, valence], atol=6e-4)


def _draw_only(patch: pytest.MonkeyPatch, names: str) -> None:
    """Leave the figures blank whose names do not begin so: drawing takes most of a report."""

    def draw(drawing: Drawing) -> Rendered:
        if names and drawing.name.startswith(names):
            return render(drawing)
        return Rendered(drawing, {"light": b"<svg/>", "dark": b"<svg/>"}, b"")

    patch.setattr(report_page, "render", draw)


def test_without_faces_the_maps_stand_alone_in_the_place_of_an_earlier_report(
    videos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _draw_only(monkeypatch, "maps")
    settings = ReportSettings(
        videos / "other",
        preparation=Preparation(videos / "crops"),
        show_faces=False,
        faces=1,
        videos=1,
    )
    old = settings.folder / "figures" / "video-7.png"
    old.parent.mkdir(parents=True)
    old.write_bytes(b"")
    bare = Page(write_report(settings))
    assert not old.exists()
    assert "shows faces of the data set" not in bare.text
    assert "The images are left out" in bare.text
    assert bare.text.count("labelled frames.") == 1
    assert "--show-faces false" in bare.text
    # Noise is what the images show, and a map alone is smooth.
    alone, covered = _images(videos / "other"), _images(videos / "mine")
    assert (len(alone), len(covered)) == (1, 3 * 3)  # the faces and two runs' maps of each
    assert _roughness(alone[0]) < min(map(_roughness, covered)) / 10


def _images(run: Path) -> list[np.ndarray]:
    """The tiles in the grid of maps of valence."""
    text = (run / "report" / "figures" / "maps-valence.svg").read_text()
    found = re.findall(r"data:image/png;base64,([^\"]*)", text)
    tiles = [cv2.imdecode(np.frombuffer(base64.b64decode(one), np.uint8), 0) for one in found]
    return [np.asarray(one) for one in tiles]


def _roughness(image: np.ndarray) -> float:
    return float(np.abs(cv2.Laplacian(image, cv2.CV_64F)).mean())


@pytest.fixture(scope="module")
def classes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of AVCE-discrete on twelve stills with votes."""
    folder = tmp_path_factory.mktemp("classes")
    root = folder / "ferplus"
    names = ("neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt")
    rows = ["Usage,Image name," + ",".join((*names, "unknown", "NF"))]
    for i in range(12):
        votes = [10 if k == i % 3 else 0 for k in range(10)]
        rows.append(f"PublicTest,fer{i}.png," + ",".join(map(str, votes)))
        write_image(root / "FER2013Valid" / f"fer{i}.png", seed=i)
    (root / "fer2013new.csv").write_text("\n".join(rows) + "\n")
    write_run(folder / "run", f"ferplus:{root}", "avce-discrete", outputs=7)
    return folder


def test_a_run_of_classes_has_a_confusion_matrix_and_no_plane(classes: Path) -> None:
    settings = ReportSettings(classes / "run", preparation=Preparation(classes / "crops", 1))
    text = Page(write_report(settings)).text
    figures = {p.stem for p in (classes / "run" / "report" / "figures").iterdir()}
    assert figures == {
        *("confusion", "latent-class", "latent-faces"),
        *("learning-loss", "learning-parts", "learning-validation"),
    }
    assert "Confusion matrix" in text
    assert "Error over the plane" not in text
    for name in ("neutral", "happiness", "surprise"):
        assert re.search(rf"{name} 4 [01]\.\d\d\d", text)
    assert "Paper: AVCE-discrete" in text
    assert "0.847" in text
    assert "are a proxy" in text
    assert "of the faces." in text  # stills are resampled one by one


def test_a_data_set_that_the_paper_does_not_know_is_reported_too(
    videos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = replace(DATASETS["aff-wild2"], name="own", title="our own recordings")
    monkeypatch.setitem(DATASETS, "own", own)
    _draw_only(monkeypatch, "")
    settings = ReportSettings(
        *(videos / "mine", f"own:{videos / 'data'}"),
        out=tmp_path / "report", faces=0, videos=0, preparation=Preparation(tmp_path / "crops", 1),
    )  # fmt: skip
    assert "on our own recordings" in Page(write_report(settings)).text


def test_runs_of_two_kinds_do_not_stand_side_by_side(videos: Path, classes: Path) -> None:
    settings = ReportSettings(videos / "mine", against=(classes / "run",))
    with pytest.raises(InputError, match="only runs of one kind"):
        write_report(settings)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"faces": 25}, "--faces must be 0 to 24"),
        ({"videos": -1}, "--videos must be 0 to 24"),
        ({"against": (Path("run"),)}, "named twice"),
    ],
)
def test_senseless_settings_are_refused(changes: dict, complaint: str) -> None:
    with pytest.raises(InputError, match=complaint):
        ReportSettings(Path("run"), **changes)


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    with pytest.raises(InputError, match="is a file: give --out a folder"):
        write_report(ReportSettings(tmp_path, out=tmp_path / "out"))


def test_the_command_makes_the_same_report_again() -> None:
    settings = ReportSettings(
        Path("runs/a b"),
        data="ferplus:x",
        faces=4,
        against=(Path("c"), Path("d")),
        show_faces=False,
        preparation=Preparation(Path("my crops"), max_faulty=0.5),
    )
    _, *arguments = shlex.split(settings.command())
    options = cli.build_parser().parse_args(arguments).report
    again = ReportSettings(
        options.run,
        data=options.data,
        faces=options.faces,
        against=tuple(map(Path, options.against)),
        show_faces=options.show_faces,
        preparation=chosen_preparation(options),
    )
    assert again == settings
