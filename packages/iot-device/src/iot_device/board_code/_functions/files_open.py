"""Opens the one file that is written to; it stays open from call to call. Yields free memory.

``size`` is the bytes of it that count as written already.
"""


def files_open(path, mode, size):
    global _iot_file
    import gc

    try:
        # Left by a killed run: two handles on one file can ruin a file system.
        _iot_file[0].close()
        del _iot_file
    except (NameError, OSError):
        pass
    _iot_file = [__import__("builtins").open(path, mode), size]
    gc.collect()
    try:
        yield gc.mem_free()
    except AttributeError:
        yield 0
