"""English, in which the sentences of the code are written: only what differs where other languages do not."""

from agents.tables.dates import MONTHS
from agents.tables.phrasebooks.phrasebook import Phrasebook

PHRASES = Phrasebook(
    sentences={"in the year {time}": "in {time}"},
    months=tuple(month.capitalize() for month in MONTHS),
    inflects=True,
)
