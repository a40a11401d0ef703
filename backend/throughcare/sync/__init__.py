"""Receiving and handing out records: the op pipeline. Office screens change records through it too."""
