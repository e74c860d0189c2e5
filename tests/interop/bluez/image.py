"""Makes the virtual machine's kernel and file system out of unpacked Debian packages.

    image.py ROOT OUT    ROOT: where the packages were unpacked; OUT: receives `kernel` and `system.cpio`

Only what the machine needs goes in: the programs, the libraries that they load, and the kernel's modules for Bluetooth.
"""

import lzma
import os
import re
import stat
import subprocess
import sys
from pathlib import Path

PROGRAMS = [
    "usr/libexec/bluetooth/bluetoothd",
    "usr/bin/bluetoothctl",
    "usr/bin/btattach",
    "usr/bin/dbus-daemon",
]
FILES = [
    "usr/share/dbus-1/system.conf",
    "usr/share/dbus-1/system.d/bluetooth.conf",
    "etc/dbus-1/system.d/bluetooth.conf",
    "etc/bluetooth/main.conf",
]
# Bluetooth over a serial line, and what the kernel's Secure Connections compute with. The random generator comes first:
# without it the kernel's own test of its elliptic curve fails.
MODULES = [
    "sha512_generic", "sha3_generic", "ctr", "jitterentropy_rng", "drbg", "ecdh_generic", "cmac", "ecb", "ccm",
    "algif_hash", "algif_skcipher", "bluetooth", "hci_uart", "uhid",
]
# The machine's interpreter of programs, and where it looks for libraries.
LOADER = "lib64/ld-linux-x86-64.so.2"
LIBRARIES = ["lib/x86_64-linux-gnu", "usr/lib/x86_64-linux-gnu", "usr/lib/x86_64-linux-gnu/systemd"]
FOLDERS = ["dev", "proc", "sys", "tmp", "run", "run/dbus", "root", "home", "home/patient", "var", "var/lib", "var/lib/bluetooth", "etc", "bin"]


def in_root(root: Path, path: str) -> Path:
    """A file of the unpacked system, whose links lead within it."""
    at = root / path
    for _ in range(8):
        if not at.is_symlink():
            return at
        to = os.readlink(at)
        at = root / to.lstrip("/") if to.startswith("/") else at.parent / to
    raise SystemExit(f"{path} links in a circle")


def loaded(root: Path, program: Path) -> dict[str, Path]:
    """The libraries that a program loads, by the names by which it asks for them."""
    places = ":".join(str(root / place) for place in LIBRARIES)
    command = [in_root(root, LOADER), "--library-path", places, "--list", program]
    answer = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = re.findall(r"^\s*(\S+) => (\S+)", answer, re.M)
    return {name: Path(path) for name, path in found}


def wanted_modules(root: Path) -> tuple[str, list[Path]]:
    """The kernel's version, and the modules in the order in which they can be loaded."""
    folder = next((root / "lib/modules").iterdir())
    there = {re.sub(r"\.ko.*", "", path.name).replace("-", "_"): path for path in folder.rglob("*.ko*")}
    order: list[str] = []

    def add(name: str) -> None:
        name = name.replace("-", "_")
        if name in order or name not in there:
            return
        needs = re.search(rb"\0depends=([^\0]*)", b"\0" + module(there[name]))
        for other in (needs.group(1).decode().split(",") if needs else []):
            add(other)
        order.append(name)

    for name in MODULES:
        add(name)
    for name in ("bluetooth", "hci_uart"):
        if name not in order:
            raise SystemExit(f"the kernel has no module {name}")
    return folder.name, [there[name] for name in order]


def module(path: Path) -> bytes:
    data = path.read_bytes()
    return lzma.decompress(data) if path.suffix == ".xz" else data


def kernel(root: Path, version: str) -> bytes:
    """The kernel unpacked, which a virtual machine starts without decompressing it first; else as it comes."""
    packed = (root / f"boot/vmlinuz-{version}").read_bytes()
    at = packed.find(b"\xfd7zXZ\0")
    if at < 0:
        return packed
    return lzma.LZMADecompressor().decompress(packed[at:])


class Archive:
    """A cpio archive as the kernel unpacks it (Documentation/driver-api/early-userspace/buffer-format)."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.number = 0

    def add(self, name: str, data: bytes, mode: int) -> None:
        self.number += 1
        encoded = name.encode() + b"\0"
        fields = [self.number, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(encoded), 0]
        self._put(b"070701" + b"".join(b"%08X" % field for field in fields) + encoded)
        self._put(data)

    def _put(self, data: bytes) -> None:
        self.data += data
        self.data += b"\0" * (-len(self.data) % 4)

    def folder(self, name: str, mode: int = 0o755) -> None:
        self.add(name, b"", stat.S_IFDIR | mode)

    def file(self, name: str, data: bytes, mode: int = 0o644) -> None:
        self.add(name, data, stat.S_IFREG | mode)

    def link(self, name: str, to: str) -> None:
        self.add(name, to.encode(), stat.S_IFLNK | 0o777)

    def end(self) -> bytes:
        self.add("TRAILER!!!", b"", 0)
        return bytes(self.data)


def system(root: Path) -> tuple[bytes, bytes]:
    """The kernel, and the archive of the system."""
    version, modules = wanted_modules(root)
    files: dict[str, bytes] = {}
    libraries: dict[str, Path] = {LOADER: in_root(root, LOADER)}
    for name in PROGRAMS:
        program = in_root(root, name)
        files[name] = program.read_bytes()
        libraries |= {f"lib/{library}": path for library, path in loaded(root, program).items()}
    # What every program built here loads.
    for library in ("libgcc_s.so.1", "libm.so.6", "libc.so.6"):
        libraries[f"lib/{library}"] = next(
            path for place in LIBRARIES if (path := in_root(root, f"{place}/{library}")).exists()
        )
    archive = Archive()
    folders = set(FOLDERS) | {"lib", "lib64", "modules"}
    files |= {name: in_root(root, name).read_bytes() for name in FILES if (root / name).exists()}
    for name in files:
        folders |= {str(parent) for parent in Path(name).parents if str(parent) != "."}
    for folder in sorted(folders):
        archive.folder(folder, 0o1777 if folder == "tmp" else 0o755)
    for name, data in files.items():
        archive.file(name, data, 0o755 if name in PROGRAMS else 0o644)
    for name, path in libraries.items():
        archive.file(name, path.read_bytes(), 0o755)
    archive.file("bin/busybox", (root / "bin/busybox").read_bytes(), 0o755)
    archive.link("bin/sh", "busybox")
    archive.link("var/run", "/run")
    for number, path in enumerate(modules):
        archive.file(f"modules/{number:02}-{path.name.split('.')[0]}.ko", module(path))
    return kernel(root, version), archive.end()


def main() -> None:
    root, out = Path(sys.argv[1]), Path(sys.argv[2])
    made, archive = system(root)
    (out / "kernel").write_bytes(made)
    (out / "system.cpio").write_bytes(archive)


if __name__ == "__main__":
    main()
