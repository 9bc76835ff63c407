"""The documentation's example of a model in one file: it is put where models are and does what models do."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
RUN = """
import sys
sys.path.insert(0, {tests!r})
import numpy as np
import lingxi.models
lingxi.models.__path__.append({folder!r})
from learning_shop import DAY, START, goods_of, two_tastes
from lingxi import registry
from lingxi.domain.bundle import Recipe
from lingxi.train import fit as fitting
from lingxi.train.split import Histories
from pathlib import Path

real = registry.names
registry.names = lambda folder: (*real(folder), "newest") if folder == "models" else real(folder)
recipe = Recipe(model="newest", settings={{"days": 5.0}})
past, goods, now = two_tastes(), goods_of(20), START + 30 * DAY
model, found = fitting.fit(recipe, past, goods, now, None, lambda stage, done, **figures: None)
component = model.export(Path({folder!r}), "newest")
ids = {{name: number for number, name in enumerate(goods.ids)}}
runtime = registry.load("runtimes", component.runtime, "load")(Path({folder!r}), component, ids)
items, scores = runtime.propose(Histories(past).of(4), now, 5)
assert len(items) == 5 and (np.diff(scores) <= 0).all(), (items, scores)
assert "torch" not in sys.modules
print(items.tolist())
"""


def test_the_example_in_the_documentation_is_a_model(tmp_path: Path) -> None:
    """Given the code block of docs/models.md as a file, it is fitted, exported and served by its name."""
    page = (ROOT / "docs" / "models.md").read_text(encoding="utf-8")
    found = re.search(r"## Adding a model in one file.*?```python\n(.*?)```", page, re.DOTALL)
    assert found, "docs/models.md has no example"
    (tmp_path / "newest.py").write_text(found.group(1), encoding="utf-8")

    code = RUN.format(tests=str(ROOT / "tests"), folder=str(tmp_path))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)

    assert done.returncode == 0, done.stderr
