"""``rdiff`` and ``rsync``, by a folder and by a configuration; the flash is the other side."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cli.folders import files_in, make
from cli.iot_process import end_of, interrupt, read_until
from cli.terminal_process import in_terminal

if TYPE_CHECKING:
    from pathlib import Path

    from cli.iot_process import Ended, Iot

pytestmark = pytest.mark.slow  # starts real processes


@pytest.fixture
def project(iot: Iot, monkeypatch: pytest.MonkeyPatch) -> Iot:
    """A board with a configuration: main.py, a package and an exclude."""
    monkeypatch.setenv("IOT_PROJECTS", str(iot.cwd))
    uid = iot("--json", "info").json["uid"]
    make(iot.cwd, "robot/main.py", "robot/motor/__init__.py", "robot/motor/pid.py", "robot/no.txt")
    (iot.cwd / "devices").mkdir()
    configure(iot, uid)
    return iot


def configure(iot: Iot, uid: str, extra: str = "", resources: str = "[main.py, motor]") -> None:
    text = f"pico:\n  uid: {uid}\n  path: robot\n  exclude-patterns: [/data]\n{extra}"
    (iot.cwd / "devices" / "boards.yaml").write_text(f"{text}  resources: {resources}\n")


def lines(ended: Ended) -> list[str]:
    return ended.out.decode().splitlines()


def test_a_folder_arrives_without_a_configuration(iot: Iot) -> None:
    make(iot.cwd, "src/main.py", "src/lib/x.bin", "src/.git/config", "src/.env")
    make(iot.flash, "old.py")
    shown = iot("rdiff", "src")
    assert (shown.code, lines(shown)) == (1, ["ADD     /lib/x.bin", "ADD     /main.py"])
    assert shown.err == "iot: 2 to be added, 24 bytes\n"
    ended = iot("rsync", "src")
    assert (ended.code, lines(ended)) == (0, lines(shown))
    assert ended.err == "iot: 2 added, 24 bytes, verified by sha256\n"
    assert sorted(files_in(iot.flash)) == ["lib/x.bin", "main.py", "old.py"]
    again = iot("rsync", "src")
    assert (again.code, lines(again)) == (0, ["Directories match"])
    assert iot("rdiff", "src").code == 0


def test_a_folder_goes_where_it_should_and_deletes_there_only(iot: Iot) -> None:
    make(iot.cwd, "src/x.py")
    make(iot.flash, "app/old.py", "app/.keep", "other.py")
    ended = iot("rsync", "src", ":/app", "--delete", "--yes")
    assert lines(ended) == ["DELETE  /app/old.py", "ADD     /app/x.py"]
    assert sorted(files_in(iot.flash)) == ["app/.keep", "app/x.py", "other.py"]


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["src", "/app"], "begins with a colon"),
        ([":src"], "without a colon"),
        (["--delete"], "needs FOLDER"),
        (["-u", "src"], "nothing is deleted"),
        (["src", ":C:\\app"], "path of a computer"),
        (["src", ":~/app"], "path of a computer"),
        (["src", ":app"], "begins with a slash"),
        (["src", ":/app/../.."], "without .."),
        (["srx"], "no such folder"),
        ([""], "FOLDER is empty"),
        (["", ":/app", "--delete"], "FOLDER is empty"),
        (["empty"], "no file"),
        ([], "no configuration found"),
    ],
)
def test_mistakes_are_refused_and_nothing_happens(
    iot: Iot, arguments: list[str], word: str
) -> None:
    make(iot.cwd, "src/x.py", "empty/.hidden")
    make(iot.flash, "old.py")
    for command in ("rsync", "rdiff"):
        ended = iot(command, *arguments)
        assert ended.code == 2
        assert word in ended.last_line
        assert ("iot: hint: write :/app" in ended.err) == (":app" in arguments)
    assert sorted(files_in(iot.flash)) == ["old.py"]


def test_a_configured_board_gets_what_belongs_there_and_loses_the_rest(project: Iot) -> None:
    make(project.flash, "old.py", "data/log.txt", "boot_out.txt", "webrepl_cfg.py", ".hidden")
    ended = project("rsync", "--yes")
    assert lines(ended) == [
        "DELETE  /old.py",
        "ADD     /main.py",
        "ADD     /motor/__init__.py",
        "ADD     /motor/pid.py",
    ]
    assert sorted(files_in(project.flash)) == [
        ".hidden",
        "boot_out.txt",
        "data/log.txt",
        "main.py",
        "motor/__init__.py",
        "motor/pid.py",
        "webrepl_cfg.py",
    ]
    assert lines(project("rsync")) == ["Directories match"]


def test_more_deletes_than_usual_need_consent(project: Iot) -> None:
    make(project.flash, *(f"old{n}.py" for n in range(11)))
    refused = project("rsync")
    assert refused.code == 9
    assert "11 of the board's 11 files would be deleted" in refused.last_line
    assert "--yes" in refused.err
    assert len(files_in(project.flash)) == 11
    assert project("rsync", "-u").code == 0
    assert len(files_in(project.flash)) == 14
    assert project("rsync", "--max-delete", "11").code == 0
    assert len(files_in(project.flash)) == 3


def test_what_rsync_put_there_goes_without_consent(project: Iot) -> None:
    assert project("rsync").code == 0
    uid = project("--json", "info").json["uid"]
    configure(project, uid, resources="[motor]")
    ended = project("rsync")
    assert (ended.code, lines(ended)) == (0, ["DELETE  /main.py"])


@pytest.mark.parametrize(
    "resources", ["[motr]", "[]", "[main.py, {motor: {include-patterns: ['*.x']}}]"]
)
def test_a_mistake_in_the_configuration_wipes_nothing(project: Iot, resources: str) -> None:
    make(project.flash, "old.py")
    configure(project, project("--json", "info").json["uid"], resources=resources)
    ended = project("rsync", "--yes")
    assert (ended.code, ended.out) == (2, b"")
    assert "error[configuration]" in ended.last_line
    assert sorted(files_in(project.flash)) == ["old.py"]


def test_a_conflict_is_shown_and_not_overwritten(project: Iot) -> None:
    project("rsync")
    (project.flash / "main.py").write_bytes(b"edited there")
    (project.cwd / "robot" / "main.py").write_bytes(b"edited here")
    ended = project("rsync")
    assert ended.code == 8
    assert lines(ended) == ["CONFLICT  /main.py: changed on both sides since the last sync"]
    assert "--overwrite" in ended.err
    assert (project.flash / "main.py").read_bytes() == b"edited there"
    shown = lines(project("rdiff", "--text"))
    assert (shown[0], shown[-2:]) == (lines(ended)[0], ["-edited there", "+edited here"])
    unknown = project("rdiff", "--text=men.py")
    assert (unknown.code, "/men.py is neither on the board" in unknown.last_line) == (2, True)
    diff = lines(project("rdiff", "--text=main.py", "--overwrite"))
    assert diff[:2] == ["--- board:/main.py", "+++ host:/main.py"]
    assert diff[3:] == ["-edited there", "+edited here"]
    assert project("rsync", "--overwrite").code == 0
    assert (project.flash / "main.py").read_bytes() == b"edited here"


@pytest.mark.parametrize(
    "words",
    [
        ["--text", "src", ":/app"],
        ["src", ":/app", "--text"],
        ["src", "--text", "--delete", ":/app"],
        ["--text=app/x.py", "src", ":/app"],
        ["src", ":/app", "--text", ":/app/x.py"],
    ],
)
def test_the_contents_are_shown_wherever_the_option_stands(iot: Iot, words: list[str]) -> None:
    make(iot.cwd, "src/x.py")
    make(iot.flash, "app/.keep")
    ended = iot("rdiff", *words)
    assert (ended.code, lines(ended)[-1]) == (1, "+src/x.py")
    assert "+++ host:/app/x.py" in lines(ended)


def test_a_folder_behind_text_is_the_folder_to_compare(iot: Iot) -> None:
    make(iot.cwd, "src/x.py")
    assert lines(iot("rdiff", "--text", "src"))[0] == "ADD     /x.py"
    missing = iot("rdiff", "--text", "srx", ":/app")
    assert (missing.code, "there is no such folder (srx)" in missing.last_line) == (2, True)
    unknown = iot("rdiff", "src", "--text", ":/app")
    assert unknown.code == 2
    assert unknown.last_line.endswith("FOLDER and :DEST stand before --text.")


def test_a_dry_run_and_rdiff_touch_neither_files_nor_clock(iot: Iot) -> None:
    make(iot.cwd, "src/x.py")
    assert iot("rsync", "-n", "src").code == 0
    assert iot("rdiff", "src").code == 1
    assert files_in(iot.flash) == {}


def test_the_document_holds_the_actions(project: Iot) -> None:
    make(project.flash, "data/log.txt")
    document = project("--json", "rdiff").json
    assert [(a["action"], a["path"]) for a in document["actions"]] == [
        ("add", "/main.py"),
        ("add", "/motor/__init__.py"),
        ("add", "/motor/pid.py"),
    ]
    assert [(keep["path"], keep["reason"]) for keep in document["kept"]] == [
        ("/data/log.txt", "excluded")
    ]
    assert project("--json", "rsync").json["actions"] == document["actions"]
    assert project("--json", "rdiff").json["matches"] is True


def test_files_that_patterns_leave_out_are_counted_and_listed(project: Iot) -> None:
    configure(project, project("--json", "info").json["uid"], resources="[web]")
    make(project.cwd, "robot/web/x.py", "robot/web/page.html")
    assert "1 file not matched: --show-skipped" in project("rdiff").err
    shown = project("rdiff", "--show-skipped")
    assert f"iot: not included: {project.cwd / 'robot/web/page.html'}" in shown.err.splitlines()
    assert "not matched" not in shown.err


def test_a_terminal_has_colours_and_asks(project: Iot) -> None:
    make(project.flash, *(f"old{n}.py" for n in range(11)))
    with in_terminal(project, "rsync") as asked:
        shown = asked.read_until(b"[y/N] ")
        assert b"\x1b[31mDELETE  /old0.py\x1b[0m" in shown
        asked.type(b"y\n")
        assert asked.end() == 0
    assert sorted(files_in(project.flash)) == ["main.py", "motor/__init__.py", "motor/pid.py"]


@pytest.mark.parametrize("keys", [b"\x04", b"\n", b"no\n"])
def test_whoever_does_not_say_yes_keeps_the_files(project: Iot, keys: bytes) -> None:
    make(project.flash, *(f"old{n}.py" for n in range(11)))
    with in_terminal(project, "rsync") as asked:
        asked.read_until(b"[y/N] ")
        asked.type(keys)
        assert asked.end() == 9
        assert asked.rest_of_errors().splitlines()[-1].startswith("iot: error[refused]: 11 of")
    assert len(files_in(project.flash)) == 11


def test_two_boards_are_synced_side_by_side(iot: Iot) -> None:
    make(iot.cwd, "src/a.py", "src/b.py", "one/old.py", "two/b.py")
    (iot.cwd / "two" / "b.py").write_bytes(b"src/b.py")
    one, two = (f"sim://{iot.cwd / name}?vm=cpython" for name in ("one", "two"))
    ended = iot("-d", f"{one},{two},/dev/nowhere", "rsync", "src")
    assert ended.code == 8
    assert sorted(lines(ended)) == sorted(
        [f"{one}: ADD     /a.py", f"{one}: ADD     /b.py", f"{two}: ADD     /a.py"]
    )
    assert ended.err.splitlines()[:2] == [
        f"{one}: ok: 2 added, 16 bytes, verified by sha256",
        f"{two}: ok: 1 added, 1 equal, 8 bytes, verified by sha256",
    ]
    assert ended.last_line == "iot: error[partly-done]: 1 of 3 boards failed"
    assert sorted(files_in(iot.cwd / "two")) == ["a.py", "b.py"]


def test_a_file_of_the_board_runs_afterwards(iot: Iot) -> None:
    make(iot.cwd, "src/lib/answer.py")
    (iot.cwd / "src" / "lib" / "answer.py").write_text("answer = 42\n")
    (iot.cwd / "src" / "app.py").write_text("from answer import answer\nprint(answer)\n")
    ended = iot("rsync", "src", "--run", "app.py")
    assert (ended.code, lines(ended)[-1]) == (0, "42")
    (iot.cwd / "src" / "app.py").write_text("1 / 0\n")
    before = files_in(iot.flash)
    assert iot("rsync", "src", "--run", "absent.py").code == 2
    assert files_in(iot.flash) == before
    ended = iot("rsync", "src", "--run", "app.py")
    assert (ended.code, ended.last_line) == (1, "ZeroDivisionError: division by zero")


def test_a_change_is_synced_and_stops_the_program_that_runs(iot: Iot) -> None:
    make(iot.cwd, "src/lib/x.py")
    program = iot.cwd / "src" / "main.py"
    program.write_text("print('first')\nwhile True: pass\n")
    process = iot.start("rsync", "src", "--watch", "--run", "main.py")
    read_until(process, b"first\n")
    program.write_text("print('second')\nwhile True: pass\n")
    shown = read_until(process, b"second\n")
    assert b"UPDATE  /main.py\n" in shown
    interrupt(process)
    assert end_of(process).code == 130
    assert (iot.flash / "main.py").read_bytes() == program.read_bytes()


def test_an_error_while_watching_is_told_and_the_next_change_counts(iot: Iot) -> None:
    make(iot.cwd, "src/x.py")
    process = iot.start("rsync", "src", "--watch", "--delete")
    assert process.stderr is not None
    assert process.stderr.readline() == b"iot: 1 added, 8 bytes, verified by sha256\n"
    (iot.cwd / "src" / "x.py").unlink()
    while b"error[configuration]" not in (line := process.stderr.readline()):
        assert line, "ended"
    make(iot.cwd, "src/y.py")
    read_until(process, b"ADD     /y.py\n")
    assert process.stderr.readline() == b"iot: 1 deleted, 1 added, 8 bytes, verified by sha256\n"
    interrupt(process)
    assert end_of(process).code == 130


@pytest.mark.parametrize(
    "arguments",
    [["--run", "x", "--reset"], ["-n", "--watch"], ["-n", "--run", "x"], ["-n", "--reset"]],
)
def test_what_makes_no_sense_together_is_refused(iot: Iot, arguments: list[str]) -> None:
    assert iot("rsync", "src", *arguments).code == 2
    assert iot("--json", "rsync", "src", "--watch").code == 2


def test_modules_are_sent_as_source_where_bytecode_would_not_load(iot: Iot) -> None:
    make(iot.cwd, "src/x.py")
    ended = iot("rsync", "src", "--mpy")
    assert (ended.code, lines(ended)) == (0, ["ADD     /x.py"])
    assert "; modules are sent as source\n" in ended.err


def test_what_changed_on_the_board_comes_here(iot: Iot) -> None:
    make(iot.flash, "main.py", "lib/x.py", ".hidden", "webrepl_cfg.py")
    ended = iot("rsync", "--pull", "new")
    assert (ended.code, lines(ended)) == (0, ["ADD     /lib/x.py", "ADD     /main.py"])
    assert files_in(iot.cwd) == {"new/lib/x.py": b"lib/x.py", "new/main.py": b"main.py"}
    assert lines(iot("rsync", "new")) == ["Directories match"]
    (iot.flash / "main.py").write_bytes(b"edited there")
    (iot.cwd / "new" / "lib" / "x.py").write_bytes(b"edited here")
    shown = iot("rdiff", "--pull", "new", "--text=main.py")
    assert (shown.code, lines(shown)[:2]) == (1, ["--- host:/main.py", "+++ board:/main.py"])
    ended = iot("rsync", "--pull", "new")
    expected = ["UPDATE  /main.py", "KEEP    /lib/x.py: changed here only"]
    assert (ended.code, lines(ended)) == (0, expected)
    assert files_in(iot.cwd / "new") == {"lib/x.py": b"edited here", "main.py": b"edited there"}
    assert lines(iot("rsync", "new")) == ["UPDATE  /lib/x.py"]


def test_what_changed_on_both_sides_is_not_overwritten_here(iot: Iot) -> None:
    make(iot.cwd, "new/x.py")
    make(iot.flash, "x.py")
    (iot.flash / "x.py").write_bytes(b"other")
    ended = iot("rsync", "--pull", "new")
    assert ended.code == 8
    assert "no sync is remembered" in ended.out.decode()
    assert (iot.cwd / "new" / "x.py").read_bytes() == b"new/x.py"
    assert iot("rsync", "--pull", "new", "--overwrite").code == 0
    assert (iot.cwd / "new" / "x.py").read_bytes() == b"other"


def test_files_here_are_deleted_only_if_that_is_wanted_and_agreed(iot: Iot) -> None:
    make(iot.flash, "x.py")
    assert iot("rsync", "--pull", "new").code == 0
    make(iot.cwd, "new/mine.py", "new/.git/config")
    assert lines(iot("rsync", "--pull", "new")) == ["Directories match"]
    refused = iot("rsync", "--pull", "new", "--delete")
    assert (refused.code, lines(refused)) == (9, ["DELETE  /mine.py"])
    assert "1 of the 2 files here would be deleted that no sync knows" in refused.last_line
    assert iot("rsync", "--pull", "-n", "new", "--delete", "--yes").code == 0
    assert (iot.cwd / "new" / "mine.py").exists()
    assert iot("rsync", "--pull", "new", "--delete", "--yes").code == 0
    assert sorted(files_in(iot.cwd / "new")) == [".git/config", "x.py"]


def test_by_a_configuration_each_file_comes_where_it_belongs(project: Iot) -> None:
    assert project("rsync").code == 0
    make(project.flash, "motor/new.py", "data/log.py", "other/x.py", "settings.toml")
    (project.flash / "main.py").write_bytes(b"edited there")
    uid = project("--json", "info").json["uid"]
    resources = "[main.py, motor, {web: {install-dir: /data}}]"
    make(project.cwd, "robot/web/page.py")
    configure(project, uid, resources=resources)
    ended = project("rsync", "--pull", "--show-skipped")
    assert (ended.code, lines(ended)) == (0, ["ADD     /motor/new.py", "UPDATE  /main.py"])
    assert (project.cwd / "robot" / "motor" / "new.py").read_bytes() == b"motor/new.py"
    assert (project.cwd / "robot" / "main.py").read_bytes() == b"edited there"
    left = {line for line in ended.err.splitlines() if " :/" in line}
    assert left == {
        "iot: excluded: :/data/log.py",
        "iot: not included: :/other/x.py",
        "iot: the board's own: :/settings.toml",
    }
    document = project("--json", "rdiff", "--pull").json
    assert {"file": None, "path": "/other/x.py", "reason": "not included"} in document["skipped"]


@pytest.mark.parametrize(
    "arguments",
    [["--watch"], ["--run", "x"], ["--reset"], ["--mpy"], ["--delete-first"], ["--in-place"]],
)
def test_what_makes_no_sense_with_pull_is_refused(iot: Iot, arguments: list[str]) -> None:
    make(iot.flash, "x.py")
    assert iot("rsync", "--pull", "new", *arguments).code == 2
    assert not (iot.cwd / "new").exists()


def test_from_several_boards_each_comes_into_a_folder_of_its_own(iot: Iot, tmp_path: Path) -> None:
    flashes = [tmp_path / name for name in ("one", "two")]
    for flash in flashes:
        make(flash, "main.py", f"{flash.name}.txt")
    several = iot.board(",".join(f"sim://{flash}?vm=cpython" for flash in flashes))
    assert several("rsync", "--pull").code == 2
    assert several("rdiff", "--pull", "new").code == 1
    assert not (iot.cwd / "new").exists()
    assert several("rsync", "--pull", "new").code == 0
    found = [files_in(folder) for folder in (iot.cwd / "new").iterdir()]
    assert sorted(sorted(files) for files in found) == [
        ["main.py", "one.txt"],
        ["main.py", "two.txt"],
    ]
    (flashes[0] / "main.py").write_bytes(b"edited there")
    assert several("rsync", "--pull", "new").code == 0
    changed = [
        path.parent
        for path in (iot.cwd / "new").rglob("main.py")
        if path.read_bytes() == b"edited there"
    ]
    assert [sorted(files_in(folder)) for folder in changed] == [["main.py", "one.txt"]]


def test_folders_without_any_file_come_along(iot: Iot) -> None:
    make(iot.flash, "main.py")
    (iot.flash / "logs" / "old").mkdir(parents=True)
    (iot.flash / ".cache").mkdir()
    ended = iot("rsync", "--pull", "new")
    assert (ended.code, lines(ended)) == (0, ["ADD     /main.py", "ADD     /logs/old/"])
    assert (iot.cwd / "new" / "logs" / "old").is_dir()
    assert not (iot.cwd / "new" / ".cache").exists()
    assert lines(iot("rsync", "--pull", "new")) == ["Directories match"]
    (iot.flash / "data").mkdir()
    make(iot.cwd, "new/data")
    ended = iot("rsync", "--pull", "new")
    assert (ended.code, (iot.cwd / "new" / "data").read_bytes()) == (8, b"new/data")
