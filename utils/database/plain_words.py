"""The words of a text as the full-text indexes have them: in lower case, without diacritics, parted by any punctuation.

Stems are the databases' own matter (SQLite: Porter; PostgreSQL: Snowball's English), see the migrations 0001 and 0004.
Titles are kept plain beside what was typed, see 0006.
"""

import re
import unicodedata

DIACRITICS = re.compile("[\u0300-\u036f]")
# PostgreSQL's index takes these few letters and digits of Latin-1 for punctuation.
LETTER = "[^\\W_\u00aa\u00b2\u00b3\u00b5\u00b9\u00ba\u00bc-\u00be]"
_WORD = re.compile(f"{LETTER}+")


def plain(text: str) -> str:
    """The text in lower case and without diacritics."""
    return DIACRITICS.sub("", unicodedata.normalize("NFD", text)).lower()


def words_of(text: str) -> list[str]:
    return _WORD.findall(plain(text))
