"""A run: its folders, and the list of all runs of a competition."""
