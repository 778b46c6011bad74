"""Each magic against a real Python of a board; effects are looked at from the other side."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from kernel.kernel_client import KernelClient

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [
    pytest.mark.slow,
    pytest.mark.parametrize("vm", ["cpython", "micropython"], indirect=True, scope="module"),
    pytest.mark.xdist_group("kernel-magics"),
]


# Help.


def test_lsmagic_prints_the_table_that_users_know(kernel: KernelClient) -> None:
    lines = kernel("%lsmagic").text.splitlines()
    assert lines[0] == "Line Magic:    -h shows help (e.g. %discover -h)"
    assert "  %cat         Output contents of file stored on microcontroller" in lines
    assert "  !            Pass line to bash shell for evaluation" in lines
    assert "Cell Magic:    -h shows help (e.g. %%connect -h)" in lines
    assert "  %%bash       Pass cell to bash shell for evaluation" in lines
    assert "MAGIC %cat ---" in kernel("%lsmagic -v").text


def test_h_shows_help_and_does_nothing(kernel: KernelClient, flash: Path) -> None:
    shown = kernel("%mkdirs /made -h")
    assert "usage: %mkdirs [-h] path" in shown.text
    assert not (flash / "made").exists()
    assert "examples:" in kernel("%%connect -h").text
    assert "usage: %%host" in kernel("%%host -h\n1").text
    assert "there is %%host; it stands at the top" in kernel("%host").traceback


def test_wrong_options_are_explained(kernel: KernelClient) -> None:
    assert "unrecognized arguments: --nonsense" in kernel("%ls --nonsense").traceback
    assert "quotes come in pairs" in kernel("%cat 'a").traceback
    assert "no setting 'colour'" in kernel("%config colour = red").traceback
    assert "show_result = 5: expected True or False" in kernel("%config show_result = 5").traceback
    assert kernel("%connect").error["evalue"].endswith("arguments are required: target")
    assert kernel("%time").error["evalue"] == "there is nothing to time"


def test_loglevel_lists_and_sets(kernel: KernelClient) -> None:
    assert kernel("%loglevel").text.startswith("Logger  ")
    assert kernel("%loglevel asyncio debug").text == "Logger asyncio level set to DEBUG\n"
    assert "no level" in kernel("%loglevel asyncio LOUD").traceback


# Connecting.


def test_the_board_tells_who_it_is(kernel: KernelClient, flash: Path, vm: str) -> None:
    uid = kernel("%uid").text.strip()
    assert bytes.fromhex(uid)
    assert kernel("%name").text.strip() == uid
    assert kernel("%url").text == f"sim://{flash}?vm={vm}\n"
    assert kernel("%platform").text.strip()
    info = dict(line.split(maxsplit=1) for line in kernel("%info").text.splitlines())
    assert info["uid"] == uid
    assert info["implementation"].startswith("micropython ")


def test_disconnect_switches_the_simulated_board_off(kernel: KernelClient) -> None:
    kernel("lost = 1\n%disconnect")
    assert kernel("lost").error["ename"] == "NameError"


def test_a_failing_connect_stops_the_cell_and_keeps_the_board(
    kernel: KernelClient, tmp_path: Path
) -> None:
    kernel("kept = 1")
    shown = kernel(f"%connect serial://{tmp_path}/none\nprint('behind')")
    assert shown.error["ename"] == "PortNotFoundError"
    assert shown.text == ""
    assert kernel("kept").result == "1"


def test_connect_to_several_boards_runs_on_each_and_comes_back(
    kernel: KernelClient, flash: Path, tmp_path: Path, vm: str
) -> None:
    one, two = (f"sim://{tmp_path}/{name}?vm={vm}" for name in ("one", "two"))
    kernel("here = 1")
    shown = kernel(f"%%connect {one} {two}\nopen('f.txt', 'w').close()\n%ls")
    assert f"----- {one}" in shown.text
    assert shown.text.count("f.txt") == 2
    assert (tmp_path / "two" / "f.txt").exists()
    assert kernel("here").result == "1"
    shown = kernel(f"%%connect {one} nowhere\nprint('ran')")
    assert shown.text.count("ran\n") == 1
    assert shown.error["evalue"] == "not connected: nowhere"
    assert not (flash / "f.txt").exists()


def test_parallel_labels_each_line_and_names_who_failed(
    kernel: KernelClient, tmp_path: Path, vm: str
) -> None:
    one, two = (f"sim://{tmp_path}/{name}?vm={vm}" for name in ("one", "two"))
    (tmp_path / "two").mkdir()
    (tmp_path / "two" / "bad").touch()
    shown = kernel(
        f"%%connect {one} {two} --parallel\nimport os\nprint('hi')\nif 'bad' in os.listdir(): 1/0"
    )
    lines = shown.text.splitlines()
    assert f"{one} hi" in lines
    assert f"{two} hi" in lines
    assert shown.error["ename"] == "SomeBoardsFailed"
    assert two in shown.traceback
    assert f'{two}   File "<stdin>", line 4, in <module>' in lines


def test_parallel_without_names_runs_on_the_current_board(kernel: KernelClient) -> None:
    assert kernel("%%connect --parallel\nprint('here')").text == "here\n"


def test_host_runs_the_cell_on_the_host_too(kernel: KernelClient) -> None:
    shown = kernel("%%connect --host -q\nprint(5)")
    assert shown.text == "5\n"


def test_sim_connects_to_a_simulated_board(
    kernel: KernelClient, flash: Path, tmp_path: Path, vm: str
) -> None:
    shown = kernel(f"%sim --vm {vm} {tmp_path}\nopen('here', 'w').close()")
    assert f"Connected to sim://{tmp_path}?vm={vm}" in shown.text
    assert (tmp_path / "here").exists()
    kernel(f"%disconnect\n%connect sim://{flash}?vm={vm}")


def test_a_registered_board_is_found_by_its_uid(
    kernel: KernelClient, flash: Path, tmp_path: Path, vm: str
) -> None:
    assert kernel(f"%register 'sim://{tmp_path}?vm={vm}&uid=3c71bf0a'").text == ""
    assert kernel("%connect -q 3c:71:bf:0a\n%uid").text == "3c71bf0a\n"
    rows = [line.split() for line in kernel("%discover -v").text.splitlines()]
    assert ["3c71bf0a", f"sim://{tmp_path}?vm={vm}&uid=3c71bf0a", "3c71bf0a"] in rows
    kernel(f"%connect sim://{flash}?vm={vm}\n%unregister 3c71bf0a")
    assert kernel("%unregister 3c71bf0a").error["ename"] == "ConfigurationError"


def test_discover_opens_no_port(kernel: KernelClient) -> None:
    assert kernel("%discover").status == "ok"
    assert kernel("%discover -a").status == "ok"


# Files.


def test_files_are_written_listed_and_removed(kernel: KernelClient, flash: Path) -> None:
    kernel("%mkdirs lib/deep")
    assert (flash / "lib" / "deep").is_dir()
    assert kernel("%%writefile -b lib/a.txt\none\ntwo").text == "Writing :lib/a.txt\n"
    assert (flash / "lib" / "a.txt").read_text() == "one\ntwo\n"
    kernel("%%writefile -a :lib/a.txt\nthree\n")
    assert kernel("%cat lib/a.txt").text == "one\ntwo\nthree\n"
    (flash / ".hidden").touch()
    listing = kernel("%rlist lib").text.splitlines()
    assert listing[0].split()[-1] == "a.txt"
    assert listing[0].split()[0] == "14"
    assert listing[1].split() == ["deep/"]
    assert "hidden" not in kernel("%rlist").text
    assert kernel("%ls lib").text.splitlines()[0].endswith(":lib")
    kernel("%rm -rf lib nothing.txt")
    assert not (flash / "lib").exists()


def test_rm_does_what_its_options_say(kernel: KernelClient, flash: Path) -> None:
    (flash / "tree" / "sub").mkdir(parents=True)
    (flash / "tree" / "sub" / "f").touch()
    assert "-rf all of it" in kernel("%rm tree").traceback
    kernel("%rm -r tree")
    assert (flash / "tree" / "sub").is_dir()
    assert not (flash / "tree" / "sub" / "f").exists()
    kernel("%rm -f tree/sub")
    assert not (flash / "tree" / "sub").exists()


def test_copies_go_both_ways(kernel: KernelClient, flash: Path, cwd: Path) -> None:
    (cwd / "a.txt").write_text("A")
    (cwd / "site").mkdir(exist_ok=True)
    (cwd / "site" / "i.html").write_text("<p>")
    assert kernel("%cp a.txt :").text == ""
    assert (flash / "a.txt").read_text() == "A"
    assert "sent" in kernel("%cp -rv ./site :/www").text
    assert (flash / "www" / "i.html").read_text() == "<p>"
    kernel("%cp :a.txt ./b.txt")
    assert (cwd / "b.txt").read_text() == "A"
    kernel("%cp :a.txt :c.txt")
    assert (flash / "c.txt").read_text() == "A"
    failed = kernel("%cp nothing.txt :")
    assert failed.error["ename"] == "CopyError"
    assert failed.traceback.splitlines() == [
        "CopyError: 1 not copied",
        "nothing.txt: No such file or directory",
    ]
    assert kernel("%cp ./site :/").traceback.splitlines() == [
        "CopyError: 1 not copied",
        "site is a folder",
        "%cp -r copies folders",
    ]
    assert kernel("%cp a.txt nothing.txt :/").error["evalue"] == "1 not copied, the rest was"
    assert "between host and board" in kernel("%cp a.txt b.txt").traceback


def test_backup_and_restore(kernel: KernelClient, flash: Path, tmp_path: Path) -> None:
    (flash / "keep.txt").write_text("keep")
    assert " saved in " in kernel(f"%backup {tmp_path}/saved").text
    (flash / "keep.txt").write_text("broken")
    (flash / "more.txt").write_text("more")
    assert "UPDATE  /keep.txt" in kernel(f"%restore {tmp_path}/saved --exact").text
    assert (flash / "keep.txt").read_text() == "keep"
    assert not (flash / "more.txt").exists()


def test_folders_of_host_and_board_are_changed(kernel: KernelClient, cwd: Path) -> None:
    kernel("%mkdirs here")
    assert kernel("%cd :/here\nimport os; print(os.getcwd())").text == "cwd = :/here\n/here\n"
    kernel("%cd :/")
    (cwd / "sub").mkdir(exist_ok=True)
    assert kernel("%cd sub\n!pwd").text == f"cwd = {cwd / 'sub'}\n{cwd / 'sub'}\n"
    assert kernel("%%host\nimport os; os.getcwd()").result == repr(str(cwd / "sub"))
    assert kernel(f"%cd {cwd}").status == "ok"
    assert kernel("%cd /no/such/folder").error["ename"] == "FileNotFoundError"


def test_writefile_writes_on_the_host(kernel: KernelClient, cwd: Path) -> None:
    shown = kernel("%%host\nimport os; os.environ['PLACE'] = os.getcwd()")
    shown = kernel("%%writefile $PLACE/made.txt\n%ls is text here\n")
    assert shown.text == f"Writing {cwd / 'made.txt'}\n"
    kernel("%%writefile -a made.txt\nmore")
    assert (cwd / "made.txt").read_text() == "%ls is text here\nmore\n"


def test_df_and_mem_show_numbers(kernel: KernelClient) -> None:
    assert kernel("%df").text.splitlines()[1].split()[-1] == "/"
    assert "free" in kernel("%mem").text


def test_run_runs_a_program_of_the_host(kernel: KernelClient, cwd: Path) -> None:
    (cwd / "prog.py").write_text("made_by_run = 1\nprint('ran')\n")
    assert kernel("%run prog.py").text == "ran\n"
    (cwd / "prog.py").write_text("def half(x):\n    return x / 0\n")
    assert "File prog.py, line 2, in half" in kernel("%run prog.py\nhalf(1)").traceback
    assert "> 2     return x / 0" in kernel("half(1)").traceback
    assert kernel("made_by_run").result == "1"


# Resets.


def test_hardreset_shows_the_boot_messages(kernel: KernelClient, flash: Path) -> None:
    (flash / "main.py").write_text("print('main', 'runs')\n")
    try:
        lines = kernel("gone = 1\n%hardreset").text.splitlines()
        assert "!!!!!   hardreset ...     !!!!!" in lines
        assert lines[-4] == "main runs"
        assert lines[-3].startswith("MicroPython v")
    finally:
        (flash / "main.py").unlink()
    assert kernel("'gone' in globals()").result == "False"
    assert "main runs" not in kernel("%hardreset -q -t 0.5").text


def test_softreset_purges_variables(kernel: KernelClient) -> None:
    kernel("gone = 1")
    assert "softreset ..." in kernel("%softreset").text
    assert kernel("gone").error["ename"] == "NameError"
    assert kernel("%softreset -q").text == ""


# Variables.


def test_who_and_whos_list_variables(kernel: KernelClient) -> None:
    assert kernel("%softreset -q\n%whos").text == "no variables\n"
    kernel("answer = 42\nname = 'x'")
    assert {"answer", "name"} <= set(kernel("%who").text.split())
    assert ["answer", "int", "42"] in [line.split() for line in kernel("%whos").text.splitlines()]


def test_variables_go_to_the_host_and_back(kernel: KernelClient) -> None:
    kernel("data = [1, (2.5, b'x'), {'k': None}]\n%tohost data")
    assert kernel("%%host\ndata").result == "[1, (2.5, b'x'), {'k': None}]"
    kernel("%%host\ndata.append('é')")
    kernel("%toboard data")
    assert kernel("%%host\n%board data").result == "[1, (2.5, b'x'), {'k': None}, 'é']"
    kernel("%%host\nthing = object()")
    assert "no literal" in kernel("%toboard thing").traceback
    assert kernel("%tohost missing").error["ename"] == "NameError"


def test_store_is_shared_with_ipython(kernel: KernelClient) -> None:
    kernel("%store -z")
    assert kernel("%store").text == "storage is empty\n"
    kernel("kept = {'x': [1, 2]}\n%store kept")
    assert kernel("%store").text == "kept -> {'x': [1, 2]}\n"
    assert kernel("%%host\n%store -r kept\nkept").result == "{'x': [1, 2]}"
    kernel("%%host\nother = 'from host'\n%store other")
    kernel("%store -r other")
    assert kernel("other").result == "'from host'"
    kernel("%store -d kept")
    assert "kept" not in kernel("%store").text
    assert "no variable with name 'kept'" in kernel("%store -d kept").traceback


def test_what_is_no_literal_stays_on_the_host(kernel: KernelClient) -> None:
    kernel("%%host\nthing, huge = object(), 10**5000")
    assert "no literal of Python: object" in kernel("%toboard thing").traceback
    assert "no literal of Python: int" in kernel("%toboard huge").traceback


# Time.


def test_code_behind_a_magic_may_begin_with_a_minus(kernel: KernelClient) -> None:
    assert "Wall time" in kernel("x = 1\n%time -x + 1").text
    assert "2 runs, 5 loops" in kernel("%timeit -n5 -r=2 -x + 1").text
    assert "unrecognized arguments: --loops" in kernel("%timeit --loops 5 x").traceback
    for wrong in ("-n -5 1", "-r 0 1"):
        assert kernel(f"%timeit {wrong}").error["ename"] == "UsageError"
    assert "cannot be timed" in kernel("%timeit return").traceback


def test_timing_tells_how_long_code_takes(kernel: KernelClient) -> None:
    kernel("x = 1")
    assert (
        "per loop (mean ± std. dev. of 2 runs, 10 loops each)"
        in kernel("%timeit -n 10 -r 2 x + 1").text
    )
    assert "loops each)" in kernel("%%timeit -n 5\ny = x\ny + 1").text
    shown = kernel("%time print(x)  # it's code")
    assert shown.text.startswith("1\nWall time: ")
    shown = kernel("%%time\n%uid\nx + 1")
    assert shown.result == "2"
    assert kernel("%timeit nothing_there").error["ename"] == "NameError"
    assert kernel("'_iot_timer' in globals()").result == "False"


def test_capture_keeps_the_output(kernel: KernelClient) -> None:
    shown = kernel("%%capture log\nprint('quiet')\n!echo too; echo err >&2")
    assert shown.text == ""
    assert kernel("%%host\nlog.stdout, log.stderr").result == "('quiet\\ntoo\\n', 'err\\n')"


def test_the_clock_is_shown_and_set(kernel: KernelClient) -> None:
    assert kernel("%gettime").text.startswith("20")
    kernel("import machine; machine.RTC().datetime((2001, 2, 3, 5, 4, 5, 6, 0))")
    assert kernel("%gettime").text.startswith("2001-Feb-03 04:05:")
    assert kernel("%synctime").text.startswith(time.strftime("%Y-%b-%d"))
    assert kernel("%synctime").text == ""


# Packages of others; switches.


OTHER_PACKAGE = """
from iot_kernel.magics.declare import line_magic, option

@line_magic("double", "Double a number on the board", option("number", type=int, help="it"))
def double(call):
    call.write(str(call.device.evaluate(f"{call.options.number} * 2")))
"""


def test_other_packages_add_magics_by_entry_point(
    cwd: Path, environment: dict[str, str], tmp_path: Path, vm: str
) -> None:
    (tmp_path / "doubling.py").write_text(OTHER_PACKAGE)
    facts = tmp_path / "doubling-1.0.dist-info"
    facts.mkdir()
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: doubling\nVersion: 1.0\n")
    (facts / "entry_points.txt").write_text("[iot_kernel.magics]\ndouble = doubling:double\n")
    settings = {"PYTHONPATH": str(tmp_path), "IOT_DEVICE": f"sim://{tmp_path}/board?vm={vm}"}
    kernel = KernelClient(cwd, environment | settings)
    try:
        assert kernel("%double 21").text.endswith("42\n")
        assert "Double a number on the board" in kernel("%lsmagic").text
        assert "usage: %double" in kernel("%double -h").text
        assert "invalid int value" in kernel("%double x").traceback
    finally:
        kernel.close()


def test_host_magics_can_be_switched_off(
    cwd: Path, environment: dict[str, str], tmp_path: Path, vm: str
) -> None:
    settings = {"IOT_ALLOW_HOST_MAGICS": "0", "IOT_DEVICE": f"sim://{tmp_path}?vm={vm}"}
    kernel = KernelClient(cwd, environment | settings)
    try:
        for cell in ("!touch made", "%%bash\ntouch made", "%%host\nopen('made', 'w')"):
            shown = kernel(cell)
            assert shown.status == "error"
            assert "is switched off here" in shown.traceback
        assert not (cwd / "made").exists()
        assert kernel("6 * 7").result == "42"
    finally:
        kernel.close()
