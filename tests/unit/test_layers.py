"""What import-linter cannot say of plug-ins: those of one folder do not know each other. `make check` runs the rest."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from lingxi import registry

FOLDERS = [
    "models",
    "rankers",
    "runtimes",
    "nearest/kinds",
    "features",
    "datasets",
    "insight/subjects",
    "ingest/rules",
    "recommend/surfaces",
    "recommend/sources",
    "recommend/filters",
    "recommend/scorers",
    "recommend/rerankers",
    "recommend/explorers",
    "recommend/merchandising/effects",
    *(f"backends/{each.name}" for each in sorted((registry.ROOT / "backends").iterdir()) if each.is_dir()),
]


def imported(file: Path) -> set[str]:
    """The modules that a file names, wherever in it the import stands."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


@pytest.mark.parametrize("folder", FOLDERS)
def test_plug_ins_of_a_folder_do_not_know_each_other(folder: str) -> None:
    package = f"lingxi.{folder.replace('/', '.')}"
    names = registry.names(folder)

    for name in names:
        siblings = {f"{package}.{other}" for other in names if other != name}
        known = imported(registry.ROOT / folder / f"{name}.py") & siblings
        assert not known, f"{package}.{name} knows {known}: put what they share into a file whose name begins with _"


def test_no_stage_and_no_server_names_a_model_or_a_trainer_even_inside_a_function() -> None:
    outside = [
        file
        for file in registry.ROOT.rglob("*.py")
        if file.relative_to(registry.ROOT).parts[0] not in ("models", "nn", "rankers")
    ]

    for file in outside:
        known = {each for each in imported(file) if each.split(".")[0] == "torch" or each.startswith("lingxi.nn")}
        known |= {each for each in imported(file) if each.startswith(("lingxi.models", "lingxi.rankers", "lightgbm"))}
        assert not known, f"{file} names {known}: reach it by name through the registry"


def test_every_folder_of_plug_ins_is_watched() -> None:
    backends = {
        f"backends/{each.name}" for each in (registry.ROOT / "backends").iterdir() if (each / "__init__.py").exists()
    }

    assert backends <= set(FOLDERS)
