"""The index of a kernel's modules says what depmod(8) says; the first file system holds what was put in."""

import shutil
from pathlib import Path

import pytest

from helpers.kernels import depmod, initramfs
from helpers.kernels.kinds import uml
from helpers.kernels.packages import PackageError
from helpers.kernels.targets import find


@pytest.fixture(scope="module")
def packaged() -> Path:
    """The modules of a package that depmod(8) has indexed."""
    try:
        return uml.files(find("uml-6.12"))[1]
    except PackageError as error:
        pytest.skip(f"no modules to compare with: {error}")


def needs(index: Path) -> dict[str, list[str]]:
    """Return the names of the modules that each one needs, in the order of loading."""
    lines = (line.partition(":") for line in (index / "modules.dep").read_text().splitlines())
    return {depmod.name_of(path): [depmod.name_of(need) for need in reversed(rest.split())] for path, _, rest in lines}


def test_the_index_agrees_with_depmods(packaged, tmp_path, monkeypatch):
    monkeypatch.setenv("SOCKPROOF_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / packaged.name
    shutil.copytree(packaged / "kernel", folder / "kernel")

    index = depmod.indexed(folder)

    theirs, ours = needs(packaged), needs(index)
    assert len(ours) > 100
    assert {name: set(found) for name, found in ours.items()} == {name: set(theirs[name]) for name in ours}
    for found in ours.values():
        for place, name in enumerate(found):
            assert set(ours[name]) <= set(found[:place])
    aliases = set((packaged / "modules.alias").read_text().splitlines())
    assert set((index / "modules.alias").read_text().splitlines()) <= aliases
    assert depmod.indexed(folder) == index


def test_a_folder_without_modules_is_one_clear_line(tmp_path):
    with pytest.raises(PackageError, match="holds no modules"):
        depmod.indexed(tmp_path)


def test_the_archive_holds_busybox_and_init(tmp_path):
    busybox = tmp_path / "busybox"
    busybox.write_bytes(b"program")

    data = initramfs.build(busybox, None, Path("/next/init"))

    assert data.startswith(b"070701")
    assert len(data) % 4 == 0
    assert b"bin/busybox\0" in data
    assert b"program" in data
    assert b"switch_root /new /next/init" in data
    assert b"TRAILER!!!" in data
