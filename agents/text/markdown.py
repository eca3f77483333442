"""Words of a user or of a file's name within the Markdown of an answer."""

import re

# '_' means something only beside a space or a bracket: 'notes_2024.txt' stays as it is.
_MEANS = re.compile(r"[\\`*\[\]<>~|#&]|(?<![^\W_])_|_(?![^\W_])")


def literal(text: str) -> str:
    """The text as Markdown that shows every character as it is, on one line."""
    return _MEANS.sub(r"\\\g<0>", " ".join(text.split()))
