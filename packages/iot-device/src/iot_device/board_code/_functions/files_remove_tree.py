"""Removes all that is in a folder (``top`` ends in a slash), depth first, then the folder.

Asks with text first, then with bytes, as ``files_list`` does. What ``keep`` names, in bytes, is left
alone. Yields the number of removed entries now and then, since a board that is silent for long looks
dead; for an error the path in bytes and the reason.
"""


def files_remove_tree(top, keep):
    import os

    b = __import__("builtins")
    todo = [top]
    removed = 0
    while todo:
        folder = todo[-1]
        raw = folder if b.isinstance(folder, b.bytes) else b.bytes(folder, "utf8")
        for base, asked in ((folder, folder[:-1] or folder), (raw, raw + b".")):
            found = []
            place = folder[:-1] or folder
            try:
                # To the end: before 1.23 a listing cut short left an open folder (vfs_lfsx.c).
                for entry in (os.ilistdir if b.hasattr(os, "ilistdir") else os.listdir)(asked):
                    name, kind = entry[:2] if b.isinstance(entry, b.tuple) else (entry, 0)
                    encoded = b.isinstance(name, b.bytes)
                    full = raw + (name if encoded else b.bytes(name, "utf8"))
                    if full not in keep and name not in (".", "..") and b.len(found) < 64:
                        text = not encoded and base is not raw
                        found.append((base + name if text else full, kind))
                for place, kind in found:
                    if (kind or os.stat(place)[0] & 0xF000) == 0x4000:
                        todo.append(place + ("/" if b.isinstance(place, b.str) else b"/"))
                    else:
                        os.remove(place)
                        removed += 1
                        if not removed % 16:
                            yield removed
                if not found:
                    todo.pop()
                    if raw != b"/" and raw[:-1] not in keep:
                        os.rmdir(place)
                break
            except UnicodeError:
                if base is raw:
                    raise
            except OSError as error:
                yield place if b.isinstance(place, b.bytes) else b.bytes(place, "utf8"), error.args
                return
