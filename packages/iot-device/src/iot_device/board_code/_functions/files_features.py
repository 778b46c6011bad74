"""Tells what the firmware offers for work with files."""


def files_features():
    b = __import__("builtins")
    for name in ("os", "hashlib", "binascii"):
        try:
            yield name, b.dir(__import__(name))
        except ImportError:
            pass
    try:
        # How the board numbers its errors: errno is a name that not all firmware has.
        __import__("os").stat("/~iot~")
    except AttributeError:
        pass
    except OSError as error:
        yield "ENOENT", error.args[0]
