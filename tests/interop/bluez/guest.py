"""The virtual machine: started, told what to do line by line, ended."""

import asyncio
import contextlib
import ctypes
import re
import shlex
import signal
from pathlib import Path

from image import Archive

PATIENT = "patient"
END = re.compile(rb"(?:^|\n)=== (\w+)\n")


class Trouble(Exception):
    """The machine did not do what was asked of it."""


def ends_with_parent(how: signal.Signals = signal.SIGKILL) -> None:
    """The calling process gets this signal when the one that started it ends, however that ends."""
    PR_SET_PDEATHSIG = 1
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, how)


def archive_of(files: dict[str, Path], out: Path) -> None:
    """What is added to the system: programs, by the names that they get."""
    archive = Archive()
    for name, path in files.items():
        archive.file(name, path.read_bytes(), 0o755)
    out.write_bytes(archive.end())


class Guest:
    """One machine, with a Bluetooth adapter at the other end of a serial line."""

    def __init__(self, folder: Path, image: Path, own: Path, megabytes: int) -> None:
        self.folder, self.image, self.own, self.megabytes = folder, image, own, megabytes
        self.console = folder / "console.log"
        self.heard = b""
        self.arrived = asyncio.Event()

    async def start(self, hci: Path, seconds: float) -> None:
        line = self.folder / "line"
        connected = asyncio.get_running_loop().create_future()
        self.server = await asyncio.start_unix_server(lambda *ends: connected.set_result(ends), line)
        initrd = self.folder / "initrd"
        initrd.write_bytes((self.image / "system.cpio").read_bytes() + self.own.read_bytes())
        command = [
            "qemu-system-x86_64", "-accel", "tcg,thread=multi", "-cpu", "max", "-machine", "q35", "-smp", "2",
            "-m", str(self.megabytes), "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
            "-kernel", self.image / "kernel", "-initrd", initrd,
            "-append", "console=ttyS0 quiet panic=-1 mitigations=off random.trust_cpu=on",
            "-chardev", f"file,id=console,path={self.console}", "-serial", "chardev:console",
            "-chardev", f"socket,id=hci,path={hci}", "-serial", "chardev:hci",
            "-chardev", f"socket,id=line,path={line}", "-serial", "chardev:line",
        ]  # fmt: skip
        self.qemu = await asyncio.create_subprocess_exec(
            *map(str, command), stdin=asyncio.subprocess.DEVNULL, preexec_fn=ends_with_parent
        )
        async with asyncio.timeout(10):
            reader, self.writer = await connected
        self.reading = asyncio.create_task(self._read(reader))
        await self._answer(seconds)

    async def _read(self, reader: asyncio.StreamReader) -> None:
        while data := await reader.read(4096):
            self.heard += data.replace(b"\r", b"")
            self.arrived.set()

    async def _until(self, found: callable, seconds: float, what: str) -> object:
        try:
            async with asyncio.timeout(seconds):
                while not (answer := found()):
                    if self.qemu.returncode is not None:
                        raise Trouble(f"the machine ended (code {self.qemu.returncode})")
                    self.arrived.clear()
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(self.arrived.wait(), 1)
                return answer
        except TimeoutError:
            heard = self.heard.decode(errors="replace")
            raise Trouble(f"no {what} within {seconds:.0f} s; it said: {heard[-1500:]}") from None

    async def _answer(self, seconds: float) -> tuple[str, str]:
        """What was said until the mark, and the word of the mark."""
        found = await self._until(lambda: END.search(self.heard), seconds, "answer")
        text = self.heard[: found.start()].decode(errors="replace")
        self.heard = self.heard[found.end() :]
        return text, found.group(1).decode()

    def _say(self, line: str) -> None:
        self.writer.write(line.encode() + b"\n")

    async def run(self, line: str, seconds: float = 30, code: int | None = 0) -> str:
        """Runs a line of the shell as root; `code`: what it must end with, if that matters."""
        self._say(line)
        text, ended = await self._answer(seconds)
        if code is not None and int(ended) != code:
            raise Trouble(f"`{line}` ended with {ended}, not {code}: {text[-1500:]}")
        return text

    async def patient(self, line: str, seconds: float = 60, code: int | None = 0) -> str:
        """Runs a line as the patient."""
        return await self.run(f"su {PATIENT} -c {shlex.quote(f'cd ~ && {line}')}", seconds, code)

    async def asked(self, question: str, seconds: float) -> str:
        """Waits for a question of what runs; gives what was said until then."""
        await self._until(lambda: question.encode() in self.heard, seconds, f"question “{question}”")
        return self.heard.decode(errors="replace")

    def begin(self, line: str) -> None:
        """Runs a line as the patient that will ask something; then come `asked`, `type` and `ended`."""
        self._say(f"su {PATIENT} -c {shlex.quote(f'cd ~ && {line}')}")

    def type(self, text: str) -> None:
        self._say(text)

    async def ended(self, seconds: float, code: int = 0) -> str:
        text, ended = await self._answer(seconds)
        if int(ended) != code:
            raise Trouble(f"it ended with {ended}, not {code}: {text[-1500:]}")
        return text

    async def stop(self) -> None:
        """Ends the machine, whatever it does."""
        if not hasattr(self, "qemu"):
            return
        with contextlib.suppress(ProcessLookupError):
            self.qemu.kill()
        await self.qemu.wait()
        if hasattr(self, "reading"):
            self.reading.cancel()
            self.writer.close()
        self.server.close()
