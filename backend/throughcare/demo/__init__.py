"""Invented people and work, the same on every machine, made through the real op pipeline by tablets that do not exist."""
