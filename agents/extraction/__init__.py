"""Answers without a model: what is asked, what the passages say, and a text made of both."""
