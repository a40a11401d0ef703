"""What of SQLite's files has been flushed: after each flush that SQLite itself asks for, the file is copied.

The copies are what a disk holds after a power cut that takes everything else. SQLite's own functions for opening and
flushing files are replaced in this process (`sqlite3_vfs.xOpen`, `sqlite3_io_methods.xSync`); everything goes on to them.
"""

from __future__ import annotations

import _sqlite3
import contextlib
import ctypes
import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

POINTER = ctypes.sizeof(ctypes.c_void_p)
OPEN_AT = 16 + 3 * POINTER  # in sqlite3_vfs: three ints, then pNext, zName, pAppData
SYNC_AT = 5 * POINTER  # in sqlite3_io_methods: the version, then xClose, xRead, xWrite, xTruncate
METHODS = 19 * POINTER  # through version 3
# The name is passed on as the pointer that it is: SQLite keeps it for as long as the file is open.
Open = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)
Sync = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int)


class Disk:
    """`syncs` counts the flushes of each file by name; `folder` holds what they left."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.syncs: Counter[str] = Counter()
        self.kept: list[Any] = []  # what C points to

    def after_power_cut(self, name: str, where: Path) -> sqlite3.Connection:
        """The database as it is found when the power is back."""
        where.mkdir()
        for each in (name, f"{name}-wal"):
            if (self.folder / each).exists():
                shutil.copy(self.folder / each, where / each)
        return sqlite3.connect(where / name)


@contextlib.contextmanager
def watched(folder: Path, flushed: Path) -> Iterator[Disk]:
    """Watch every file that SQLite opens in `folder` while the block runs; `flushed` gets the copies."""
    disk = Disk(flushed)
    library = ctypes.CDLL(_sqlite3.__file__)
    library.sqlite3_vfs_find.restype = ctypes.c_void_p
    place = ctypes.c_void_p.from_address(library.sqlite3_vfs_find(None) + OPEN_AT)
    shipped = place.value
    assert shipped
    open_file = Open(shipped)

    def opened(vfs: int, name: int | None, file: int, flags: int, told: int) -> int:
        code = open_file(vfs, name, file, flags, told)
        pointer = ctypes.c_void_p.from_address(file)
        path = Path(ctypes.string_at(name).decode()) if name else None
        if code or path is None or path.parent != folder or not pointer.value:
            return code
        methods = (ctypes.c_char * METHODS).from_buffer_copy(ctypes.string_at(pointer.value, METHODS))
        slot = ctypes.c_void_p.from_buffer(methods, SYNC_AT)
        sync_file = Sync(slot.value)

        def synced(handle: int, how: int) -> int:
            result = sync_file(handle, how)
            if not result:
                disk.syncs[path.name] += 1
                if path.is_file() and flushed.is_dir():
                    shutil.copy(path, flushed / path.name)
            return result

        callback = Sync(synced)
        slot.value = ctypes.cast(callback, ctypes.c_void_p).value
        disk.kept += [methods, callback]
        pointer.value = ctypes.addressof(methods)
        return code

    ours = Open(opened)
    disk.kept.append(ours)
    place.value = ctypes.cast(ours, ctypes.c_void_p).value
    try:
        yield disk
    finally:
        place.value = shipped
        _still_open.append(disk)


_still_open: list[Disk] = []  # a connection that is closed later still calls back
