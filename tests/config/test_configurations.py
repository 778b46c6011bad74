"""What configuration files say; what is wrong with them is said with file and line."""

from __future__ import annotations

import os
from pathlib import Path
from textwrap import indent
from typing import TYPE_CHECKING

import pytest

from docs.pages import ROOT, Page
from iot_device import (
    ConfigurationError,
    InvalidTargetError,
    load_configurations,
    name_of,
    resolve_targets,
)
from iot_device.config.configuration import DEFAULT_EXCLUDES, DEFAULT_INCLUDES
from iot_device.config.project import find_project
from iot_device.names import is_uid, normal_uid

if TYPE_CHECKING:
    from config.conftest import Projects


def problems_of(projects: Projects, text: str) -> list[str]:
    """Return what is wrong with a file, each as ``LINE: what``."""
    place = f" ({projects.devices}/boards.yaml:"
    found = [str(problem).partition(place) for problem in projects.configure(text).problems]
    return [f"{line.removesuffix(')')}: {message}" for message, _, line in found]


# The format.


def test_an_entry_without_more_than_a_uid_has_the_defaults(projects: Projects) -> None:
    pico = projects.configure("pico:\n  uid: 24:0A:02:12:87:7c\n").get("pico")
    assert (pico.name, pico.uids, pico.usb) == ("pico", ("240a0212877c",), None)
    assert (pico.path, pico.install_dir) == (projects.folder, "/")
    assert (pico.include_patterns, pico.exclude_patterns) == (DEFAULT_INCLUDES, DEFAULT_EXCLUDES)
    assert (pico.resources, pico.time, pico.max_delete, pico.groups) == ((), "local", None, ())


FULL = """\
pico:
    uid: 24:0a:02:12:87:7c
    path: my_project
    install-dir: /flash
    include-patterns: ["./**/*.py"]
    exclude-patterns: [boot_out.txt, /data*]
    time: utc
    max-delete: 5
    groups: [lab1, lab2]
    resources:
        - file1.py
        - file2.py: /lib
        - secrets.py:
            path: libs
            install-dir: /
        - dir2: {unpack: false}
        - ./pkg/: {unpack: Yes, include-patterns: [./**/*], exclude-patterns: ["*.md"]}
"""


def test_each_key_of_an_entry_counts(projects: Projects) -> None:
    pico = projects.configure(FULL).get("pico")
    assert (pico.path, pico.install_dir) == (projects.folder / "my_project", "/flash")
    assert pico.include_patterns == ("./**/*.py",)
    assert pico.exclude_patterns == ("boot_out.txt", "/data*")
    assert (pico.time, pico.max_delete, pico.groups) == ("utc", 5, ("lab1", "lab2"))
    assert pico.file == projects.devices / "boards.yaml"


def test_a_resource_has_what_it_says_itself_and_the_rest_from_its_entry(
    projects: Projects,
) -> None:
    file1, file2, secrets, dir2, package = projects.configure(FULL).get("pico").resources
    own = projects.folder / "my_project"
    assert (file1.name, file1.path, file1.install_dir) == ("file1.py", own, "/flash")
    assert (file2.name, file2.path, file2.install_dir) == ("file2.py", own, "/lib")
    assert (secrets.path, secrets.install_dir) == (projects.folder / "libs", "/")
    assert (dir2.unpack, dir2.include_patterns) == (False, ("./**/*.py",))
    assert (package.name, package.unpack) == ("pkg", True)
    assert (package.include_patterns, package.exclude_patterns) == (("./**/*",), ("*.md",))
    assert (package.place.file.name, package.place.line) == ("boards.yaml", 17)


@pytest.mark.parametrize("uid", ["10:20:30:40:50:59", "0012345678", "12e45678", "0x12", "1_0"])
def test_a_uid_of_digits_stays_text(projects: Projects, uid: str) -> None:
    found = projects.configure(f"pico:\n  uid: {uid}\n")
    if is_uid(uid):
        assert found.get("pico").uids == (normal_uid(uid),)
    else:
        assert repr(uid) in str(found.problems[0])


@pytest.mark.parametrize(
    ("word", "meaning"),
    [
        *[(word, True) for word in ("yes", "Yes", "YES", "on", "On", "true", "True")],
        *[(word, False) for word in ("no", "No", "NO", "off", "Off", "false", "FALSE")],
    ],
)
def test_truth_values_are_those_of_yaml_1_1(
    projects: Projects, word: str, *, meaning: bool
) -> None:
    text = f"pico:\n  uid: ab\n  resources:\n    - mod: {{unpack: {word}}}\n"
    assert projects.configure(text).get("pico").resources[0].unpack is meaning


def test_names_that_yaml_1_1_takes_for_truth_values_are_names(projects: Projects) -> None:
    found = projects.configure("on:\n  uid: ab\n  resources: [no, 12, yes.py]\n").get("on")
    assert [resource.name for resource in found.resources] == ["no", "12", "yes.py"]


def test_merge_keys_give_what_an_entry_does_not_say_itself(projects: Projects) -> None:
    text = (
        "a: &a\n  uid: aa\n  install-dir: /one\n  path: x\n"
        "b:\n  <<: *a\n  uid: bb\n  install-dir: /two\n"
        "c:\n  <<: [{path: first}, *a]\n  uid: cc\n"
    )
    found = projects.configure(text)
    b, c = found.get("b"), found.get("c")
    assert found.problems == ()
    assert (b.uids, b.install_dir, b.path.name) == (("bb",), "/two", "x")
    assert (c.uids, c.install_dir, c.path.name) == (("cc",), "/one", "first")


def test_an_entry_that_is_there_for_merge_keys_needs_no_uid(projects: Projects) -> None:
    found = projects.configure(
        "common: &common\n  install-dir: /one\nb:\n  <<: *common\n  uid: bb\n"
    )
    assert (found.problems, found.names()) == ((), ["b"])
    assert found.get("b").install_dir == "/one"


@pytest.mark.parametrize("file", ["a.yaml", "a.yml"])
def test_any_number_of_files_counts_and_edits_count_at_once(projects: Projects, file: str) -> None:
    projects.configure("pico:\n  uid: aa\n")
    assert projects.configure("nano:\n  uid: bb\n", file).names() == ["nano", "pico"]
    assert projects.configure("mini:\n  uid: bb\n", file).names() == ["mini", "pico"]


def test_other_files_folders_and_empty_files_do_not_count(projects: Projects) -> None:
    (projects.devices / "sub").mkdir()
    projects.write("devices/sub/x.yaml", "devices/notes.txt", "devices/x.yaxml")
    projects.configure("# nothing yet\n")
    found = projects.configure("", "empty.yml")
    assert (found.names(), found.problems) == ([], ())


def test_a_folder_that_is_not_there_holds_no_configurations(tmp_path: Path) -> None:
    assert load_configurations(tmp_path / "nothing").names() == []


# Where they are.


def test_iot_devices_says_where_configurations_are(
    projects: Projects, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    projects.configure("pico:\n  uid: aa\n")
    monkeypatch.setenv("IOT_DEVICES", "$IOT_PROJECTS/../mine")
    assert load_configurations().folder == projects.folder / ".." / "mine"
    monkeypatch.setenv("IOT_DEVICES", str(tmp_path))
    assert load_configurations().names() == []


def test_the_default_is_a_folder_in_the_home_of_the_person(
    projects: Projects, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert load_configurations().folder == projects.devices
    monkeypatch.delenv("IOT_PROJECTS")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "home"))
    assert load_configurations().folder == tmp_path / "home" / "projects" / "devices"


def test_an_iot_toml_above_the_current_folder_says_where_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sub" / "sub").mkdir(parents=True)
    (tmp_path / "boards").mkdir()
    (tmp_path / "boards" / "a.yaml").write_text("pico:\n  uid: aa\n  resources: [main.py]\n")
    (tmp_path / "iot.toml").write_text('device = "pico"\ndevices = "boards/"\n')
    monkeypatch.chdir(tmp_path / "sub" / "sub")
    pico = load_configurations().get("pico")
    assert pico.path == tmp_path


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("device = [", "this is no TOML"),
        ("board = 'x'", "unknown key 'board': expected device or devices"),
        ("device = 3", "device: expected a text"),
        ("devices = ''", "devices: expected a text"),
    ],
)
def test_a_wrong_iot_toml_is_an_error_with_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, words: str
) -> None:
    (tmp_path / "iot.toml").write_text(text)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigurationError, match=words) as caught:
        load_configurations()
    assert caught.value.file == str(tmp_path / "iot.toml")


@pytest.mark.parametrize("path", ["$MINE/x", "${MINE}/x", "~/x", "/abs/x", "x", "$IOT_LIBS/x"])
def test_a_path_may_be_absolute_or_begin_at_home_or_a_variable(
    projects: Projects, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setenv("MINE", "/mine")
    monkeypatch.setenv("HOME", "/home/me")
    expected = {"x": f"{projects.folder}/x", "~/x": "/home/me/x", "/abs/x": "/abs/x"}
    expected["$IOT_LIBS/x"] = f"{projects.folder}/libs/x"
    found = projects.configure(f"pico:\n  uid: aa\n  path: {path}\n").get("pico")
    assert str(found.path) == expected.get(path, "/mine/x")


# What is wrong.


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("pico:\n  uid: xyz", "2: uid: expected pairs of hexadecimal digits"),
        ("pico:\n  path: x", "1: pico: expected uid, or usb"),
        ("pico:", "1: expected a mapping with the keys uid, usb, "),
        ("pico: abc", "1: expected a mapping with the keys uid, usb, "),
        ("all:\n  uid: aa", "1: 'all' cannot be a board's name"),
        ("pico:\n  uid: aa\n  install_dir: /", "3: unknown key 'install_dir'"),
        ("pico:\n  uid: aa\n  path: ~", "3: path: expected a text"),
        ("pico:\n  uid: aa\n  path: $NOT_SET/x", "3: path: there is no variable NOT_S"),
        ("pico:\n  uid: aa\n  path: ~nobody-here/x", "3: path: there is no such user"),
        ("pico:\n  uid: aa\n  install-dir: ../x", "3: install-dir: expected a folder"),
        ("pico:\n  uid: aa\n  install-dir: C:\\x", "3: install-dir: expected a folder"),
        ("pico:\n  uid: aa\n  time: CET", "3: time: expected utc or local or none"),
        ("pico:\n  uid: aa\n  max-delete: -1", "3: max-delete: expected a number, 0"),
        ("pico:\n  uid: aa\n  groups: {a: b}", "3: groups: expected a list of texts"),
        ("pico:\n  uid: aa\n  resources: a.py", "3: resources: expected a list"),
        ("pico:\n  uid: aa\n  resources:\n    - [a]", "4: expected the name of a file"),
        (
            "pico:\n  uid: aa\n  resources:\n    - /etc",
            "4: expected a file or folder b",
        ),
        ("pico:\n  uid: aa\n  resources:\n    - ../x", "4: expected a file or folder"),
        ("pico:\n  uid: aa\n  resources:\n    - .", "4: expected a file or folder"),
        (
            "pico:\n  uid: aa\n  resources:\n    - x.py:\n      path: libs",
            "4: expected one resource, but here are x.py, path",
        ),
        (
            "pico:\n  uid: aa\n  resources:\n    - x: {unpack: maybe}",
            "4: unpack: expected true or false",
        ),
        ("pico:\n  uid: aa\n  include-patterns: [../*]", "3: include-patterns: '../*'"),
        ("pico:\n  uid: aa\n  exclude-patterns: ['#x']", "3: exclude-patterns: '#x'"),
        ("pico:\n  uid: aa\n  exclude-patterns: ['!']", "3: exclude-patterns: '!'"),
        ("pico:\n  uid: aa\n  exclude-patterns: [' ']", "3: exclude-patterns: ' '"),
        ("pico:\n  uid: aa\n  uid: bb", "3: uid stands here twice"),
        ("pico:\n  uid: !uid aa", "2: the tag !uid has no meaning here"),
        (
            "pico: &p\n  uid: aa\n  resources: [*p]",
            "1: aliases that contain themselves",
        ),
        ("pico:\n  uid: aa\n  <<: text", "3: << takes a mapping"),
        ("pico:\n  uid: aa\n  ? [a]\n  : b", "3: expected a name before the colon"),
        ("[a]:\n  uid: aa", "1: expected a name before the colon"),
        ("- pico", "1: expected names of boards"),
        ("pico:\n  uid: [aa", "2: this is no YAML"),
        ("pico:\n\tuid: aa", "2: this is no YAML"),
        ("pico: a\n---\nnano: b", "2: this is no YAML"),
        ('"a\\tb":\n  uid: aa', "1: 'a\\tb' cannot be a board's name"),
        (f"pico: {'[' * 60}{']' * 60}", "1: lists or mappings stand too deep"),
        ("pico:\n  uid: aa\n  extends: nobody", "3: extends: nobody: there is no such"),
        (
            "pico:\n  uid: aa\n  extends: pico",
            "3: extends: pico: that leads in a circle",
        ),
        ("a:\n  uid: aa\nb:\n  uid: a-a\n", "4: uid: expected"),
        (
            "a:\n  uid: aabb\nb:\n  uid: aa:BB\n",
            "1: the uid aabb stands in boards.yaml",
        ),
        (
            "a:\n  uid: aa\na:\n  uid: bb\n",
            "1: the name a stands in boards.yaml:3, too",
        ),
    ],
)
def test_a_problem_is_said_with_file_line_and_what_was_expected(
    projects: Projects, text: str, problem: str
) -> None:
    assert problems_of(projects, text)[0].startswith(problem)


def test_all_problems_of_a_file_are_found_at_once(projects: Projects) -> None:
    text = "pico:\n  uid: xyz\n  time: never\n  resources:\n    - /etc\n    - [a]\n"
    lines = [problem.line for problem in projects.configure(text).problems]
    assert sorted(line or 0 for line in lines) == [2, 3, 5, 6]


def test_aliases_of_aliases_do_not_eat_the_memory(projects: Projects) -> None:
    text = "x0: &x0 [a, a, a, a, a, a, a, a]\n"
    for n in range(1, 12):
        text += f"x{n}: &x{n} [{', '.join([f'*x{n - 1}'] * 8)}]\n"
    problems = problems_of(projects, text)
    assert any("too many" in problem for problem in problems)


@pytest.mark.parametrize(
    "bad",
    [
        b"nano: [",
        b"\xff\xfe\x00",
        b"- nano",
        b"nano:\n  uid: 17:23:42\n  resources: 3\n",
        b"nano:\n  path: 1\n",
        b"pico:\n",
        b"\x00",
        b"%YAML 1.3\n---\npico: 1\n",
        b"[" * 5000,
        b"# " + b"x" * (1 << 20) + b"\nnano: {uid: cc}\n",
        b"nano: {uid: cc}\n" * 500,
    ],
    ids=lambda bad: bad[:20].decode("latin-1"),
)
def test_one_bad_file_takes_no_board_its_name(projects: Projects, bad: bytes) -> None:
    (projects.devices / "a-bad.yaml").write_bytes(bad)
    found = projects.configure("pico:\n  uid: 24:0a\nmini:\n  uid: bb\n")
    assert len(found.problems) > 0
    assert found.name_of("24:0A") == "pico"
    assert found.get("mini").uids == ("bb",)


def test_a_board_keeps_its_name_though_its_resources_are_wrong(projects: Projects) -> None:
    found = projects.configure("pico:\n  uid: aa\n  resources: 3\n")
    assert found.name_of("aa") == "pico"
    with pytest.raises(ConfigurationError, match=r"^resources: expected a list, .*boards\.yaml:3"):
        found.get("pico")


def test_one_of_two_entries_with_one_name_is_not_chosen_by_chance(projects: Projects) -> None:
    projects.configure("pico:\n  uid: aa\n")
    found = projects.configure("pico:\n  uid: bb\n", "copy.yaml")
    assert len(found.problems) == 2
    with pytest.raises(ConfigurationError, match="the name pico stands in"):
        found.get("pico")
    assert (found.name_of("aa"), found.name_of("bb")) == ("pico", "pico")


def test_a_file_that_nobody_may_read_is_a_problem_and_no_crash(projects: Projects) -> None:
    (projects.devices / "folder.yaml").mkdir()
    (projects.devices / "gone.yaml").symlink_to("nowhere")
    found = projects.configure("pico:\n  uid: aa\n")
    names = [Path(problem.file).name for problem in found.problems]
    assert names == ["folder.yaml", "gone.yaml"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes with names are of POSIX")
def test_what_is_no_file_is_not_read_because_that_might_never_end(projects: Projects) -> None:
    os.mkfifo(projects.devices / "pipe.yaml")
    found = projects.configure("pico:\n  uid: aa\n")
    assert [problem.message[:15] for problem in found.problems] == ["this is no file"]


def test_a_tab_before_a_key_is_explained(projects: Projects) -> None:
    [problem] = projects.configure("pico:\n\tuid: aa\n").problems
    assert problem.hint == "YAML is indented with spaces, not with tabs"


def test_a_file_in_the_place_of_the_folder_is_an_error_and_not_no_configuration(
    projects: Projects, monkeypatch: pytest.MonkeyPatch
) -> None:
    projects.configure("pico:\n  uid: aa\n")
    monkeypatch.setenv("IOT_DEVICES", str(projects.devices / "boards.yaml"))
    with pytest.raises(ConfigurationError, match=r"cannot be read: .*\(.*boards\.yaml\)"):
        load_configurations()
    assert name_of("aa") is None


@pytest.mark.parametrize(
    ("variable", "text", "problem"),
    [
        ("IOT_DEVICES", "$NOT_SET/x", "IOT_DEVICES: there is no variable NOT_SET"),
        ("IOT_PROJECTS", "${NOT_SET}", "IOT_PROJECTS: there is no variable NOT_SET"),
        ("IOT_PROJECTS", "~nobody-here/x", "IOT_PROJECTS: there is no such user"),
    ],
)
@pytest.mark.usefixtures("projects")
def test_a_variable_that_leads_nowhere_is_named(
    monkeypatch: pytest.MonkeyPatch, variable: str, text: str, problem: str
) -> None:
    monkeypatch.setenv(variable, text)
    with pytest.raises(ConfigurationError, match=problem) as caught:
        load_configurations()
    assert caught.value.file == text


def test_who_misses_a_name_learns_of_the_file_that_cannot_be_read(projects: Projects) -> None:
    projects.configure("pico:\n  uid: aa\n")
    found = projects.configure("nano: [", "broken.yaml")
    with pytest.raises(ConfigurationError) as caught:
        found.get("nano")
    assert (caught.value.hint or "").startswith("a file cannot be read: this is no YAML: ")
    for target in ("nano", "@lab"):
        with pytest.raises(InvalidTargetError) as refused:
            resolve_targets(target)
        assert "broken.yaml:1" in (refused.value.hint or "")


def test_who_asks_for_no_board_learns_which_there_are(projects: Projects) -> None:
    found = projects.configure("pico:\n  uid: aa\n")
    with pytest.raises(ConfigurationError, match="no configuration is for 'pixo'") as caught:
        found.get("pixo")
    assert caught.value.hint == "there are pico"


# Many boards.


LAB = """\
lab:
    groups: [lab1]
    install-dir: /flash
    time: utc
    resources: [main.py, lib]
b1: {uid: b1, extends: lab}
b2: {uid: [b2, e2], extends: lab, groups: [front], resources: [b2.py], install-dir: /sd}
b3: {usb: usb:1-5.2, extends: b2, time: none}
"""


def test_an_entry_has_what_the_one_says_that_it_extends(projects: Projects) -> None:
    found = projects.configure(LAB)
    b1, b2, b3 = (found.get(name) for name in ("b1", "b2", "b3"))
    assert found.problems == ()
    assert [board.time for board in (b1, b2, b3)] == ["utc", "utc", "none"]
    assert [resource.name for resource in b3.resources] == ["main.py", "lib", "b2.py"]
    assert {resource.install_dir for resource in b1.resources} == {"/flash"}
    assert {resource.install_dir for resource in b3.resources} == {"/sd"}
    assert (b2.uids, b3.uids, b3.usb) == (("b2", "e2"), (), "1-5.2")


def test_groups_add_up_and_an_entry_to_extend_is_no_board(projects: Projects) -> None:
    found = projects.configure(LAB)
    assert found.names() == ["b1", "b2", "b3"]
    assert found.group("lab1") == ["b1", "b2", "b3"]
    assert found.group("front") == ["b2", "b3"]
    assert found.group("lab9") == []


def test_what_is_wrong_with_an_entry_is_wrong_with_those_that_extend_it(
    projects: Projects,
) -> None:
    found = projects.configure(LAB.replace("time: utc", "time: utf"))
    assert found.group("lab1") == ["b1", "b2", "b3"]
    for name in ("b1", "b3"):
        with pytest.raises(ConfigurationError, match=r"^time: .*boards\.yaml:4"):
            found.get(name)


def test_the_examples_of_the_reference_are_right(projects: Projects) -> None:
    page = Page(ROOT / "docs" / "reference" / "configuration.md")
    resources, lab = (block.text for block in page.blocks if block.language == "yaml")
    found = projects.configure("pico:\n    uid: aa\n" + indent(resources, "    "))
    assert found.problems == ()
    assert len(found.get("pico").resources) == 8
    assert projects.configure(lab).group("lab1") == ["b1", "b2", "b3"]
    (toml,) = (block.text for block in page.blocks if block.language == "toml")
    (projects.folder / "iot.toml").write_text(toml)
    project = find_project(projects.folder)
    assert project is not None
    assert project.devices == projects.folder / "boards"
