"""A sample for newcomers: the papers of an invented ferry, and a question that needs several of them and arithmetic."""

from pathlib import Path

SAMPLE_TITLE = "Solveig, winter traffic"
SAMPLE_QUESTION = (
    "How many passengers may the Solveig carry in winter, who rebuilt her engine, "
    "and what were the winter passengers per crossing by year?"
)

_FILES = ("harbour-log.pdf", "winter-certificate.docx", "passengers.csv", "notice-to-passengers.md")


def sample_files() -> list[Path]:
    """The sample's documents."""
    return [Path(__file__).parent / name for name in _FILES]
