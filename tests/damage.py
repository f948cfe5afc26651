"""Files damaged at random, the same ones each time: for readers that must refuse in a sentence."""

from __future__ import annotations

import random
from collections.abc import Iterator

_PIECES = (
    *(b"nan", b"inf", b"-1", b"1e400", b"99999999999999999999", b"0", b"abc", b"true", b"null"),
    *(b"", b",", b";", b'"', b"\n", b"\r", b"\x00", b"\xff\xfe", b"{}", b"[]", b"..", b"/", b" "),
)


def damaged(content: bytes, rounds: int, seed: int = 0) -> Iterator[bytes]:
    """`rounds` copies of the content, each with a few bytes changed, put in, or cut out."""
    draw = random.Random(seed)
    for _ in range(rounds):
        copy = bytearray(content)
        for _ in range(draw.choice((1, 1, 2, 5))):
            at = draw.randrange(len(copy) + 1)
            kind = draw.randrange(5)
            if kind == 0 and copy:
                copy[at % len(copy)] = draw.randrange(256)
            elif kind == 1:
                copy[at:at] = draw.choice(_PIECES)
            elif kind == 2:
                copy[at : at + draw.randrange(1, 12)] = draw.choice(_PIECES)
            elif kind == 3:
                del copy[at : at + draw.randrange(1, 40)]
            else:
                del copy[at:]
        yield bytes(copy)
