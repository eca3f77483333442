"""An older commit beside the working copy: each runs its own benchmark, in turn, on the same machine.

Both print the same kind of table, whatever their modules are called, so that is what is compared; a figure that only
one of them has is left out.
"""

import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median

from bench.checkout import checkout
from bench.printed import Reading, readings
from bench.report import Table
from bench.server import PROJECT

# What everybody who works with the product notices.
PARTS = ("delivery", "emitting", "first-event", "replay", "starting", "dashboard")
_FAILED_GOAL = 1  # the exit status of a run that has printed everything and missed a goal


def compare(revision: str, parts: Sequence[str], rounds: int) -> Iterator[Table]:
    """A table for each part: medians of the rounds of either, and theirs to each other."""
    with checkout(revision) as old:
        for part in parts:
            olds, news = [], []
            for number in range(1, rounds + 1):
                print(f"{part}: round {number} of {rounds}", file=sys.stderr)
                olds.append(_run(old, part))
                news.append(_run(PROJECT, part))
            yield _table(f"### {part}: {revision} and the working copy, medians of {rounds} in turn", olds, news)


def _run(tree: Path, part: str) -> dict[str, Reading]:
    """What the benchmark of a folder prints. Raises SystemExit when it has no such part, or failed."""
    words = ["bench/run.sh", "--quick", "--only", part]
    with subprocess.Popen(words, cwd=tree, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            printed, complaints = process.communicate()
        except BaseException:
            process.terminate()  # it stops what it has started
            raise
    found = readings(printed)
    if process.returncode not in (0, _FAILED_GOAL) or not found:
        raise SystemExit(f"bench: {' '.join(words)} failed in {tree}:\n{complaints}")
    return found


def _table(title: str, olds: list[dict[str, Reading]], news: list[dict[str, Reading]]) -> Table:
    rows = []
    for name in news[0]:
        before, after = ([found[name] for found in rounds if name in found] for rounds in (olds, news))
        if before and after:
            old, new = (median(reading.value for reading in taken) for taken in (before, after))
            rows.append((name, _said(before), _said(after), f"{new / old:.2f}" if old else ""))
    return Table(title, ("figure", "old (least to most)", "new (least to most)", "new ÷ old"), tuple(rows))


def _said(taken: list[Reading]) -> str:
    values = [reading.value for reading in taken]
    return f"{median(values):,g} {taken[0].unit} ({min(values):,g} to {max(values):,g})".replace("  ", " ")
