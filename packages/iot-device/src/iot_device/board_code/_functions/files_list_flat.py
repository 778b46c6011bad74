"""Lists the files of firmware that has no folders: name and size."""


def files_list_flat():
    import os

    b = __import__("builtins")
    for name in os.listdir():
        yield b.bytes(name, "utf8"), os.size(name)
