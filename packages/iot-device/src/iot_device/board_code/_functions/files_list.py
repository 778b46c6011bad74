"""Lists a folder (``path`` ends in a slash or is empty), and ``depth`` levels of folders in it.

Yields what stands before the names of a folder, and then name, size, name, size, ... of some of its
entries; folders have size -1. Names are bytes: not all of them are UTF-8, and not all firmware has
strings of Unicode.
"""


def files_list(path, depth):
    import os

    b = __import__("builtins")
    todo = [(path, depth)]
    while todo:
        path, depth = todo.pop()
        raw = path if b.isinstance(path, b.bytes) else b.bytes(path, "utf8")
        # Text first: file systems written in Python may know nothing else. Names that are no
        # UTF-8 come only to who asks with bytes, and b"/" alone does not count as bytes
        # (mp_vfs_lookup_path).
        for folder, asked in ((path, path[:-1] or path), (raw, raw + b".")):
            try:
                some = [raw]
                for entry in (os.ilistdir if b.hasattr(os, "ilistdir") else os.listdir)(asked):
                    entry = entry if b.isinstance(entry, b.tuple) else (entry, 0)
                    name, kind = entry[:2]
                    encoded = b.isinstance(name, b.bytes)
                    shown = name if encoded else b.bytes(name, "utf8")
                    text = not encoded and folder is not raw
                    place = folder + name if text else raw + shown
                    size = entry[3] if b.len(entry) > 3 else 0
                    if b.len(entry) < 4 and kind != 0x4000:
                        try:
                            facts = os.stat(place)
                            size = facts[6]
                            kind = kind or facts[0] & 0xF000
                        except OSError:
                            pass
                    some += shown, (-1 if kind == 0x4000 else size)
                    if b.len(some) > 16:
                        yield some
                        some = [raw]
                    if depth and kind == 0x4000:
                        todo.append((place + ("/" if text else b"/"), depth - 1))
                yield some
                break
            except UnicodeError:
                if folder is raw:
                    raise
