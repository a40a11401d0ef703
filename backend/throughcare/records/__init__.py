"""The synced documents: what each type holds, how versions meet, and the read tables they fill."""
