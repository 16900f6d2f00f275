"""What a machine may have otherwise without any difference to a run: folders, streams, the reader of a list."""

import os
import subprocess
import sys

import pytest

from fixtures.clauses import ROOT
from suites.selfcheck.environments.surroundings import command_in, sockproof, suite_in

pytestmark = pytest.mark.timeout(300)

PATH = "suites/unix/bind/test_path.py"


@pytest.mark.usefixtures("initial_user_namespace")
@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_checkout_that_cannot_be_written_to(tmp_path, workers):
    outcome = suite_in(["readonly-checkout"], tmp_path, "-n", workers, PATH)

    assert (outcome.status, outcome.broken) == (0, []), outcome.out + outcome.err
    assert (tmp_path / "index.html").exists()
    assert (tmp_path / ".pytest_cache").is_dir()
    assert "Warning" not in outcome.out + outcome.err


@pytest.mark.usefixtures("initial_user_namespace")
@pytest.mark.parametrize("workers", ["0", "2"])
@pytest.mark.parametrize("place", ["", "v", "v/cache", "v/cache/nodeids"])
def test_notes_of_pytest_that_cannot_be_written(small_suite, workers, place):
    cache = small_suite.folder / ".pytest_cache"
    (cache / "v" / "cache").mkdir(parents=True)
    (cache / "v" / "cache" / "nodeids").write_text("[]")
    (cache / place).chmod(0o555)  # CAP_DAC_OVERRIDE is dropped
    small_suite.write('@promise\ndef test_one():\n    """Holds."""\n')
    command = [word for word in small_suite.command("-n", workers) if word not in ("-p", "no:cacheprovider")]

    # tox would have pytest keep its notes in the tox environment
    here = ["sh", "-c", 'unset TOX_ENV_DIR; cd "$0" && exec "$@"', str(small_suite.folder)]
    done = command_in(["capabilities"], [*here, *command])

    assert done.status == 0, done.out + done.err
    assert (small_suite.folder / "out" / ".pytest_cache").is_dir()
    assert (small_suite.folder / "out" / "run.json").exists()
    assert "Warning" not in done.out + done.err


@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_parent_that_ignores_its_children(tmp_path, workers):
    outcome = suite_in(["children-ignored"], tmp_path, "-n", workers, PATH)

    assert (outcome.status, outcome.err) == (0, "")


@pytest.mark.parametrize("workers", ["0", "2"])
def test_the_folder_of_another_user_s_temporary_files(tmp_path, workers, other_uid):
    folder = tmp_path / "pytest-of-root"
    folder.mkdir()
    os.chown(folder, other_uid, other_uid)

    outcome = suite_in(
        ["user-namespace"],
        tmp_path / "record",
        "-n",
        workers,
        PATH,
        PYTEST_DEBUG_TEMPROOT=str(tmp_path),
        LOGNAME="root",
    )

    assert (outcome.status, outcome.broken) == (0, []), outcome.out + outcome.err
    assert (tmp_path / "pytest-of-root-1").is_dir()


@pytest.mark.parametrize("workers", ["0", "2"])
def test_standard_output_that_is_closed(tmp_path, workers):
    outcome = suite_in(["no-output"], tmp_path, "-n", workers, PATH)

    assert (outcome.status, outcome.broken, outcome.err) == (0, [], "")
    assert outcome.verdicts["pass"] > 5


def test_a_reader_that_leaves_after_one_line():
    lister = subprocess.Popen(
        sockproof("catalogue"), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace"
    )
    with lister:
        first = lister.stdout.readline()
        lister.stdout.close()
        errors = lister.stderr.read()

    assert (first.strip() != "", errors, lister.returncode) == (True, "", 0)


@pytest.mark.parametrize("environment", ["plain", "user-namespace"])
def test_the_doctor_says_what_is_skipped_and_what_to_change(environment):
    done = command_in([environment], sockproof("doctor"))

    assert (done.status, done.err) == (0, "")
    assert "This machine can be proven" in done.out
    if environment == "user-namespace":
        for words in (
            "initial user namespace",
            "a second user",
            "to change",
            "docker run ",
            "podman run ",
            "hostUsers",
        ):
            assert words in done.out


def test_the_doctor_says_that_nothing_can_be_proven():
    done = command_in(["few-namespaces"], sockproof("doctor"))

    assert (done.status, done.err) == (4, "")
    assert "Nothing can be proven here" in done.out


@pytest.mark.usefixtures("initial_user_namespace")
@pytest.mark.parametrize(
    ("environment", "status", "words"),
    [
        ("chroot", 0, "CAP_SYS_CHROOT, mount(2), /proc/sys"),
        ("chroot-locked", 0, "this is a chroot, whose mounts cannot be kept from spreading"),
        ("chroot-capabilities", 4, "this is a chroot, in which the kernel makes no user namespaces: run it as root"),
    ],
)
def test_the_doctor_says_of_a_chroot_what_is_so(environment, status, words):
    done = command_in([environment], sockproof("doctor"))

    told = " ".join(done.out.split())
    assert (done.status, done.err) == (status, ""), told
    assert (words in told, "mount(2) is refused" in told) == (True, False), told


@pytest.mark.usefixtures("initial_user_namespace")
def test_what_is_mounted_in_a_chroot_stays_there():
    spread = (
        "import os, subprocess; from helpers import isolation; from helpers.libc import libc; "
        "from helpers.net.namespaces import unshare; os.mkdir('/mine'); "
        "outer = os.open('/proc/self/ns/mnt', os.O_RDONLY); unshare(0x20000); "
        "{keep}; libc.mount(b'none', b'/mine', b'tmpfs', 0, None); "
        "inside = os.path.ismount('/mine'); "
        "libc.setns(outer, 0x20000); os.chroot('/mnt/root'); print(inside, os.path.ismount('/mine'))"
    )

    def run(keep):
        done = command_in(["chroot"], [sys.executable, "-c", spread.format(keep=keep)])
        return done.out.strip() or done.err

    assert run("None") == "True True"  # the control: without it the mount spreads
    assert run("isolation.keep_mounts()") == "True False"
