"""The files of one seed with their questions."""

from random import Random

from bench.trust import odd_tables, prose_files, several_files, table_files
from bench.trust.question import Upload

_BUILDERS = {**table_files.BUILDERS, **odd_tables.BUILDERS, **prose_files.BUILDERS, **several_files.BUILDERS}


def library(seed: int) -> dict[str, Upload]:
    """By what each file is. A file depends on the seed and on nothing of the others."""
    return {name: build(Random(f"{seed} {name}")) for name, build in _BUILDERS.items()}
