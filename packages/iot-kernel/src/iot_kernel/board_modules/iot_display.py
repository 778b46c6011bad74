"""Pictures and plots in notebooks of the IoT kernel; may be copied to a board."""


def show(mime, data, id=""):
    """Show text or bytes of a type; what comes with the same id in this cell takes its place."""
    head = "\x1b_" + mime + (id and ";id=" + id)
    if isinstance(data, str) and "\x1b" not in data and "\x04" not in data:
        return print(head, data, sep=",", end="\x1b\\")
    from binascii import b2a_base64

    print(head, end=";base64,")
    data = data.encode() if isinstance(data, str) else data
    for i in range(0, len(data), 192):
        print(str(b2a_base64(data[i : i + 192]), "ascii"), end="")
    print(end="\x1b\\")


def display(obj, id=""):
    """Show an object by its _repr_png_, _repr_svg_, ... method, as IPython does; else its repr."""
    for mime in "image/png image/jpeg image/svg+xml text/markdown application/json".split():
        data = getattr(obj, "_repr_" + mime.split("/")[1].split("+")[0] + "_", lambda: None)()
        if data is not None:
            return show(mime, __import__("json").dumps(data) if "json" in mime else data, id)
    return show("text/plain", repr(obj), id) if id else print(repr(obj))


def show_png(data, id=""):
    """Show the bytes of a PNG."""
    show("image/png", data, id)


def plot(**values):
    """Print values by their names, as serial plotters take them: ``name:1,name2:2``."""
    print(",".join("{}:{}".format(name, values[name]) for name in sorted(values)))
