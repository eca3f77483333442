"""Printed pages: words with their places, and the order in which people read them."""
