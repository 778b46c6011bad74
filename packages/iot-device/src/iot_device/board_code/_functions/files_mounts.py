"""Tells the room of the file system that holds ``path``, then where file systems are mounted.

None: it is unknown, or ``path`` is empty. Only of that one, since to count what is free takes
seconds on a large card.
"""


def files_mounts(path):
    b = __import__("builtins")
    os = __import__("os")
    try:
        yield (os.statvfs(path)[:5] if path else None,)
    except b.Exception:
        yield (None,)
    try:
        for mounted in __import__("vfs").mount():
            yield mounted[1]
        return
    except (ImportError, AttributeError, TypeError):
        pass
    try:
        storage = __import__("storage")
    except ImportError:
        # Before 1.25 mounts could not be asked for. In a listing they lack the size that FAT and
        # littlefs tell, and have no inode.
        for entry in os.ilistdir("/"):
            if b.len(entry) == 3 and entry[1] == 0x4000 and entry[2] == 0:
                yield "/" + entry[0]
        return
    for name in os.listdir("/"):
        try:
            storage.getmount("/" + name)
            yield "/" + name
        except OSError:
            pass
