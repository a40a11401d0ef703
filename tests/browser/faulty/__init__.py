"""What can go wrong with one tablet, as stories of a real browser: `run.py bench faults --only cleared|cloned|newer|quota|shared|tabs`.

Each story is a function of a `Stage`. It raises `AssertionError` where something was lost, doubled or told wrongly, and a broken build must
make it do so.
"""
