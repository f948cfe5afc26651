"""Where an exported network can run, by the names that a command line uses."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable

from .errors import InputError

PROVIDERS = {
    "tensorrt": "TensorrtExecutionProvider",
    "cuda": "CUDAExecutionProvider",
    "coreml": "CoreMLExecutionProvider",
    "directml": "DmlExecutionProvider",
    "cpu": "CPUExecutionProvider",
}
_AUTO_ORDER = ("cuda", "directml", "coreml", "cpu")


def has_cuda_driver() -> bool:
    """Whether the driver of an NVIDIA card is installed; asks for its library, starts nothing."""
    try:
        ctypes.CDLL("nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1")
    except OSError:
        return False
    return True


def choose_provider(
    wanted: str, available: list[str], driver: Callable[[], bool] = has_cuda_driver
) -> list[str]:
    """Names to try, in order; `InputError` where the wanted one cannot be had.

    "auto" leaves CUDA out where it has no driver: ONNX Runtime would load some 240 MB of it first
    and then find that out.
    """
    if wanted == "auto":
        names = [p for p in _AUTO_ORDER if PROVIDERS[p] in available]
        return names if "cuda" not in names or driver() else [n for n in names if n != "cuda"]
    if wanted not in PROVIDERS:
        raise InputError(f"There is no provider '{wanted}': choose auto, {', '.join(PROVIDERS)}.")
    if PROVIDERS[wanted] not in available:
        raise InputError(
            f"The provider {wanted} is not in this ONNX Runtime (it has "
            f"{', '.join(p.removesuffix('ExecutionProvider') for p in available)}): "
            "use --provider auto or install the matching package."
        )
    return [wanted]


def likely_provider(wanted: str) -> str:
    """The name that `choose_provider` tries first; it may still fail to start."""
    import onnxruntime as ort

    return choose_provider(wanted, ort.get_available_providers())[0]
