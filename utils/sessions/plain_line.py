"""What people call things: one line, without what could make it look like another."""

import unicodedata

# They join or part letters, or tell the direction of the one before them, and are needed to write some languages.
_NEEDED = {"\u200c", "\u200d", "\u200e", "\u200f"}
_REFUSED = {"Cc", "Cf", "Cs", "Zl", "Zp"}  # https://www.unicode.org/reports/tr44/#General_Category_Values


def plain_line(typed: str) -> str:
    """The same. Raises ValueError for line breaks, control characters, and what turns the direction of letters."""
    if any(letter not in _NEEDED and unicodedata.category(letter) in _REFUSED for letter in typed):
        raise ValueError("must be one line, without control characters")
    return typed
