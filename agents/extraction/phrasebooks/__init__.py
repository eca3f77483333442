"""One phrasebook for each language in which questions are understood."""
