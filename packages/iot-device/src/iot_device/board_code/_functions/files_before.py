"""Looks at what a write needs to know: the old file, its folder, and the room there.

The kind of what does not exist is 0, beside the number of the error.
"""


def files_before(path, folder):
    import os

    folder = folder or os.getcwd()
    for place in (path, folder):
        try:
            facts = os.stat(place)
            yield facts[0] & 0xF000, facts[6]
        except OSError as error:
            yield 0, error.args[0]
    try:
        yield os.statvfs(folder)
    except (AttributeError, OSError):
        pass
