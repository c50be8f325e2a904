"""The fault that a file has."""

from __future__ import annotations


class BadFilm(ValueError):
    """A file or folder that is no whole film of a kind that is read; the text begins with its path."""
