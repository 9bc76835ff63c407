"""The settings: `<home>/lingxi.toml`, overruled by `LINGXI_<SECTION>_<NAME>` variables.

Each is described once, in `sections.py`; the file, the variables, `docs/configuration.md` and `lingxi init` follow.
"""

from lingxi.config.reading import FILE, HOME, OTHERS, home_of, load, overruled
from lingxi.config.rows import Row, table, template
from lingxi.config.sections import Cleaning, Gate, Retention, Serving, Settings, State, Train

__all__ = [
    "FILE",
    "HOME",
    "OTHERS",
    "Cleaning",
    "Gate",
    "Retention",
    "Row",
    "Serving",
    "Settings",
    "State",
    "Train",
    "home_of",
    "load",
    "overruled",
    "table",
    "template",
]
