"""Makes folders; what is a folder already is good. For an error yields which one, and the reason."""


def files_make_folders(paths):
    import os

    done = 0
    for path in paths:
        try:
            os.mkdir(path)
        except OSError as error:
            try:
                found = os.stat(path)[0] & 0xF000
            except OSError:
                found = 0
            if found != 0x4000:
                yield done, error.args
                return
        done += 1
        if not done % 16:
            yield done
