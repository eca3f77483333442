"""Language, and what an answer is made of."""
