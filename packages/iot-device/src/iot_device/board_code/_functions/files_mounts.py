"""Tells where file systems are mounted."""


def files_mounts():
    import os
    import sys

    b = __import__("builtins")
    try:
        if sys.implementation.name == "circuitpython":
            storage = __import__("storage")
            for name in os.listdir("/"):
                try:
                    storage.getmount("/" + name)
                    yield ("/" + name,)
                except OSError:
                    pass
            return
        for mounted in __import__("vfs").mount():
            yield (mounted[1],)
    except (ImportError, AttributeError, TypeError):
        # Before 1.25 mounts could not be asked for. In a listing they lack the size that FAT and
        # littlefs tell, and have no inode.
        for entry in os.ilistdir("/"):
            if b.len(entry) == 3 and entry[1] == 0x4000 and entry[2] == 0:
                yield ("/" + entry[0],)
