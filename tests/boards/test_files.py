"""Files on each board, looked at from the other side; what a board lacks is said by name."""

from __future__ import annotations

import ast
import hashlib
import secrets
from typing import TYPE_CHECKING, TypeAlias

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from iot_device.errors import InvalidTargetError, UnsupportedError
from iot_device.opening import open_device
from iot_device.simulator.options import parse_simulator_url

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from boards.boards import StartedBoard
    from iot_device.device import Device
    from iot_device.filesystem import Entry, FileSystem

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

Place: TypeAlias = "Callable[[str], str]"

FEW = settings(
    max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
ODD_NAMES = [
    "it's",
    'a "b"',
    "a,b;c",
    "back\\slash\\n",
    "new\nline",
    " spaces ",
    "grün €",
    "\N{SNAKE}\N{SPARKLES}",
    "[x] {y} %s",
]


@pytest.fixture(scope="module")
def device(board: StartedBoard) -> Iterator[Device]:
    """One opening for all tests of this module."""
    with open_device(board.target()) as device:
        yield device


@pytest.fixture
def files(board: StartedBoard, device: Device) -> FileSystem:
    """The board's files; a small board begins each test with a fresh heap."""
    if {"soft-reset", "raw-paste"} & (board.capabilities or frozenset()) == {"soft-reset"}:
        device.soft_reset()
    return device.files


@pytest.fixture
def place(files: FileSystem) -> Iterator[Place]:
    """Names a file inside one random folder; without folders the name begins with it."""
    top = f"/iot-test-{secrets.token_hex(4)}"
    try:
        files.mkdir(top)
    except UnsupportedError:
        yield lambda name: f"{top}-{name}"
        for entry in files.listdir():
            if entry.name.startswith(top[1:]):
                files.remove(entry.path)
    else:
        yield lambda name: f"{top}/{name}" if name else top
        files.chdir("/")
        files.rmtree(top)


def lacks(files: FileSystem, feature: str, action: Callable[[], object]) -> bool:
    """Tell whether the board has no folders; then it must say so, and which function it lacks."""
    try:
        files.statvfs()
    except UnsupportedError:
        with pytest.raises(UnsupportedError) as caught:
            action()
        assert caught.value.feature == feature
        return True
    return False


def stored(device: Device, board: StartedBoard, path: str) -> bytes:
    """Return what is in a file, without the code under test."""
    target = board.target()
    if isinstance(target, str) and target.startswith("sim:"):
        return (parse_simulator_url(target).flash / path.lstrip("/")).read_bytes()
    name = path if "/" in path[1:] else path.lstrip("/")
    program = (
        f"with open({name!a}, 'rb') as f:\n"
        " data = f.read(200)\n"
        " while data:\n"
        "  print(data)\n"
        "  data = f.read(200)\n"
    )
    lines = device.execute(program).text.splitlines()
    return b"".join(ast.literal_eval(line) for line in lines)


@pytest.mark.parametrize("size", [0, 1, 31, 32, 33, 1000])
def test_what_is_written_is_what_is_stored(
    device: Device, board: StartedBoard, files: FileSystem, place: Place, size: int
) -> None:
    data = (bytes(range(256)) * 4)[:size]
    result = files.write(place("f"), data)
    assert stored(device, board, place("f")) == data
    assert result.size == size
    assert files.read(place("f")) == data
    assert files.stat(place("f")).size == size


def test_a_write_tells_what_was_proved(files: FileSystem, place: Place) -> None:
    result = files.write(place("f"), "text")
    flat = lacks(files, "os.rename", lambda: files.rename(place("f"), place("g")))
    assert (result.proof, result.atomic) == (("read back", False) if flat else ("sha256", True))


def test_a_write_replaces_the_old_file(
    device: Device, board: StartedBoard, files: FileSystem, place: Place
) -> None:
    files.write(place("f"), "the old text, which is longer")
    files.write(place("f"), "grün")
    assert stored(device, board, place("f")) == "grün".encode()
    assert [entry.name for entry in listing(files, place)] == [name_of(place("f"))]


def test_large_files_go_there_and_back(
    device: Device, board: StartedBoard, files: FileSystem, place: Place
) -> None:
    simulated = board.id.startswith("simulator")
    flat = lacks(files, "os.statvfs", files.statvfs)
    data = secrets.token_bytes(100_000 if simulated else 3_000 if flat else 20_000)
    files.write(place("large"), data)
    assert files.read(place("large")) == data
    assert stored(device, board, place("large")) == data


@FEW
@given(data=st.binary(max_size=300))
def test_any_bytes_survive(files: FileSystem, place: Place, data: bytes) -> None:
    files.write(place("any"), data)
    assert files.read(place("any")) == data
    assert files.digest(place("any")) == hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize("name", ODD_NAMES)
def test_odd_names_survive(
    device: Device, board: StartedBoard, files: FileSystem, place: Place, name: str
) -> None:
    path = place(name)
    files.write(path, b"x")
    assert stored(device, board, path) == b"x"
    assert [entry.name for entry in listing(files, place)] == [name_of(path)]
    assert files.read(path) == b"x"
    files.remove(path)
    assert not files.exists(path)


@FEW
@given(
    name=st.text(
        st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=20
    ).filter(lambda name: name not in (".", ".."))
)
def test_any_name_survives(files: FileSystem, place: Place, name: str) -> None:
    path = place(name)
    files.write(path, name)
    assert files.read(path) == name.encode()
    assert [entry.name for entry in listing(files, place)] == [name_of(path)]
    files.remove(path)


def test_names_that_are_no_utf_8_survive(
    board: StartedBoard, files: FileSystem, place: Place
) -> None:
    if board.id == "node-wasm":  # its names are JavaScript strings
        return
    path = place("bad\udcff\udcfe")
    files.write(path, b"x")
    assert [entry.name for entry in listing(files, place)] == [name_of(path)]
    assert files.read(path) == b"x"
    files.remove(path)
    assert listing(files, place) == []


def test_a_folder_without_utf_8_inside_another_is_listed_once(
    board: StartedBoard, files: FileSystem, place: Place
) -> None:
    if board.id == "node-wasm" or lacks(files, "os.mkdir", lambda: files.mkdir(place("d"))):
        return
    files.mkdir(place("d\udcff"))
    files.mkdir(place("e"))
    files.write(place("d\udcff/f"), b"x")
    names = [entry.path.removeprefix(place("")) for entry in files.list_tree(place(""))]
    assert names == ["/d\udcff", "/d\udcff/f", "/e"]


def test_shadowed_builtins_do_no_harm(device: Device, files: FileSystem, place: Place) -> None:
    names = "open, print, os, len, str, bytes, isinstance, hasattr, getattr, dir, bytearray"
    device.execute(f"{names} = (3,) * 11")
    try:
        files.write(place("f"), b"data")
        assert files.read(place("f")) == b"data"
        assert files.digest(place("f")) == hashlib.sha256(b"data").hexdigest()
        assert [entry.size for entry in listing(files, place)] == [4]
        files.remove(place("f"))
        files.forget()
        assert not files.exists(place("f"))
    finally:
        device.execute(f"del {names}")


def test_no_name_is_left_on_the_board(device: Device, files: FileSystem, place: Place) -> None:
    before = set(device.evaluate("dir()"))
    files.write(place("f"), b"data")
    files.read(place("f"))
    files.listdir()
    files.remove(place("f"))
    assert set(device.evaluate("dir()")) == before


def test_what_is_missing_is_not_found(files: FileSystem, place: Place) -> None:
    path = place("missing")
    for action in (files.read, files.stat, files.remove, files.listdir, files.digest):
        with pytest.raises(FileNotFoundError) as caught:
            action(path)
        assert caught.value.filename.endswith(name_of(path))
    assert not files.exists(path)
    assert not files.is_dir(path)


def test_a_file_is_no_folder(files: FileSystem, place: Place) -> None:
    files.write(place("f"), b"x")
    with pytest.raises(NotADirectoryError):
        files.listdir(place("f"))
    assert files.exists(place("f"))
    assert not files.is_dir(place("f"))
    if lacks(files, "os.rmdir", lambda: files.rmdir(place("f"))):
        return
    for action in (files.rmdir, files.rmtree, files.chdir):
        with pytest.raises(NotADirectoryError):
            action(place("f"))
    with pytest.raises(NotADirectoryError):
        files.write(place("f/below"), b"y")
    assert files.read(place("f")) == b"x"


def test_a_folder_is_no_file(files: FileSystem, place: Place) -> None:
    if lacks(files, "os.mkdir", lambda: files.mkdir(place("d"))):
        return
    files.mkdir(place("d"))
    for action in (files.read, files.remove, files.digest, files.touch):
        with pytest.raises(IsADirectoryError):
            action(place("d"))
    for write in (files.write, files.append):
        with pytest.raises(IsADirectoryError):
            write(place("d"), b"x")
    assert [(entry.name, entry.type) for entry in listing(files, place)] == [("d", "dir")]


def test_writing_needs_the_folder(files: FileSystem, place: Place) -> None:
    if lacks(files, "os.mkdir", lambda: files.mkdir(place("d"))):
        return
    for write in (files.write, files.append):
        with pytest.raises(FileNotFoundError):
            write(place("missing/f"), b"x")
    with pytest.raises(FileNotFoundError):
        files.mkdir(place("missing/d"))
    assert listing(files, place) == []


def test_folders_are_made_with_those_above(files: FileSystem, place: Place) -> None:
    if lacks(files, "os.mkdir", lambda: files.mkdir(place("a/b/c"), parents=True)):
        return
    files.mkdir(place("a/b/c"), parents=True)
    assert files.is_dir(place("a/b/c"))
    with pytest.raises(FileExistsError):
        files.mkdir(place("a/b/c"), parents=True)
    files.mkdir(place("a/b"), exist_ok=True)
    files.write(place("a/f"), b"")
    with pytest.raises(FileExistsError):
        files.mkdir(place("a/f"), exist_ok=True)


def test_a_tree_is_listed_walked_and_removed(files: FileSystem, place: Place) -> None:
    if lacks(files, "os.rmdir", lambda: files.rmtree(place("a"))):
        return
    files.mkdir(place("a/b/c"), parents=True)
    files.write(place("a/z"), b"12")
    files.write(place("a/b/y"), b"345")
    top = place("a")
    tree = [(entry.path, entry.type, entry.size) for entry in files.list_tree(top)]
    assert tree == [
        (f"{top}/b", "dir", 0),
        (f"{top}/b/c", "dir", 0),
        (f"{top}/b/y", "file", 3),
        (f"{top}/z", "file", 2),
    ]
    walked = [(p, [d.name for d in ds], [f.name for f in fs]) for p, ds, fs in files.walk(top)]
    assert walked == [(top, ["b"], ["z"]), (f"{top}/b", ["c"], ["y"]), (f"{top}/b/c", [], [])]
    files.rmtree(top)
    assert listing(files, place) == []
    files.rmtree(top, missing_ok=True)
    with pytest.raises(FileNotFoundError):
        files.rmtree(top)


def test_folders_taken_from_a_walk_are_not_visited(files: FileSystem, place: Place) -> None:
    if lacks(files, "os.mkdir", lambda: files.mkdir(place("a"))):
        return
    files.mkdir(place("a/b"), parents=True)
    files.mkdir(place("c/d"), parents=True)
    visited = []
    for path, folders, _ in files.walk(place("")):
        visited.append(path)
        folders[:] = [folder for folder in folders if folder.name != "a"]
    assert visited == [place(""), place("c"), place("c/d")]


def test_a_full_folder_is_not_removed(files: FileSystem, place: Place) -> None:
    if lacks(files, "os.rmdir", lambda: files.rmdir(place("d"))):
        return
    files.mkdir(place("d"))
    files.write(place("d/f"), b"x")
    with pytest.raises(OSError, match="d: "):
        files.rmdir(place("d"))
    files.remove(place("d/f"))
    files.rmdir(place("d"))
    assert not files.exists(place("d"))


def test_a_tree_with_full_folders_is_removed(
    device: Device, files: FileSystem, place: Place
) -> None:
    if lacks(files, "os.rmdir", lambda: files.rmtree(place("d"))):
        return
    files.mkdir(place("d/e/f"), parents=True)
    files.mkdir(place("d/g"))
    device.execute(
        f"for folder in ('d', 'd/e'):\n"
        f" for number in range(70):\n"
        f"  open('{place('')}/%s/%d' % (folder, number), 'w').close()\n"
    )
    files.rmtree(place("d"))
    assert listing(files, place) == []


def test_a_rename_replaces(
    device: Device, board: StartedBoard, files: FileSystem, place: Place
) -> None:
    if lacks(files, "os.rename", lambda: files.rename(place("old"), place("new"))):
        return
    files.write(place("old"), b"1")
    files.write(place("new"), b"2")
    files.rename(place("old"), place("new"))
    assert stored(device, board, place("new")) == b"1"
    assert not files.exists(place("old"))
    with pytest.raises(FileNotFoundError):
        files.rename(place("old"), place("new"))


def test_appending_adds_to_the_end(
    device: Device, board: StartedBoard, files: FileSystem, place: Place
) -> None:
    if lacks(files, "open(..., 'ab')", lambda: files.append(place("f"), b"x")):
        assert not files.exists(place("f"))
        return
    files.append(place("f"), b"first ")
    result = files.append(place("f"), "second")
    assert stored(device, board, place("f")) == b"first second"
    assert (result.size, result.proof, result.atomic) == (6, "sha256", False)


def test_touching_makes_a_file_and_keeps_one(files: FileSystem, place: Place) -> None:
    if lacks(files, "open(..., 'ab')", lambda: files.touch(place("f"))):
        return
    files.touch(place("f"))
    assert files.stat(place("f")).size == 0
    files.write(place("f"), b"x")
    files.touch(place("f"))
    assert files.read(place("f")) == b"x"


def test_relative_paths_count_from_the_current_folder(files: FileSystem, place: Place) -> None:
    if lacks(files, "os.chdir", lambda: files.chdir("/")):
        return
    files.mkdir(place("d"))
    files.chdir(place("d"))
    assert files.getcwd() == place("d")
    files.write("f", b"x")
    assert [(entry.name, entry.path) for entry in files.listdir()] == [("f", "f")]
    assert files.read(place("d/f")) == b"x"
    with pytest.raises(FileNotFoundError):
        files.chdir(place("missing"))
    files.mkdir("sub")
    files.rmtree("sub")
    assert not files.exists(place("d/sub"))


def test_the_room_is_told_in_bytes(files: FileSystem) -> None:
    if lacks(files, "os.statvfs", files.statvfs):
        return
    space = files.statvfs("/")
    assert 0 <= space.free <= space.total
    assert space.block > 0


@pytest.mark.parametrize("algorithm", ["sha256", "md5", "sha512"])
def test_digests_are_known_with_and_without_the_board(
    files: FileSystem, place: Place, algorithm: str
) -> None:
    data = bytes(range(256)) * 5
    files.write(place("f"), data)
    assert files.digest(place("f"), algorithm) == hashlib.new(algorithm, data).hexdigest()


def test_an_unknown_digest_is_refused_by_name(files: FileSystem, place: Place) -> None:
    with pytest.raises(UnsupportedError) as caught:
        files.digest(place("f"), "crc7")
    assert caught.value.feature == "hashlib.crc7"


@pytest.mark.parametrize("path", ["", "a\0b", "\ud800"])
def test_impossible_paths_are_refused(files: FileSystem, path: str) -> None:
    with pytest.raises(InvalidTargetError):
        files.write(path, b"x")


def test_the_registry_knows_which_board_has_folders(board: StartedBoard, files: FileSystem) -> None:
    flat = lacks(files, "os.mkdir", lambda: files.mkdir("/iot-test"))
    if board.capabilities is not None:
        assert ("folders" in board.capabilities) is not flat


def listing(files: FileSystem, place: Place) -> list[Entry]:
    """Return the entries that belong to this test."""
    top = place("")
    if files.is_dir(top):
        return files.listdir(top)
    return [entry for entry in files.listdir() if entry.name.startswith(top[1:])]


def name_of(path: str) -> str:
    """Return the name that a listing shows."""
    return path.rpartition("/")[2]


def test_a_file_that_is_renamed_to_its_own_name_stays(files: FileSystem, place: Place) -> None:
    if lacks(files, "os.rename", lambda: files.rename("a", "b")):
        return
    files.write(place("f"), b"kept")
    files.rename(place("f"), place("f"))
    assert files.read(place("f")) == b"kept"
