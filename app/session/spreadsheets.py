"""Text cells that a spreadsheet would run as a formula, made harmless and given back as they were.

Excel, LibreOffice and Google Sheets run a cell of a CSV file that begins with one of `= + - @`, a
tab or a line end, quoted or not. An apostrophe in front makes it text: OWASP, "CSV Injection".
"""

from __future__ import annotations

import re

# Full-width signs too, which some versions take for the plain ones.
_RUN = "=+@\\-\t\r\n＝＋－＠"
_DANGEROUS = re.compile(f"'*[{_RUN}]")
_GUARDED = re.compile(f"'+[{_RUN}]")


def guarded(text: str) -> str:
    """A text cell as every CSV file of ours holds it. Numbers are no text and need none of this."""
    return f"'{text}" if _DANGEROUS.match(text) else text


def bare(cell: str) -> str:
    """The text of a cell that was `guarded`; any other cell as it stands."""
    return cell[1:] if _GUARDED.match(cell) else cell
