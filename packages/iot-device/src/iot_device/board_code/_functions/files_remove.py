"""Removes a file or an empty folder, whichever is asked for and not the other.

littlefs makes no difference between the two calls (vfs_lfsx.c: both are lfs_remove).
"""


def files_remove(path, folder):
    import os

    is_folder = os.stat(path)[0] & 0xF000 == 0x4000
    if is_folder and not folder:
        yield ("EISDIR",)
    elif folder and not is_folder:
        yield ("ENOTDIR",)
    elif folder:
        os.rmdir(path)
    else:
        os.remove(path)
