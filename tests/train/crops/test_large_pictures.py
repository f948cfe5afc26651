"""An image that is too large, or that nothing can decode, is a fault like any other."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from avce.train.crops.cropping import read_image


def test_an_image_that_is_too_large_is_a_reason(tmp_path: Path) -> None:
    Image.new("L", (32_767, 2)).save(tmp_path / "wide.png")
    Image.new("L", (30, 20)).save(tmp_path / "fine.png")
    (tmp_path / "none.png").write_bytes(b"no image")
    reason = read_image(tmp_path / "wide.png")
    assert isinstance(reason, str)
    assert "32767 x 2 pixels are too many" in reason
    assert not isinstance(read_image(tmp_path / "fine.png"), str)
    assert read_image(tmp_path / "none.png") == "the image cannot be decoded"
