"""Removes files and empty folders. For an error yields which one, and the reason."""


def files_remove_many(paths):
    import os

    b = __import__("builtins")
    done = 0
    for path in paths:
        try:
            if b.hasattr(os, "stat") and os.stat(path)[0] & 0xF000 == 0x4000:
                os.rmdir(path)
            else:
                os.remove(path)
        except OSError as error:
            yield done, error.args
            return
        done += 1
        if not done % 16:
            yield done
