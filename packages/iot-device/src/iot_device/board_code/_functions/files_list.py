"""Lists a folder (``path`` ends in a slash or is empty), and ``depth`` levels of folders in it.

Yields what stands before the names of a folder, and then name, size, name, size, ... of some of its
entries; folders have size -1. Names are bytes: not all of them are UTF-8, and not all firmware has
strings of Unicode.

With ``hashed`` true a SHA-256 digest (base64, else bytes) or None follows each size; with a tuple
only files of these sizes have one. Meanwhile it yields 0 now and then, since a board that is silent
for long looks dead.

It holds one open listing for each level, and of the names those of one line only.
"""


def files_list(path, depth, hashed):
    import os

    b = __import__("builtins")
    ilistdir = os.ilistdir if b.hasattr(os, "ilistdir") else os.listdir
    if hashed:
        hashlib = __import__("hashlib")
        buffer = b.bytearray(1024)
        try:
            encode = __import__("binascii").b2a_base64
        except (ImportError, AttributeError):
            encode = b.bytes
    folders = [[path, None]]
    some = []
    while folders:
        folder, entries = folders[-1]
        raw = folder if b.isinstance(folder, b.bytes) else b.bytes(folder, "utf8")
        try:
            if entries is None:
                # Text first: file systems written in Python may know nothing else. Names that are
                # no UTF-8 come only to who asks with bytes, and b"/" alone does not count as bytes
                # (mp_vfs_lookup_path).
                asked = raw + b"." if folder is raw else folder[:-1] or folder
                folders[-1][1] = entries = b.iter(ilistdir(asked))
            some = [raw]
            for entry in entries:
                name, kind = entry[:2] if b.isinstance(entry, b.tuple) else (entry, 0)
                encoded = b.isinstance(name, b.bytes)
                shown = name if encoded else b.bytes(name, "utf8")
                if shown in (b".", b".."):
                    continue
                text = not encoded and folder is not raw
                place = folder + name if text else raw + shown
                size = 0
                mode = kind
                if b.isinstance(entry, b.tuple) and b.len(entry) > 3:
                    size = entry[3]
                elif kind != 0x4000:
                    try:
                        facts = os.stat(place)
                        size = facts[6]
                        mode = facts[0] & 0xF000
                        kind = kind or mode
                    except OSError:
                        pass
                some += shown, (-1 if kind == 0x4000 else size)
                if hashed:
                    digest = None
                    if mode == 0x8000 and kind != 0x4000 and (hashed is True or size in hashed):
                        try:
                            digest = hashlib.sha256()
                        except AttributeError:
                            digest = hashlib.new("sha256")
                        try:
                            with b.open(place, "rb") as file:
                                count = file.readinto(buffer)
                                turn = 0
                                while count:
                                    digest.update(buffer if count == 1024 else buffer[:count])
                                    turn += 1
                                    if not turn % 64:
                                        yield 0
                                    count = file.readinto(buffer)
                            digest = encode(digest.digest())
                        except OSError:
                            digest = None
                    some.append(digest)
                if b.len(some) > 16:
                    yield some
                    some = [raw]
                if depth >= b.len(folders) and kind == 0x4000:
                    folders.append([place + ("/" if text else b"/"), None])
                    break
            else:
                folders.pop()
            if b.len(some) > 1:
                yield some
        except UnicodeError:
            if folder is raw:
                raise
            folders[-1] = [raw, None]
