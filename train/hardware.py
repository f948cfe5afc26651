"""What a machine is and has: its name in tables, and the arithmetic that it is fast in."""

from __future__ import annotations

import os
import platform
import warnings
from pathlib import Path

import torch

from .config import Arithmetic, Precision


def native_bfloat16(on_cpu: bool) -> bool:
    """Whether the device computes in bfloat16 itself; emulated, it is many times slower."""
    if on_cpu:
        return torch.ops.mkldnn._is_mkldnn_bf16_supported()
    return torch.cuda.is_bf16_supported(including_emulation=False)


def choose_precision(wanted: Precision, on_cpu: bool) -> Arithmetic:
    """bf16-mixed for "auto" where the device has it, float32 elsewhere; else what is wanted.

    Warns where bfloat16 is wanted of a processor that emulates it.
    """
    native = native_bfloat16(on_cpu)
    if wanted == "auto":
        return "bf16-mixed" if native else "32-true"
    if wanted == "bf16-mixed" and on_cpu and not native:
        warnings.warn(
            "This processor has no bfloat16 and emulates it, many times slower: "
            "--precision 32-true is the faster one here.",
            stacklevel=2,
        )
    return wanted


def hardware(device: torch.device) -> str:
    """What kind of machine this is: the processor, cores and threads, and the GPU in use."""
    text = (
        f"{_processor()}, {os.cpu_count()} cores, {torch.get_num_threads()} threads, "
        f"PyTorch {torch.__version__}"
    )
    return f"{torch.cuda.get_device_name(device)}; {text}" if device.type == "cuda" else text


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()
