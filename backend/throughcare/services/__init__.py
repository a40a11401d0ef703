"""Verbs that write. None commits: the request or the command does."""
