"""Which file belongs where on a board."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot_device import ConfigurationError, model_of, model_of_folder
from iot_device.config.configuration import BoardIdentity, DeviceConfiguration, Place, Resource

if TYPE_CHECKING:
    from config.conftest import Projects
    from iot_device import Model


def pico(*resources: str) -> str:
    """Return a configuration."""
    return "pico:\n  uid: aa\n  resources:\n" + "".join(f"    - {name}\n" for name in resources)


def with_patterns(text: str, patterns: str) -> str:
    return text.replace("  resources:", f"  exclude-patterns: {patterns}\n  resources:")


# Where things go.


def test_a_file_goes_to_the_install_dir_under_its_path(projects: Projects) -> None:
    projects.write("main.py", "lib/x.py", "own/y.py", "notes.txt")
    assert projects.model(
        pico("main.py", "lib/x.py", "y.py: {path: own, install-dir: /sd/a}", "notes.txt: lib")
    ) == {
        "/main.py": "main.py",
        "/lib/x.py": "lib/x.py",
        "/sd/a/y.py": "own/y.py",
        "/lib/notes.txt": "notes.txt",
    }


def test_of_a_folder_the_content_is_installed_but_a_package_as_a_whole(
    projects: Projects,
) -> None:
    projects.write("dir/a.py", "dir/sub/b.mpy", "pkg/__init__.py", "pkg/c.py")
    assert projects.model(pico("dir", "pkg")) == {
        "/a.py": "dir/a.py",
        "/sub/b.mpy": "dir/sub/b.mpy",
        "/pkg/__init__.py": "pkg/__init__.py",
        "/pkg/c.py": "pkg/c.py",
    }


def test_unpack_says_otherwise(projects: Projects) -> None:
    projects.write("dir/a.py", "pkg/__init__.py", "mod/sub/n.py")
    text = pico("dir: {unpack: no}", "pkg: {unpack: yes}", "mod/sub: {unpack: yes}")
    assert sorted(projects.model(text)) == ["/__init__.py", "/dir/a.py", "/n.py"]


def test_of_two_resources_for_one_path_the_later_wins(projects: Projects) -> None:
    projects.write("a/main.py", "b/main.py")
    assert projects.model(pico("a", "b")) == {"/main.py": "b/main.py"}


def test_folders_on_the_way_and_empty_ones_belong_to_the_model(projects: Projects) -> None:
    projects.write("dir/a/b/c.py", "dir/__pycache__/x.py", "dir/.git/x.py")
    (projects.folder / "dir" / "empty").mkdir()
    model = model_of(projects.configure(pico("dir: /flash")).get("pico"))
    assert model.folders == {"/flash", "/flash/a", "/flash/a/b", "/flash/empty"}
    assert list(model.files) == ["/flash/a/b/c.py"]


def test_hidden_files_belong_to_it_only_if_a_pattern_names_them(projects: Projects) -> None:
    projects.write("dir/.a.py", "dir/.b/c.py", "dir/d.py")
    assert list(projects.model(pico("dir"))) == ["/d.py"]
    assert sorted(projects.model(pico("dir: {include-patterns: [./.b/*, './.*']}"))) == [
        "/.a.py",
        "/.b/c.py",
    ]


def test_links_to_folders_are_followed_but_never_in_circles(projects: Projects) -> None:
    projects.write("dir/a.py", "other/b.py")
    (projects.folder / "dir" / "up").symlink_to(projects.folder / "dir")
    (projects.folder / "dir" / "link").symlink_to(projects.folder / "other")
    (projects.folder / "dir" / "broken.py").symlink_to("nowhere")
    assert sorted(projects.model(pico("dir"))) == ["/a.py", "/link/b.py"]


# Patterns.


def test_excluded_files_are_not_on_the_board(projects: Projects) -> None:
    projects.write("dir/data/log.py", "dir/data2.py", "dir/main.py", "dir/test_x.py")
    text = with_patterns(pico("dir", "dir: {exclude-patterns: [test_*]}"), "[/data*]")
    model = model_of(projects.configure(text).get("pico"))
    assert list(model.files) == ["/data/log.py", "/data2.py", "/main.py", "/test_x.py"]
    model = model_of(projects.configure(with_patterns(pico("dir"), "[/data*]")).get("pico"))
    assert list(model.files) == ["/main.py", "/test_x.py"]
    assert {(file.path, file.reason) for file in model.skipped} == {
        ("/data/log.py", "excluded"),
        ("/data2.py", "excluded"),
    }


def test_files_that_no_pattern_includes_are_counted(projects: Projects) -> None:
    projects.write("dir/a.py", "dir/b.txt", "dir/sub/c.json")
    model = model_of(projects.configure(pico("dir")).get("pico"))
    assert [(file.path, file.reason) for file in model.skipped] == [
        ("/b.txt", "not included"),
        ("/sub/c.json", "not included"),
    ]
    assert model.skipped[0].file == projects.folder / "dir" / "b.txt"


def test_an_include_pattern_with_a_leading_slash_is_rooted_at_the_board(
    projects: Projects,
) -> None:
    projects.write("dir/www/a.html", "dir/b.html", "dir/c.py")
    text = pico("dir: {install-dir: /flash, include-patterns: [/flash/www]}")
    assert list(projects.model(text)) == ["/flash/www/a.html"]


def test_what_the_patterns_of_any_resource_exclude_is_protected(projects: Projects) -> None:
    projects.write("a.py", "data/seed.py")
    text = with_patterns(
        pico("a.py: {exclude-patterns: [cal.json]}", "data: {unpack: false, exclude-patterns: []}"),
        "[/data*]",
    )
    model = model_of(projects.configure(text).get("pico"))
    assert model.protects("/data/log.txt")
    assert model.protects("/x/cal.json")
    assert not model.protects("/data/seed.py")
    assert not model.protects("/old.py")


# What is refused.


@pytest.mark.parametrize(
    ("resources", "problem"),
    [
        (["typo.py"], r"typo\.py: there is no .*typo\.py .*boards\.yaml:4"),
        (["main.py", "empty"], r"empty: no file in .*empty matches include-pat.*boards\.yaml:5"),
        (["texts"], r"texts: no file in .*texts matches include-pat.*boards\.yaml:4"),
        (["main.py", "x/main.py: {install-dir: /main.py}"], "/main.py would be a file and a fold"),
        (["x: {exclude-patterns: ['*']}"], "exclude-patterns leave no file for the board"),
    ],
)
def test_a_resource_that_is_missing_or_empty_is_an_error(
    projects: Projects, resources: list[str], problem: str
) -> None:
    projects.write("main.py", "x/main.py", "texts/a.txt")
    (projects.folder / "empty").mkdir()
    with pytest.raises(ConfigurationError, match=problem):
        projects.model(pico(*resources))


def test_a_configuration_without_resources_has_no_model(projects: Projects) -> None:
    with pytest.raises(ConfigurationError, match=r"pico has no resources .*boards\.yaml:1"):
        projects.model("pico:\n  uid: aa\n")


# A folder without a configuration.


def test_all_files_of_a_folder_but_hidden_ones_are_its_model(projects: Projects) -> None:
    projects.write("x/a.py", "x/b.txt", "x/sub/c", "x/.env", "x/.git/d", "x/__pycache__/e")
    model = model_of_folder(projects.folder / "x", "/lib/", exclude_patterns=["*.txt"])
    assert list(model.files) == ["/lib/a.py", "/lib/sub/c"]
    assert model.folders == {"/lib", "/lib/sub"}
    assert [file.path for file in model.skipped] == ["/lib/b.txt"]
    assert model.protects("/any.txt")


def test_a_folder_without_files_is_an_error(projects: Projects) -> None:
    with pytest.raises(ConfigurationError, match="there is no file in this folder"):
        model_of_folder(projects.devices)


# By property.


NAMES = st.sampled_from(["a.py", "b.py", "c.txt", "data", "lib", "x"])
PATTERNS = st.lists(
    st.sampled_from(["/data*", "*.txt", "lib/", "/lib/x", "b.py", "**/x", "!b.py", "!/lib/x"])
)


def model_from(tree: Path, excludes: list[str], install_dir: str) -> Model:
    place = Place(Path("x.yaml"), 1)
    rules = (tree.parent, install_dir, ("./**/*",), tuple(excludes))
    resource = Resource(tree.name, *rules, unpack=True, place=place)
    identity = BoardIdentity("pico", ("aa",), None, (), place)
    return model_of(DeviceConfiguration(identity, *rules, (resource,), "local", None))


@given(
    paths=st.lists(st.lists(NAMES, min_size=1, max_size=3), min_size=1, max_size=8),
    excludes=PATTERNS,
    install_dir=st.sampled_from(["/", "/data", "/flash"]),
)
def test_a_file_is_in_the_model_or_protected_or_was_never_there(
    tmp_path_factory: pytest.TempPathFactory,
    paths: list[list[str]],
    excludes: list[str],
    install_dir: str,
) -> None:
    tree = tmp_path_factory.mktemp("tree")
    (tree / "keep.py").touch()
    for parts in paths:
        file = tree.joinpath(*parts)
        if not any(parent.is_file() for parent in file.parents) and not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            file.touch()
    try:
        model = model_from(tree, excludes, install_dir)
    except ConfigurationError:
        assert install_dir == "/data"
        assert "/data*" in excludes
        return
    prefix = install_dir.rstrip("/")
    for file in (found for found in tree.rglob("*") if found.is_file()):
        path = f"{prefix}/{file.relative_to(tree).as_posix()}"
        assert (path in model.files) != model.protects(path)
        assert (path in model.files) != (path in {skipped.path for skipped in model.skipped})
