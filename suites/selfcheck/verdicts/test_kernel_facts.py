"""What is said of the kernel is read from where it stands, and nothing is said where nothing stands."""

import gzip
import os
import platform

import pytest

from helpers import kernel

X86_VM = "processor\t: 0\nvendor_id\t: GenuineIntel\nflags\t\t: fpu hypervisor sse\n"
X86_IRON = "processor\t: 0\nvendor_id\t: GenuineIntel\nflags\t\t: fpu sse\n"
UML = "processor\t: 0\nvendor_id\t: User Mode Linux\nmodel name\t: UML\n"
ARM = "processor\t: 0\nFeatures\t: fp asimd\n"


@pytest.fixture
def files(tmp_path, monkeypatch):
    """A root of its own for the module's files: files("/proc/version", "…") writes one. The log says nothing."""

    def write(path, content):
        file = tmp_path / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())

    def opened(path, *arguments, **named):
        return open(tmp_path / path.lstrip("/"), *arguments, **named)

    cached = (kernel.version, kernel.config, kernel.runs_on)
    for function in cached:
        function.cache_clear()
    monkeypatch.setattr(kernel, "Path", lambda path: tmp_path / path.lstrip("/"))
    monkeypatch.setattr(kernel, "open", opened, raising=False)
    monkeypatch.setattr(kernel, "_dmesg_head", lambda: "")
    yield write
    for function in cached:
        function.cache_clear()


@pytest.mark.parametrize(
    ("text", "version"),
    [("6.18", (6, 18)), ("6.18.3", (6, 18)), ("2.6.27", (2, 6)), ("2.2", (2, 2)), ("10.0", (10, 0))],
)
def test_a_release_is_its_first_two_numbers(text, version):
    assert kernel.parse_version(text) == version


@pytest.mark.parametrize("text", ["", "6", "6.", "6.18-rc1", "6.18.", "v6.18", "6.18.3.1", " 6.18", "6.18 "])
def test_what_is_no_release_is_refused(text):
    with pytest.raises(ValueError, match="not a kernel release"):
        kernel.parse_version(text)


def test_releases_compare_as_numbers():
    assert kernel.parse_version("6.9") < kernel.parse_version("6.18") < kernel.parse_version("10.0")


@pytest.mark.parametrize(
    ("release", "version"),
    [
        ("6.18.44-cloud", (6, 18)),
        ("7.2.0-rc1+", (7, 2)),
        ("5.10.0-32-amd64", (5, 10)),
        ("4.4.0", (4, 4)),
        ("6.9", (6, 9)),
    ],
)
def test_this_kernel_s_version_comes_from_its_release(files, monkeypatch, release, version):
    monkeypatch.setattr(platform, "release", lambda: release)

    assert kernel.version() == version


CONFIG = '#\n# CONFIG_UML is not set\nCONFIG_PACKET=y\nCONFIG_VETH=m\nCONFIG_HZ=250\nCONFIG_NAME="a b"\n'
VALUES = {"CONFIG_PACKET": "y", "CONFIG_VETH": "m", "CONFIG_HZ": "250", "CONFIG_NAME": '"a b"'}


@pytest.mark.parametrize("place", ["/proc/config.gz", "/boot/config-6.1-x", "/lib/modules/6.1-x/config"])
def test_the_configuration_is_found(files, monkeypatch, place):
    monkeypatch.setattr(platform, "release", lambda: "6.1-x")
    files("/boot/config-6.2-y", "CONFIG_OTHER=y\n")
    files(place, gzip.compress(CONFIG.encode()) if place.endswith(".gz") else CONFIG)

    assert kernel.config() == (place, VALUES)


def test_the_running_kernel_s_own_configuration_is_preferred(files, monkeypatch):
    monkeypatch.setattr(platform, "release", lambda: "6.1-x")
    files("/boot/config-6.1-x", "CONFIG_OTHER=y\n")
    files("/proc/config.gz", gzip.compress(CONFIG.encode()))

    assert kernel.config() == ("/proc/config.gz", VALUES)


def test_without_a_configuration_nothing_is_said(files):
    assert kernel.config() == ("", {})


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ({"/proc/version": "Linux version 4.4.0 (gVisor)"}, "gVisor"),
        ({"/proc/cpuinfo": UML}, "User Mode Linux"),
        ({"/proc/cpuinfo": X86_VM, "/sys/class/dmi/id/sys_vendor": "QEMU\n"}, "VM (QEMU)"),
        ({"/proc/cpuinfo": X86_VM, "/sys/hypervisor/type": "xen\n"}, "VM (xen)"),
        ({"/proc/cpuinfo": X86_VM}, "VM"),
        ({"/proc/cpuinfo": X86_IRON, "/sys/class/dmi/id/sys_vendor": "LENOVO\n"}, "bare metal or unknown VM"),
        ({"/proc/cpuinfo": ARM}, "bare metal or unknown VM"),
        ({}, "bare metal or unknown VM"),
    ],
    ids=["gvisor", "uml", "vm-vendor", "vm-type", "vm", "iron", "arm", "nothing"],
)
def test_what_it_runs_on_is_told(files, content, expected):
    for path, text in content.items():
        files(path, text)

    assert kernel.runs_on() == expected


def test_gvisor_is_known_by_its_log(files, monkeypatch):
    files("/proc/version", "Linux version 4.4.0")
    monkeypatch.setattr(kernel, "_dmesg_head", lambda: "[ 0.000000] Starting gVisor...\n")

    assert kernel.runs_on() == "gVisor"


@pytest.mark.parametrize(("text", "bits"), [("0\n", 0), ("4609\n", 4609), ("", 0), ("what", 0)])
def test_taint_is_read(files, text, bits):
    assert kernel.taint() == 0  # there is no such file
    files("/proc/sys/kernel/tainted", text)

    assert kernel.taint() == bits


@pytest.mark.parametrize("inside", [True, False])
def test_the_record_s_facts_are_those_of_this_machine(inside):
    facts = kernel.describe(1000, inside)

    assert (facts["release"], facts["version"], facts["machine"]) == (os.uname()[2], os.uname()[3], os.uname()[4])
    assert facts["cpus"] == len(os.sched_getaffinity(0))
    assert (facts["privileges"], facts["user"]) == ("user namespace" if inside else "root", {"uid": 1000})
    assert facts["python"] == platform.python_version()
    assert tuple(map(int, facts["release"].split(".")[:2])) == kernel.version()
