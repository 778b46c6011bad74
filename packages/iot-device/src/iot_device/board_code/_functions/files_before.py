"""Looks at what a write needs to know: the old file, its folder, what is left of an earlier write
under the temporary name, the current folder, and the room there.

The kind of what does not exist is 0, beside the number of the error.
"""


def files_before(path, folder, temporary):
    import os

    global _iot_file
    try:
        # Left by a killed run: what it wrote is in the file only when that is closed.
        _iot_file[0].close()
        del _iot_file
    except (NameError, OSError):
        pass
    current = os.getcwd()
    folder = folder or current
    for place in (path, folder, temporary):
        try:
            facts = os.stat(place)
            yield facts[0] & 0xF000, facts[6]
        except OSError as error:
            yield 0, error.args[0]
    yield (current,)
    try:
        yield os.statvfs(folder)
    except (AttributeError, OSError):
        pass
