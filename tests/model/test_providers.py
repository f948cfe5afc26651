"""Which part of ONNX Runtime runs a network."""

from __future__ import annotations

import pytest

from avce.model.errors import InputError
from avce.model.providers import PROVIDERS, choose_provider

CARD_AND_CPU = [PROVIDERS["cuda"], PROVIDERS["cpu"]]


@pytest.mark.parametrize(("driver", "names"), [(True, ["cuda", "cpu"]), (False, ["cpu"])])
def test_auto_takes_cuda_only_where_its_driver_is(driver: bool, names: list[str]) -> None:
    assert choose_provider("auto", CARD_AND_CPU, lambda: driver) == names


def test_a_wanted_provider_is_tried_even_without_its_driver() -> None:
    assert choose_provider("cuda", CARD_AND_CPU, lambda: False) == ["cuda"]


def test_a_provider_that_is_not_built_in_is_refused() -> None:
    with pytest.raises(InputError, match="coreml is not in this ONNX Runtime"):
        choose_provider("coreml", CARD_AND_CPU)
