"""Guess the settings of a competition from its files, with a reason for each."""

from regard.competitions.discovery.guess import Guess
from regard.competitions.discovery.guessing import discover
from regard.competitions.discovery.page import new_page
from regard.competitions.discovery.rendering import render_page

__all__ = ["Guess", "discover", "new_page", "render_page"]
