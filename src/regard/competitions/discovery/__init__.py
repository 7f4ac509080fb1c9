"""A page of `conf/competition/` from a competition's files: everything guessed, each guess with its reason."""

from regard.competitions.discovery.guess import Guess
from regard.competitions.discovery.page import discover, new_page, render_page

__all__ = ["Guess", "discover", "new_page", "render_page"]
