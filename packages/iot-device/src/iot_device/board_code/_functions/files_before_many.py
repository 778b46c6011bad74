"""Looks at what it takes to write many files: the current folder, free memory; what is left of
earlier writes under these names, in bytes; the room where the first of the files goes.
"""


def files_before_many(folder, temporaries):
    import gc
    import os

    global _iot_file
    try:
        # Left by a killed run: what it wrote is in the file only when that is closed.
        _iot_file[0].close()
        del _iot_file
    except (NameError, OSError):
        pass
    current = os.getcwd()
    yield (current,)
    gc.collect()
    try:
        yield gc.mem_free()
    except AttributeError:
        yield 0
    for path in temporaries:
        try:
            facts = os.stat(path)
            yield 0 if facts[0] & 0xF000 == 0x4000 else facts[6]
        except OSError:
            yield 0
    try:
        yield os.statvfs(folder or current)
    except (AttributeError, OSError):
        pass
