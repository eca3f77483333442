"""What calculations say: one phrasebook for each language in which questions are understood."""
