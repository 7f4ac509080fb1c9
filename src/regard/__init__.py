"""Regard: from a text competition's CSV files to a leaderboard submission."""

__version__ = "0.4.0"
