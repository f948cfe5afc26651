"""Where an exported network can run, by the names that a command line uses."""

from __future__ import annotations

from .errors import InputError

PROVIDERS = {
    "tensorrt": "TensorrtExecutionProvider",
    "cuda": "CUDAExecutionProvider",
    "coreml": "CoreMLExecutionProvider",
    "directml": "DmlExecutionProvider",
    "cpu": "CPUExecutionProvider",
}
_AUTO_ORDER = ("cuda", "directml", "coreml", "cpu")


def choose_provider(wanted: str, available: list[str]) -> list[str]:
    """Names to try, in order; `InputError` where the wanted one cannot be had."""
    if wanted == "auto":
        return [p for p in _AUTO_ORDER if PROVIDERS[p] in available]
    if wanted not in PROVIDERS:
        raise InputError(f"There is no provider '{wanted}': choose auto, {', '.join(PROVIDERS)}.")
    if PROVIDERS[wanted] not in available:
        raise InputError(
            f"The provider {wanted} is not in this ONNX Runtime (it has "
            f"{', '.join(p.removesuffix('ExecutionProvider') for p in available)}): "
            "use --provider auto or install the matching package."
        )
    return [wanted]
