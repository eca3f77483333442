"""Questions about a table, understood by their words, without a model."""
