"""Lists a folder (``path`` ends in a slash or is empty), and ``depth`` levels of folders in it.

Yields what stands before the names of a folder, and then name, size, name, size, ... of some of its
entries; folders have size -1. Names are bytes: not all of them are UTF-8, and not all firmware has
strings of Unicode.

With ``hashed`` true a SHA-256 digest (43 characters of base64, else bytes) or None follows each size; with a tuple
only files of these sizes have one, of 22 characters: its first 16 bytes. Meanwhile it yields 0 now and then, since a board that is silent
for long looks dead.

It asks with text first: file systems written in Python may know nothing else. Names that are no
UTF-8 come only to who asks with bytes, and b"/" alone does not count as bytes (mp_vfs_lookup_path).
Folders whose paths are in ``skip`` are not entered. It holds one open listing for each level, and of the names those of one line only.
"""


def files_list(path, depth, hashed, skip):
    import os

    b = __import__("builtins")
    buffer = b.bytearray(1024 if hashed else 0)
    folders = [[path, None]]
    while folders:
        folder, entries = folders[-1]
        raw = folder if b.isinstance(folder, b.bytes) else b.bytes(folder, "utf8")
        some = [raw]
        try:
            if entries is None:
                asked = raw + b"." if folder is raw else folder[:-1] or folder
                entries = (os.ilistdir if b.hasattr(os, "ilistdir") else os.listdir)(asked)
                folders[-1][1] = entries = b.iter(entries)
            for entry in entries:
                name, place, size, mode = _facts(b, os, folder, raw, entry)
                some += name, (-1 if mode == 0x4000 else size)
                if hashed:
                    wanted = mode == 0x8000 and (hashed is True or size in hashed)
                    for digest in _digests(b, place, buffer, 43 if hashed is True else 22) if wanted else (None,):
                        if digest == 0:
                            yield 0
                    some.append(digest)
                if b.len(some) > 24:
                    yield some
                    some = [raw]
                if mode != 0x4000 or depth < b.len(folders) or place in skip:
                    continue
                if name not in (b".", b".."):
                    folders.append([place + ("/" if b.isinstance(place, b.str) else b"/"), None])
                    break
            else:
                folders.pop()
            if b.len(some) > 1:
                yield some
        except UnicodeError:
            if folder is raw:
                raise
            folders[-1] = [raw, None]


def _facts(b, os, folder, raw, entry):
    """Returns an entry's name in bytes, its path, its size, and what it is."""
    known = b.isinstance(entry, b.tuple)
    name, mode = entry[:2] if known else (entry, 0)
    encoded = b.isinstance(name, b.bytes)
    shown = name if encoded else b.bytes(name, "utf8")
    place = raw + shown if encoded or folder is raw else folder + name
    size = 0
    if known and b.len(entry) > 3:
        size = entry[3]
    elif mode != 0x4000:
        try:
            facts = os.stat(place)
            size = facts[6]
            kind = facts[0] & 0xF000
            # What is no folder in a listing is a link to one: it may lead round in a circle.
            mode = mode if mode and kind == 0x4000 else kind
        except OSError:
            pass
    return shown, place, size, mode
