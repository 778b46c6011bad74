"""Tells what the firmware offers for work with files."""


def files_features():
    b = __import__("builtins")
    for name in ("os", "hashlib", "binascii", "deflate", "zlib"):
        try:
            yield name, b.dir(__import__(name))
        except ImportError:
            pass
    sys = __import__("sys")
    yield "version", b.getattr(sys, "version", "")
    if b.hasattr(sys, "stdout") and b.hasattr(sys.stdout, "buffer"):
        yield "stdout", ["buffer"]
    if b.hasattr(sys, "stdin") and b.hasattr(sys.stdin, "buffer"):
        yield "stdin", ["buffer"]
    try:
        gc = __import__("gc")
        gc.collect()
        yield "memory", gc.mem_free()
    except (ImportError, AttributeError):
        pass
    try:
        # How the board numbers its errors: errno is a name that not all firmware has.
        __import__("os").stat("/~iot~")
    except AttributeError:
        pass
    except OSError as error:
        yield "ENOENT", error.args[0]
