"""What a file may bring. Each limit has its message; none of them is a setting, for a sane export meets none."""

from __future__ import annotations

from typing import Final

LINE_BYTES: Final = 1 << 20
"""Longest line. A longer one is held; memory never holds more than a few of them."""
COLUMNS: Final = 2_000
"""Most columns of a table."""
BLOCK_BYTES: Final = 5 << 20
"""How much of a text file is read at once."""
SAMPLE_BYTES: Final = 1 << 20
"""How much of a file is looked at before anything is decided."""
SAMPLE_ROWS: Final = 5_000
RATIO: Final = 200
"""How many bytes a packed byte may become, beyond the first `FREE_BYTES`."""
FREE_BYTES: Final = 64 << 20
SHEET_BYTES: Final = 4 << 30
"""Most bytes that the sheets of an Excel file may have when unpacked."""
QUOTED_LINES: Final = 200
"""Most lines that one quoted field may go over."""
