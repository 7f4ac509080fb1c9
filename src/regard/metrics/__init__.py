"""Scores, and the thresholds they are computed at."""
