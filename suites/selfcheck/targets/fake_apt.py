"""A stand-in for apt and dpkg: a mirror with one package, for the checks of fetching."""

from pathlib import Path

from helpers.kernels import packages
from helpers.kernels.packages import PackageError

DEB = b"a package"


class Apt:
    """Stands in for apt and dpkg: notes what it is asked, and can fail."""

    def __init__(self, monkeypatch):
        self.asked = []
        self.version = "1.0"
        self.checksum = packages.hashlib.sha256(DEB).hexdigest()
        self.fails = set()
        self.files = {"boot/vmlinuz": b"kernel", "lib/one.ko": b"module"}
        monkeypatch.setattr(packages, "_run", self.run)

    def run(self, command, what, cwd=None, **_):
        """Do what the real ones do."""
        word = next(word for word in ("update", "show", "download", "-x", "indextargets") if word in command)
        self.asked.append(word)
        if word in self.fails:
            raise PackageError(f"{what}: no network")
        if word == "show":
            return f"Package: kernel\nVersion: {self.version}\nSHA256: {self.checksum}\n"
        if word == "update":
            lists = Path(next(text for text in command if "State::Lists" in text).partition("=")[2])
            (lists / "mirror_Packages").write_text(self.version)
        if word == "download":
            (cwd / "kernel.deb").write_bytes(DEB)
        if word == "-x":
            for name, data in self.files.items():
                (Path(command[-1]) / name).parent.mkdir(exist_ok=True)
                (Path(command[-1]) / name).write_bytes(data)
        return ""

    def since(self):
        """Return what was asked since the last call."""
        asked, self.asked = self.asked, []
        return [word for word in asked if word != "indextargets"]
