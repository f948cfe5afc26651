"""The rules by which votes become valence and arousal."""

from __future__ import annotations

import json

import pytest

from avce.model.anchors import DEFAULT, EMOTIONS, RULES, parse_rule


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_a_rule_places_every_emotion_and_says_where_from(rule) -> None:
    assert tuple(rule.positions) == EMOTIONS
    assert rule.source
    assert all(-1 <= value <= 1 for point in rule.positions.values() for value in point)
    assert parse_rule(json.dumps(rule.as_dict())) == rule


def test_votes_become_the_mean_anchor() -> None:
    rule = RULES["affectnet"]
    assert rule.mean([0, 3, 0, 0, 0, 0, 0, 0]) == pytest.approx(rule.positions["happiness"])
    half = rule.mean([5, 5, 0, 0, 0, 0, 0, 0])
    assert half == pytest.approx((0.32, 0.02))
    with pytest.raises(ValueError, match="at least one vote"):
        rule.mean([0.0] * 8)


def test_smiles_carry_arousal_by_the_words_and_not_by_the_default() -> None:
    assert RULES["words"].positions["happiness"][1] > 0.5
    # AffectNet's annotators could not put happiness above .5 in arousal, nor below -.2.
    assert DEFAULT == "affectnet"
    assert -0.2 <= RULES[DEFAULT].positions["happiness"][1] <= 0.5
