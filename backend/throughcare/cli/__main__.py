"""`python -m throughcare.cli`, which `run.py cli` runs."""

from . import load

load()(prog_name="run.py cli")
