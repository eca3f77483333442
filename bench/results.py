"""bench/RESULTS.md: a section for each part, which running that part again replaces."""

import re
import time

from bench.machine import describe
from bench.server import PROJECT

PATH = PROJECT / "bench" / "RESULTS.md"
_HEAD = """# Figures

Written by `bench/run.sh --write`; each section says when, how and beside how much other work. On a machine that does
other things, too, the ratios of one run mean more than microseconds. A goal that was not reached says `miss`.
"""


def keep(part: str, conditions: str, text: str) -> None:
    """Put a part's results into the file."""
    sections = _sections(PATH.read_text() if PATH.exists() else "")
    when = time.strftime("%-d %B %Y, %H:%M", time.gmtime())
    sections[part] = f"## {part}\n\n{when} UTC. {describe()} {conditions}\n\n{text}\n"
    PATH.write_text("\n".join([_HEAD, *sections.values()]))


def _sections(text: str) -> dict[str, str]:
    found = re.split(r"^## ", text, flags=re.MULTILINE)[1:]
    return {section.partition("\n")[0]: f"## {section.rstrip()}\n" for section in found}
