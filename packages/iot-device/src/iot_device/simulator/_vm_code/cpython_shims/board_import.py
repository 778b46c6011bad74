# ruff: noqa: S102, A002  (executing modules is what an import does; the names are Python's)
"""``import`` and the other built-in names, as programs of the board see them."""

import builtins
import types

import board_console
import board_files

BUILTINS = {}
_HOSTS_OWN = ("exit", "quit", "copyright", "credits", "license", "breakpoint", "help")


class Importer:
    """Finds modules: those of the board first, then files in the folders of ``sys.path``."""

    def __init__(self, modules):
        self._modules = modules

    def __call__(self, name, globals=None, _locals=None, fromlist=(), level=0):
        """Do what the ``import`` statement asks for, like ``builtins.__import__``."""
        full = self._absolute(name, globals or {}, level)
        module = self._load_all(full)
        if not fromlist:
            return self._modules.loaded[full.split(".")[0]] if not level else module
        for attribute in fromlist:
            if hasattr(module, "__path__") and not hasattr(module, attribute) and attribute != "*":
                self._load_all(f"{full}.{attribute}")
        return module

    def _absolute(self, name, names, level):
        if not level:
            return name
        package = names.get("__name__", "").split(".")
        if "__path__" not in names:
            package = package[:-1]
        package = package[: len(package) - level + 1]
        if not package:
            raise ImportError("can't perform relative import")
        return ".".join([*package, name] if name else package)

    def _load_all(self, full):
        parent = None
        parts = full.split(".")
        for count, last in enumerate(parts, 1):
            name = ".".join(parts[:count])
            module = self._modules.loaded.get(name) or self._load(name, last, parent)
            if parent is not None:
                setattr(parent, last, module)
            parent = module
        return parent

    def _load(self, name, last, parent):
        module = self._modules.make(name)
        if module is None:
            module = self._load_file(name, last, parent)
        self._modules.loaded[name] = module
        return module

    def _load_file(self, name, last, parent):
        folders = self._modules.path if parent is None else getattr(parent, "__path__", ())
        for folder in folders:
            base = f"{folder}/{last}" if folder else last
            # As in MicroPython, a folder counts also without __init__.py, and before a file.
            if board_files.is_folder(base):
                return self._execute(name, f"{base}/__init__.py", base)
            if board_files.is_file(f"{base}.py"):
                return self._execute(name, f"{base}.py", None)
        raise ImportError(f"no module named '{name}'")

    def _execute(self, name, file, package_folder):
        module = types.ModuleType(name)
        module.__builtins__ = BUILTINS
        if package_folder is not None:
            module.__path__ = [package_folder]
        self._modules.loaded[name] = module
        try:
            if package_folder is None or board_files.is_file(file):
                module.__file__ = file
                _run_file(file, module.__dict__)
        except BaseException:
            self._modules.loaded.pop(name, None)
            raise
        return module


def _run_file(path, names):
    with board_files.open_file(path, "rb") as stream:
        code = compile(stream.read(), path, "exec", dont_inherit=True)
    exec(code, names)


def execfile(path):
    """Run a file, as MicroPython's function of this name."""
    _run_file(path, {"__name__": "__main__", "__builtins__": BUILTINS})


class BuiltinsModule(types.ModuleType):
    """The module ``builtins``: what is set here counts for all programs; deleting undoes that.

    MicroPython keeps a dictionary of overrides for it (objmodule.c).
    """

    def __init__(self):
        super().__init__("builtins")
        vars(self).update(BUILTINS)
        self.__dict__["_own"] = dict(BUILTINS)

    def __setattr__(self, name, value):
        BUILTINS[name] = vars(self)[name] = value

    def __delattr__(self, name):
        if name not in self._own:
            super().__delattr__(name)
            del BUILTINS[name]
        else:
            setattr(self, name, self._own[name])


def board_builtins(modules):
    """Fill ``BUILTINS`` and return it."""
    BUILTINS.update(vars(builtins))
    for name in _HOSTS_OWN:
        BUILTINS.pop(name, None)
    BUILTINS.update(
        __import__=Importer(modules),
        execfile=execfile,
        input=board_console.input,
        open=board_files.open_file,
        print=board_console.print,
    )
    return BUILTINS
