"""Pixels into Qt images and maps into colours."""

from __future__ import annotations

import numpy as np
import pytest

from avce.app.gui.widgets.images import COLOUR_MAPS, PixelImage, colour_bar, fitted, map_image


def test_an_image_shares_the_memory_of_the_pixels():
    rgb = np.zeros((4, 6, 3), np.uint8)
    frame = PixelImage(rgb)
    rgb[2, 3] = (10, 200, 30)
    assert frame.image.pixelColor(3, 2).getRgb()[:3] == (10, 200, 30)


def test_pixels_in_another_order_are_copied_and_right():
    rgb = np.arange(4 * 5 * 3, dtype=np.uint8).reshape(4, 5, 3)
    frame = PixelImage(rgb[:, ::-1])
    assert frame.image.pixelColor(0, 1).getRgb()[:3] == tuple(int(v) for v in rgb[1, 4])


def test_a_map_is_clear_where_it_is_zero_and_opaque_at_its_peak():
    values = np.zeros((7, 7), np.float32)
    values[3, 3] = 1.0
    image = map_image(values, "viridis", 1.0).image
    assert image.pixelColor(1, 1).alpha() == 0
    assert image.pixelColor(28, 28).alpha() > 240


def test_opacity_scales_the_whole_map():
    values = np.ones((7, 7), np.float32)
    assert map_image(values, "magma", 0.5).image.pixelColor(20, 20).alpha() == 127
    assert map_image(values, "magma", 0.0).image.pixelColor(20, 20).alpha() == 0


def test_a_map_of_nothing_but_zeros_stays_invisible():
    pixels = map_image(np.zeros((7, 7), np.float32), "cividis", 1.0).pixels
    assert not pixels.any()


@pytest.mark.parametrize("name", COLOUR_MAPS)
def test_colour_maps_get_steadily_brighter_so_they_need_no_hue(name: str):
    pixels = colour_bar(name, 64).pixels[0].astype(float)
    brightness = pixels @ (0.2126, 0.7152, 0.0722)
    assert (np.diff(brightness) > -1.0).all()
    assert brightness[-1] - brightness[0] > 100


@pytest.mark.parametrize("mirrored", [False, True])
def test_an_image_fitted_to_the_screen_keeps_its_content(mirrored):
    rgb = np.zeros((720, 1280, 3), np.uint8)
    rgb[:, :640] = (200, 100, 50)
    image = fitted(rgb, 320, 180, mirrored=mirrored).image
    assert (image.width(), image.height()) == (320, 180)
    left, right = (image.pixelColor(x, 90).getRgb() for x in (10, 310))
    assert (right if mirrored else left) == (200, 100, 50, 255)
    assert (left if mirrored else right) == (0, 0, 0, 255)
