"""What goes wrong in a run without ending it: it repeats itself, or nothing is heard of it."""
