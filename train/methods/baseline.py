"""Baseline (Mollahosseini et al., AffectNet, TAC 2017): the supervised part alone."""

from __future__ import annotations

from .base import Method


class BaselineMethod(Method):
    """Encoder, compressor and regressor under the supervised losses."""

    name = "baseline"
