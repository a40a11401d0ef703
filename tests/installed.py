"""How large the program is that a tablet keeps."""

from __future__ import annotations

from pathlib import Path

import cramjam

DIST = Path(__file__).resolve().parents[1] / "frontend" / "dist"
# The installed program's room, brotli 11: product.md, "what good means here".
ROOM = 260_000


def installed_size() -> int:
    """Bytes of the worker's script and everything it caches, each as small as brotli 11 makes it."""
    script = (DIST / "sw.js").read_bytes()
    kept = [file for file in DIST.rglob("*") if f'"/{file.relative_to(DIST).as_posix()}"'.encode() in script]
    return _packed(script) + sum(_packed(file.read_bytes()) for file in kept)


def _packed(data: bytes) -> int:
    return min(len(data), len(bytes(cramjam.brotli.compress(data, level=11))))
