"""Specs made by a grammar, whole and damaged: each is understood or refused in a line, and nothing else happens."""
