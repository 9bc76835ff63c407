"""What every benchmark prints first (settings and machine) and last (one line of JSON), and where that is kept."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from _figures import update

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "bench" / "results"
PAGE = ROOT / "docs" / "benchmarks.md"
WRITTEN = ("bench/results", "docs/benchmarks.md")
FLAGS = ("avx2", "avx512f", "avx512_bf16", "amx_bf16")


def cpu() -> dict[str, Any]:
    """The processor's name, its cores, and which of the instruction sets that matter it has."""
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    told = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines)}
    flags = set(told.get("flags", "").split())
    cores = sum(line.startswith("processor") for line in lines)
    return {
        "cpu": told.get("model name", platform.processor()),
        "cores": cores,
        "flags": [flag for flag in FLAGS if flag in flags],
    }


def commit() -> str:
    """The commit that was measured; `+` where the tree differs from it by more than what benchmarks write."""
    head = _git("rev-parse", "--short=10", "HEAD").strip()
    changed = _git("status", "--porcelain", "--untracked-files=no", "--", ".", *(f":!{path}" for path in WRITTEN))
    return head + "+" * bool(changed) if head else "unknown"


def _git(*arguments: str) -> str:
    asked = ["git", "-C", str(ROOT), *arguments]
    return subprocess.run(asked, capture_output=True, text=True, check=False).stdout


def settings(**values: Any) -> dict[str, Any]:
    """Prints the settings of a run beside the machine's, and returns both."""
    told = {**values, **cpu(), "commit": commit(), "python": platform.python_version()}
    for name, value in told.items():
        print(f"{name:>14}  {value}")
    return told


def finish(name: str, told: dict[str, Any], figures: dict[str, Any], last: dict[str, Any] | None = None) -> None:
    """Keeps the figures with their settings under `bench/results/` and in the documentation; prints them, or what is to
    be printed `last` in their place. With BENCH_TRY=1 in the environment nothing is kept."""
    if os.environ.get("BENCH_TRY"):
        print(json.dumps(figures if last is None else last, ensure_ascii=False), flush=True)
        return
    RESULTS.mkdir(parents=True, exist_ok=True)
    at = datetime.now(UTC).isoformat(timespec="seconds")
    kept = {"name": name, "at": at, "settings": told, "figures": figures}
    (RESULTS / f"{name}.json").write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n")
    update(PAGE, RESULTS)
    print(json.dumps(figures if last is None else last, ensure_ascii=False), flush=True)
