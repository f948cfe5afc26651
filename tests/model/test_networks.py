"""The networks have the shapes and sizes that the paper states."""

from __future__ import annotations

import pytest
import torch
import torchvision
from torch import nn

from avce.model.errors import InputError
from avce.model.network_config import NetworkConfig
from avce.model.networks import (
    BACKBONES,
    AVCENet,
    Preprocess,
    build_compressor,
    build_encoder,
    parameter_count,
)


def test_alexnet_parts_have_the_papers_parameter_counts() -> None:
    net = AVCENet(NetworkConfig("alexnet"))
    assert parameter_count(net.encoder) == 2_469_696
    assert parameter_count(net.compressor) == 294_944
    assert parameter_count(net.encoder) + parameter_count(net.compressor) == 2_764_640


def test_alexnet_of_a_random_start_is_that_of_torchvision() -> None:
    ours, _ = build_encoder("alexnet")
    theirs = torchvision.models.alexnet(weights=None).features
    ours.load_state_dict(theirs.state_dict())
    faces = torch.rand(2, 3, 64, 64)
    assert torch.equal(ours(faces), theirs(faces))
    assert str(ours) == str(theirs)


def test_resnet18_compressor_has_the_papers_parameter_count() -> None:
    net = AVCENet(NetworkConfig("resnet18"))
    assert parameter_count(net.compressor) == 545_032
    assert round(parameter_count(net.encoder) / 1e6, 1) == 11.2


@pytest.mark.parametrize("backbone", BACKBONES)
def test_every_head_stays_below_ten_thousand_parameters(backbone: str) -> None:
    net = AVCENet(NetworkConfig(backbone))  # type: ignore[arg-type]
    for head in (net.regressor, net.projection_head, net.discriminative_head):
        assert parameter_count(head) <= 10_000


@pytest.mark.parametrize(
    ("backbone", "shape"), [("alexnet", (256, 6, 6)), ("resnet18", (512, 7, 7))]
)
def test_encoder_output_has_the_papers_shape(backbone: str, shape: tuple[int, ...]) -> None:
    encoder, channels = build_encoder(backbone)
    with torch.no_grad():
        assert encoder.eval()(torch.zeros(1, 3, 224, 224)).shape == (1, *shape)
    assert channels == shape[0]


def test_the_compact_encoder_halves_a_small_face_four_times_and_has_no_weights_to_start_from() -> (
    None
):
    net = AVCENet(NetworkConfig("compact", input_size=48))
    assert net(torch.zeros(2, 1, 48, 48)).features.shape == (2, 256, 3, 3)
    assert parameter_count(net.encoder) < 400_000
    with pytest.raises(InputError, match="compact"):
        AVCENet(NetworkConfig("compact"), "IMAGENET1K_V1")


def test_deeper_resnets_pool_to_2048_channels_and_compress_to_32() -> None:
    for backbone in ("resnet50", "resnet101"):
        _, channels = build_encoder(backbone)
        assert channels == 2048
        z = build_compressor(backbone, channels, 0.0)(torch.rand(2, 2048, 3, 3))
        assert z.shape == (2, 32)


def test_z_is_never_negative_and_the_projection_stays_within_half() -> None:
    net = AVCENet(NetworkConfig("alexnet")).eval()
    with torch.no_grad():
        output = net(torch.randint(0, 256, (3, 3, 224, 224), dtype=torch.uint8))
        projected = net.projection_head(100 * output.z)
    assert output.z.shape == (3, 32)
    assert (output.z >= 0).all()
    assert (projected.abs() <= 0.5).all()
    assert net.estimate(torch.zeros(2, 3, 224, 224)).abs().max() <= 1


def test_luminance_makes_colour_irrelevant() -> None:
    step = Preprocess(32, luminance=True)
    grey = torch.full((1, 3, 32, 32), 100.0)
    red = torch.zeros(1, 3, 32, 32)
    red[:, 0] = 100.0 / 0.299
    assert torch.allclose(step(grey), step(red), atol=1e-5)


def test_one_channel_means_the_same_as_three_equal_ones() -> None:
    image = torch.randint(0, 256, (2, 1, 64, 64), dtype=torch.uint8)
    for luminance in (True, False):
        step = Preprocess(64, luminance)
        assert torch.allclose(step(image), step(image.expand(-1, 3, -1, -1)), atol=1e-5)


def test_scaling_down_by_a_whole_number_averages_every_pixel() -> None:
    step = Preprocess(2, luminance=False)
    image = torch.zeros(1, 3, 4, 4)
    image[:, :, 0, 0] = 255.0  # one bright pixel in the first 2 x 2 block
    value = step(image) * step.std + step.mean
    assert torch.allclose(value[0, :, 0, 0], torch.full((3,), 0.25))


def test_nothing_finer_than_the_detail_is_seen() -> None:
    step = Preprocess(64, luminance=True, detail=32)
    sharp = torch.randint(0, 256, (1, 1, 128, 128)).float()
    soft = sharp.reshape(1, 1, 32, 4, 32, 4).mean(dim=(3, 5))
    same = soft.repeat_interleave(4, 2).repeat_interleave(4, 3)
    assert torch.allclose(step(sharp), step(same), atol=1e-5)
    # A face that is no larger than the detail passes whole.
    assert torch.equal(step(soft), Preprocess(64, luminance=True)(soft))


def test_a_detail_of_one_pixel_is_refused() -> None:
    with pytest.raises(InputError, match="--detail"):
        NetworkConfig(detail=1)


def test_discrete_network_ends_in_class_scores_without_activation() -> None:
    net = AVCENet(NetworkConfig("alexnet", outputs=7))
    assert net.regressor[-1].out_features == 7
    assert isinstance(net.projection_head[-1], torch.nn.Linear)


def test_normalised_alexnet_adds_one_batch_norm_a_convolution_and_nothing_else() -> None:
    plain, normalised = (
        AVCENet(NetworkConfig(batch_norm=wanted)).encoder for wanted in (False, True)
    )
    kinds = [type(layer).__name__ for layer in normalised]
    assert [k for k in kinds if k != "BatchNorm2d"] == [type(layer).__name__ for layer in plain]
    after = {kinds[i + 1] for i, kind in enumerate(kinds) if kind == "Conv2d"}
    assert after == {"BatchNorm2d"}
    channels = sum(layer.out_channels for layer in plain if isinstance(layer, nn.Conv2d))
    assert parameter_count(normalised) - parameter_count(plain) == 2 * channels
