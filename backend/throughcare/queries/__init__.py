"""Reads, one module per screen or figure. Every query starts from scope.py."""
