"""One way to write what has several: ligatures, full-width letters, marks that nobody sees."""

import re
import unicodedata

# Presentation forms, which stand for plain letters: ligatures (U+FB00 on), full-width letters (U+FF01 on). The whole
# of NFKC would go too far: it makes m² into m2 and 10⁶ into 106.
_FORMS = re.compile("[\ufb00-\ufb06\ufb13-\ufb17\ufb1d-\ufb4f\uff01-\uff5e\u0132\u0133]")
# Soft hyphens and zero-width spaces. Joiners (U+200C, U+200D) belong to the spelling of some languages and stay.
_UNSEEN = re.compile("[\u00ad\u200b\u200e\u200f\u2060\u2066-\u2069\u202a-\u202e\ufeff]")


def folded(text: str) -> str:
    """The text with plain letters, composed accents and nothing invisible, so that words can be found in it."""
    if text.isascii():
        return text
    plain = _FORMS.sub(lambda match: unicodedata.normalize("NFKC", match.group()), _UNSEEN.sub("", text))
    return unicodedata.normalize("NFC", plain)
