"""What a phrasebook holds: the sentences of one language, and how it writes numbers, dates and names."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Phrasebook:
    """Sentences by those of the code, which are English, as gettext has them.

    ``marks`` part the thousands and the decimals. ``day`` puts the day before a month, ``first`` is how the first one
    is written. ``column`` is how the name of a column stands in a sentence; where ``inflects``, it is put in small
    letters, and counted things are told as numbers of them. ``article`` may begin the name of a measure, which has none
    in the head of a table. ``places`` are the words in the names of tables that stand within a document.
    """

    sentences: Mapping[str, str]
    months: tuple[str, ...]
    seasons: Mapping[str, str] = field(default_factory=dict)
    marks: tuple[str, str] = (",", ".")
    day: str = "{day} "
    first: str = "1"
    column: str = "{name}"
    inflects: bool = False
    article: str = ""
    places: Mapping[str, str] = field(default_factory=dict)
