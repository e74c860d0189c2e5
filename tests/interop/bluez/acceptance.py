"""Pulsebook on a real Linux with a real BlueZ, against sensors that somebody else's Bluetooth stack plays.

    acceptance.py IMAGE PULSEBOOK      IMAGE: the folder that `image.py` filled; PULSEBOOK: the program

Each step says ok or FAILED and how long it took; the first that fails ends the run.
"""

import asyncio
import contextlib
import json
import logging
import signal
import sys
import tempfile
import time
from pathlib import Path

from air import Air, adapter
from guest import Guest, archive_of, ends_with_parent
from peers import Meter, Oximeter, Strap

HERE = Path(__file__).parent
# Of the virtual machine, in MiB.
MEMORY = 768
# The whole run, in seconds: about ten times what it takes on an idle machine.
LONGEST = 900
RECORD = "--dir record --passphrase-file passphrase"


def expect(holds: bool, what: object) -> None:
    if not holds:
        raise AssertionError(str(what))


class Steps:
    """Runs the steps in their order and tells of each."""

    def __init__(self) -> None:
        self.passed = 0

    @contextlib.asynccontextmanager
    async def step(self, name: str):
        begun = time.monotonic()
        try:
            yield
        except BaseException:
            print(f"FAILED  {time.monotonic() - begun:5.1f} s  {name}", flush=True)
            raise
        self.passed += 1
        print(f"ok      {time.monotonic() - begun:5.1f} s  {name}", flush=True)


class Stage:
    """The machine, the sensors, and what a patient does with both."""

    def __init__(self, guest: Guest, air: Air) -> None:
        self.guest = guest
        self.strap, self.finger, self.meter = Strap(air, 1, "Strap"), Oximeter(air, 2, "Finger"), Meter(air, 3, "Meter")
        self.peers = [self.strap, self.finger, self.meter]
        # What the strap sent while somebody collected, up to Ctrl-C.
        self.begun = self.due = 0

    async def json(self, command: str) -> object:
        return json.loads(await self.guest.patient(f"pulsebook {command} --json"))

    async def readings(self, vital: str) -> list[dict]:
        lines = await self.guest.patient(f"pulsebook show {RECORD} --list --vital {vital} --json")
        return [json.loads(line) for line in lines.splitlines() if line.startswith("{")]

    async def collect(self, *sensors: str) -> None:
        """Begins to collect in the background, as long as nobody says stop."""
        names, self.begun = " ".join(sensors), len(self.strap.sent)
        line = f"exec pulsebook collect {RECORD} --ble {names} >collect.log 2>&1"
        await self.guest.run(f"su patient -c 'cd ~ && {line}' & collecting=$!")

    async def stop(self) -> str:
        """Presses Ctrl-C, and gives what was said while it collected."""
        self.due += len(self.strap.sent) - self.begun
        await self.guest.run("killall -INT pulsebook; wait $collecting", 60)
        return await self.guest.patient("cat collect.log")

    async def pair(self, sensor: str, question: str, answer: callable, code: int = 0) -> str:
        self.guest.begin(f"pulsebook pair {sensor} --duration 3s")
        await self.guest.asked(question, 40)
        self.guest.type(answer())
        return await self.guest.ended(60, code)

    async def bonded(self) -> dict[str, int]:
        """How well each bond that BlueZ keeps is protected, by the sensor's address: 2 without a number, 3 with one."""
        told = await self.guest.run("grep -H ^Authenticated /var/lib/bluetooth/*/*/info | sort -u", code=None)
        lines = [line.split("/") for line in told.splitlines() if "Authenticated=" in line]
        return {parts[5]: int(parts[6].rsplit("=", 1)[1]) for parts in lines}


async def play(stage: Stage, step: callable) -> None:
    guest, strap, finger, meter = stage.guest, stage.strap, stage.finger, stage.meter

    async with step("a patient without other rights makes a record"):
        await guest.patient("echo a-passphrase-for-the-acceptance >passphrase")
        await guest.patient(f"pulsebook init {RECORD} --words-out words", 120)

    async with step("discover: the scan lists the three sensors, with what they are"):
        found = {row["name"]: row for row in (await stage.json("scan --duration 4s"))["sensors"]}
        kinds = {name: row["kind"] for name, row in found.items()}
        expect(kinds == {"Strap": "heart-rate strap", "Finger": "pulse oximeter", "Meter": "glucose meter"}, found)
        expect(all(row["signal_dbm"] == -50 for row in found.values()), found)

    async with step("not paired: what wants a bond is told, and nothing hangs"):
        await stage.collect("Finger")
        # Stopped while it is connected again: Linux 6.1 can lose count of a connection that is given up while it is made.
        again = "[ $(grep -c 'Finger.*: connected' /home/patient/collect.log) -ge 2 ]"
        await guest.run(f"for i in $(seq 90); do {again} && break; sleep 1; done", 120)
        told = await stage.stop()
        expect("Finger (pulse oximeter): it may want to be paired first" in told, told)
        expect(finger.pairings == 0 and finger.serial_reads == 0 and await stage.bonded() == {}, finger.seen())

    async with step("pair, Just Works: asked, answered no, no bond stays"):
        question = "cannot show a number"
        told = await stage.pair("Strap", question, lambda: "no", 1)
        expect("not answered with yes" in told and await stage.bonded() == {}, told)
        await strap.forget_bonds()

    async with step("pair, Just Works: asked, answered yes"):
        told = await stage.pair("Strap", question, lambda: "yes")
        expect("Paired with Strap." in told and await stage.bonded() == {strap.address: 2}, told)

    async with step("pair, passkey: a wrong number is refused"):
        question = "Type it (nothing to stop)"
        told = await stage.pair("Meter", question, lambda: f"{(meter.delegate.shown + 1) % 1_000_000:06}", 1)
        expect("refused" in told and meter.address not in await stage.bonded(), told)

    async with step("pair, passkey: the number that the meter shows"):
        told = await stage.pair("Meter", question, lambda: f"{meter.delegate.shown:06}")
        expect("Paired with Meter." in told and (await stage.bonded())[meter.address] == 3, told)

    async with step("pair, numeric comparison: answered no, no bond"):
        question = "Type yes or no"
        told = await stage.pair("Finger", question, lambda: "no", 1)
        expect(f"{finger.delegate.shown:06}" in told and finger.address not in await stage.bonded(), told)

    async with step("pair, numeric comparison: the same number on both"):
        told = await stage.pair("Finger", question, lambda: "yes")
        expect(f"Does the sensor show {finger.delegate.shown:06}, too?" in told, (told, finger.delegate.shown))
        expect((await stage.bonded())[finger.address] == 3, told)

    async with step("pair again: nothing is changed"):
        told = await guest.patient("pulsebook pair Finger --duration 3s")
        expect("paired already" in told, told)

    async with step("subscribe: 50 notifications of the strap, each once, in order"):
        pairings = strap.pairings
        await stage.collect("Strap")
        await strap.until("50 notifications", lambda: len(strap.sent) >= 50, 60)
        told = await stage.stop()
        kept = [reading["value"] for reading in await stage.readings("heart-rate")]
        # What was on its way when it ended may be missing, and nothing else.
        expect(kept == strap.sent[: len(kept)] and len(kept) >= 50, (kept, strap.sent, told))

    async with step("encrypted reads: the serial number, told to bonded ones alone"):
        await stage.collect("Finger")
        await finger.until("its serial number is read", lambda: finger.serial_reads > 0, 60)
        await stage.stop()
        says = {sensor["name"]: sensor["says"] for sensor in (await stage.json(f"sensors {RECORD}"))["sensors"]}
        expect(says["Strap"].get("serial number") == "SN-Strap" and says["Finger"].get("serial number") == "SN-Finger", says)

    async with step("bonded reconnect: out of reach for a moment, back with the old bond"):
        encryptions, sent = strap.encryptions, len(strap.sent)
        await stage.collect("Strap")
        await strap.until("10 notifications", lambda: len(strap.sent) >= sent + 10, 60)
        strap.leave()
        await strap.until("it is back", lambda: len(strap.sent) >= sent + 40, 90)
        told = await stage.stop()
        expect(strap.encryptions == encryptions + 2 and strap.pairings == pairings, strap.seen())
        expect("lost (connection lost); it is looked for" in told and told.count("Strap (heart-rate strap): connected") == 2, told)

    async with step("bonded reconnect: after BlueZ itself was started anew"):
        encryptions, sent = strap.encryptions, len(strap.sent)
        await guest.run("killall bluetoothd; sleep 2; until bluetoothctl show | grep -q 'Powered: yes'; do sleep 1; done")
        await stage.collect("Strap")
        await strap.until("10 notifications", lambda: len(strap.sent) >= sent + 10, 60)
        await stage.stop()
        expect(strap.encryptions == encryptions + 1 and strap.pairings == pairings, strap.seen())

    async with step(f"backfill: {meter.records} records, the link cut after {meter.breaks_after}, each kept once"):
        cut = meter.breaks_after
        await stage.collect("Meter")
        await meter.until("the last record", lambda: meter.records in meter.told, 120)
        await guest.run("sleep 2")
        told = await stage.stop()
        kept = [reading["value"] for reading in await stage.readings("glucose-capillary-blood")]
        expect(kept == [80 + number for number in range(1, meter.records + 1)], (kept, meter.asked, told))
        expect(meter.connections >= 2 and "lost (connection lost)" in told, told)
        expect(meter.told[:cut] == list(range(1, cut + 1)) and meter.pairings == 1, meter.told)
        print(f"        the meter was asked {[value.hex(' ') for value in meter.asked]} and sent {len(meter.told)} records")

    async with step("backfill: the next session asks for what is new, and nothing is kept twice"):
        asked, told = len(meter.asked), len(meter.told)
        await stage.collect("Meter")
        await meter.until("it is asked", lambda: len(meter.asked) > asked, 60)
        await guest.run("sleep 3")
        await stage.stop()
        new = b"\x04\x03\x01" + (meter.records + 1).to_bytes(2, "little")
        expect(meter.asked[asked] == new, meter.asked)
        # It may look at the newest record, to see whether the meter counts anew.
        expect(set(meter.told[told:]) <= {meter.records}, meter.told)
        expect(len(await stage.readings("glucose-capillary-blood")) == meter.records, meter.told)

    async with step("all three at once"):
        sent, before = len(strap.sent), [peer.connections for peer in stage.peers]
        await stage.collect()
        for peer, count in zip(stage.peers, before):
            await peer.until("it is connected", lambda: peer.connections > count, 60)
        await strap.until("20 notifications", lambda: len(strap.sent) >= sent + 20, 60)
        await stage.stop()

    async with step("over all sessions: what is kept was sent, in that order, nothing twice"):
        kept = [reading["value"] for reading in await stage.readings("heart-rate")]
        # The numbers repeat only after 150: whatever is there twice is not found again in what follows.
        rest = iter(strap.sent)
        expect(all(value in rest for value in kept), (kept, strap.sent))
        # What was on its way when the link broke is lost.
        expect(len(kept) >= stage.due - 3, (len(kept), stage.due))
        print(f"        the strap sent {stage.due} before the Ctrl-C of each session, {len(kept)} are kept")


async def last_words(stage: Stage) -> None:
    """What is known when a step failed."""
    for peer in stage.peers:
        print(f"        {peer.name}: {peer.seen()}")
    print(f"        the meter was asked {[value.hex(' ') for value in stage.meter.asked]} and sent {stage.meter.told}")
    with contextlib.suppress(Exception):
        print(await stage.guest.run("cat /home/patient/collect.log", 20))


async def run(image: Path, pulsebook: Path, folder: Path) -> None:
    steps = Steps()
    own = folder / "own.cpio"
    archive_of({"init": HERE / "init", "usr/bin/pulsebook": pulsebook}, own)
    air = Air()
    # Linux closes the line when the machine ends.
    hci = folder / "hci"
    await adapter(air, hci, "AA:BB:CC:00:00:01")
    guest = Guest(folder, image, own, MEMORY)
    stage = Stage(guest, air)
    try:
        async with asyncio.timeout(LONGEST):
            async with steps.step("a real Linux starts, and BlueZ finds its adapter"):
                for peer in stage.peers:
                    await peer.start()
                await guest.start(hci, 180)
                versions = (await guest.run("uname -sr; bluetoothctl version")).splitlines()
                print(f"        {versions[0]}, BlueZ {versions[-1].split()[-1]}")
                await guest.run("until bluetoothctl show | grep -q 'Powered: yes'; do sleep 1; done", 60)
            await play(stage, steps.step)
    except Exception as error:
        await last_words(stage)
        print(f"\n{type(error).__name__}: {error}\n\nwhat the machine said last:")
        if guest.console.exists():
            print(guest.console.read_text(errors="replace")[-3000:])
        raise SystemExit(1) from error
    finally:
        await guest.stop()
    print(f"{steps.passed} passed, 0 failed")


def main() -> None:
    image, pulsebook = Path(sys.argv[1]), Path(sys.argv[2])
    logging.basicConfig(level=logging.CRITICAL)
    # Told to end, or left alone, it takes the machine and its files with it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    ends_with_parent(signal.SIGTERM)
    with tempfile.TemporaryDirectory(prefix="pulsebook-") as folder:
        if len(sys.argv) > 3:
            logging.basicConfig(level=logging.DEBUG, filename=sys.argv[3], filemode="w", force=True)
        asyncio.run(run(image, pulsebook, Path(folder)))


if __name__ == "__main__":
    main()
