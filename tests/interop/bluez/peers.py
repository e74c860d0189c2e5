"""The sensors that Linux meets: GATT servers on bumble, written from the Bluetooth SIG's specifications.

None of Pulsebook's own encoders is used: Heart Rate 1.0, Glucose 1.0.1, Pulse Oximeter 1.0.1, Device Information 1.1.
"""

import asyncio
import struct
from collections.abc import Callable

from air import Air
from bumble import hci
from bumble.att import ATT_Error, Attribute, AttributeValue
from bumble.controller import Controller
from bumble.core import UUID, AdvertisingData
from bumble.device import Connection, Device
from bumble.gatt import Characteristic, Service
from bumble.host import Host
from bumble.keys import MemoryKeyStore
from bumble.pairing import PairingConfig, PairingDelegate
from bumble.transport.common import AsyncPipeSink

READ, WRITE = Characteristic.Properties.READ, Characteristic.Properties.WRITE
NOTIFY, INDICATE = Characteristic.Properties.NOTIFY, Characteristic.Properties.INDICATE
OPEN = Attribute.Permissions.READABLE
ENCRYPTED = OPEN | Attribute.Permissions.READ_REQUIRES_ENCRYPTION
AUTHENTICATED = ENCRYPTED | Attribute.Permissions.READ_REQUIRES_AUTHENTICATION
WRITE_AUTHENTICATED = (
    Attribute.Permissions.WRITEABLE
    | Attribute.Permissions.WRITE_REQUIRES_ENCRYPTION
    | Attribute.Permissions.WRITE_REQUIRES_AUTHENTICATION
)
# ATT, Core Vol 3 Part F, 3.4.1.1, and the Common Profile and Service Error Codes.
CCCD_WRONG = 0xFD


class Pairing(PairingDelegate):
    """The sensor's part in a pairing: the number that it shows, and whether its wearer agrees."""

    def __init__(self, io: PairingDelegate.IoCapability) -> None:
        super().__init__(io)
        self.shown: int | None = None
        self.agrees = True

    async def display_number(self, number: int, digits: int) -> None:
        self.shown = number

    async def compare_numbers(self, number: int, digits: int) -> bool:
        self.shown = number
        return self.agrees


class Peer:
    """One sensor: what it offers, and what was seen of it."""

    io = PairingDelegate.NO_OUTPUT_NO_INPUT
    mitm = False
    serial = ENCRYPTED

    def __init__(self, air: Air, number: int, name: str) -> None:
        self.name, self.address = name, f"C0:11:ED:00:00:{number:02X}"
        self.air = air
        self.controller = Controller(name, link=air)
        # Legacy advertising, as most sensors do.
        self.controller.le_features &= ~hci.LeFeatureMask.LE_EXTENDED_ADVERTISING
        host = Host(self.controller, AsyncPipeSink(self.controller))
        self.device = Device(name=name, address=hci.Address(self.address), host=host)
        self.device.keystore = MemoryKeyStore()
        self.delegate = Pairing(self.io)
        self.device.pairing_config_factory = lambda _: PairingConfig(
            sc=True, mitm=self.mitm, bonding=True, delegate=self.delegate
        )
        self.connection: Connection | None = None
        self.connections = self.pairings = self.encryptions = self.serial_reads = 0
        self.failures: list[str] = []
        self.device.on("connection", self._connected)
        for service in [*self.services(), self._about()]:
            self.device.add_service(service)

    def services(self) -> list[Service]:
        raise NotImplementedError

    async def start(self) -> None:
        await self.device.power_on()
        advertised = [
            (AdvertisingData.FLAGS, b"\x06"),
            (AdvertisingData.COMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS, self.services_heard()),
            (AdvertisingData.COMPLETE_LOCAL_NAME, self.name.encode()),
        ]
        await self.device.start_advertising(
            auto_restart=True,
            advertising_data=bytes(AdvertisingData(advertised)),
            advertising_interval_min=200,
            advertising_interval_max=200,
        )

    def services_heard(self) -> bytes:
        raise NotImplementedError

    def _about(self) -> Service:
        """Device Information: the serial number is for those with a bond alone."""

        def serial(connection: Connection) -> bytes:
            self.serial_reads += 1
            return f"SN-{self.name}".encode()

        about = [
            Characteristic(UUID.from_16_bits(0x2A29), READ, OPEN, b"Acceptance"),
            Characteristic(UUID.from_16_bits(0x2A25), READ, self.serial, AttributeValue(read=serial)),
        ]
        return Service(UUID.from_16_bits(0x180A), about)

    def _connected(self, connection: Connection) -> None:
        self.connection = connection
        self.connections += 1
        connection.on("disconnection", lambda _: self._disconnected())
        connection.on("pairing", lambda *_: self._count("pairings"))
        connection.on("pairing_failure", lambda reason: self.failures.append(f"pairing: {reason!r}"))
        connection.on("connection_encryption_change", lambda: self._count("encryptions"))

    def _count(self, what: str) -> None:
        setattr(self, what, getattr(self, what) + 1)

    def _disconnected(self) -> None:
        self.connection = None

    def leave(self) -> None:
        """Out of reach, without a word."""
        self.air.break_link(self.controller)

    async def forget_bonds(self) -> None:
        """As when its battery was taken out, or its leaflet's reset was done."""
        self.device.keystore = MemoryKeyStore()

    async def until(self, what: str, holds: Callable[[], bool], seconds: float) -> None:
        """Waits until something holds of this sensor."""
        try:
            async with asyncio.timeout(seconds):
                while not holds():
                    await asyncio.sleep(0.02)
        except TimeoutError:
            raise AssertionError(f"{self.name}: not within {seconds:.0f} s: {what} ({self.seen()})") from None

    def seen(self) -> str:
        names = ("connections", "pairings", "encryptions", "serial_reads", "failures")
        return ", ".join(f"{name} {getattr(self, name)}" for name in names)


class Strap(Peer):
    """A heart-rate strap without a display: ten measurements a second, each another number."""

    def services(self) -> list[Service]:
        self.sent: list[int] = []
        self.sending: asyncio.Task | None = None
        self.measurement = Characteristic(UUID.from_16_bits(0x2A37), NOTIFY, OPEN, b"")
        self.measurement.on("subscription", self._subscribed)
        return [Service(UUID.from_16_bits(0x180D), [self.measurement])]

    def services_heard(self) -> bytes:
        return struct.pack("<H", 0x180D)

    def _subscribed(self, connection: Connection, notify: bool, indicate: bool) -> None:
        if self.sending:
            self.sending.cancel()
        self.sending = asyncio.create_task(self._send(connection)) if notify else None

    async def _send(self, connection: Connection) -> None:
        while connection is self.connection:
            # In contact, 16 bits; no number comes again before 150 others, so that each notification is known again.
            rate = 50 + len(self.sent) % 150
            await self.device.notify_subscriber(connection, self.measurement, struct.pack("<BH", 0x07, rate))
            self.sent.append(rate)
            await asyncio.sleep(0.1)

    def _disconnected(self) -> None:
        super()._disconnected()
        if self.sending:
            self.sending.cancel()


class Oximeter(Peer):
    """A pulse oximeter that shows a number and has a button for yes; it measures for those that paired so."""

    io = PairingDelegate.DISPLAY_OUTPUT_AND_YES_NO_INPUT
    mitm = True
    serial = AUTHENTICATED

    def services(self) -> list[Service]:
        features = Characteristic(UUID.from_16_bits(0x2A60), READ, OPEN, struct.pack("<H", 0))
        self.measurement = Characteristic(UUID.from_16_bits(0x2A5F), NOTIFY, OPEN, b"")
        return [Service(UUID.from_16_bits(0x1822), [features, self.measurement])]

    def services_heard(self) -> bytes:
        return struct.pack("<H", 0x1822)


class Meter(Peer):
    """A glucose meter that shows a number; its memory is told to those that paired with it, and the link breaks in the middle."""

    io = PairingDelegate.DISPLAY_OUTPUT_ONLY
    mitm = True
    serial = AUTHENTICATED
    records = 40
    # After how many records the link breaks, once.
    breaks_after: int | None = 17

    def services(self) -> list[Service]:
        self.asked: list[bytes] = []
        self.told: list[int] = []
        self.measurement = Characteristic(UUID.from_16_bits(0x2A18), NOTIFY, OPEN, b"")
        features = Characteristic(UUID.from_16_bits(0x2A51), READ, OPEN, struct.pack("<H", 0))
        self.control = Characteristic(
            UUID.from_16_bits(0x2A52), WRITE | INDICATE, WRITE_AUTHENTICATED, AttributeValue(write=self._write)
        )
        return [Service(UUID.from_16_bits(0x1808), [self.measurement, features, self.control])]

    def services_heard(self) -> bytes:
        return struct.pack("<H", 0x1808)

    def record(self, number: int) -> bytes:
        """Number, 2026-03-01 at 08:00 + the number in minutes, 80 mg/dL + the number: capillary whole blood, from a finger.

        Concentration in kg/L as an SFLOAT with the exponent -5: 80 mg/dL are 0.00080 kg/L.
        """
        minutes = 8 * 60 + number
        when = struct.pack("<HBBBBB", 2026, 3, 1, minutes // 60, minutes % 60, 0)
        amount = (0xB << 12) | (80 + number)
        return struct.pack("<BH", 0x02, number) + when + struct.pack("<HB", amount, 0x11)

    def _subscribed_to(self, characteristic: Characteristic) -> bool:
        wanted = self.device.gatt_server.subscribers.get(self.connection, {})
        return any(wanted.get(characteristic.handle, b"\0\0"))

    def _write(self, connection: Connection, value: bytes) -> None:
        value = bytes(value)
        self.asked.append(value)
        if not (self._subscribed_to(self.measurement) and self._subscribed_to(self.control)):
            raise ATT_Error(CCCD_WRONG)
        asyncio.create_task(self._do(connection, value))

    def _chosen(self, operand: bytes) -> list[int] | None:
        """The records that an operator and its operand mean; `None`: not understood."""
        match operand[0], operand[1:2]:
            case 1, b"":
                return list(range(1, self.records + 1))
            case 3, b"\x01" if len(operand) == 4:
                return list(range(struct.unpack_from("<H", operand, 2)[0], self.records + 1))
            case 5, b"":
                return [1]
            case 6, b"":
                return [self.records]
        return None

    async def _do(self, connection: Connection, value: bytes) -> None:
        code, chosen = value[0], self._chosen(value[1:])
        if code not in (1, 4):
            answer = bytes([6, 0, code, 2])
        elif chosen is None:
            answer = bytes([6, 0, code, 4])
        elif code == 4:
            answer = struct.pack("<BBH", 5, 0, len(chosen))
        elif not chosen:
            answer = bytes([6, 0, 1, 6])
        else:
            for number in chosen:
                if self.breaks_after == len(self.told):
                    self.breaks_after = None
                    return self.leave()
                await self.device.notify_subscriber(connection, self.measurement, self.record(number))
                self.told.append(number)
                await asyncio.sleep(0.02)
            answer = bytes([6, 0, 1, 1])
        await self.device.indicate_subscriber(connection, self.control, answer)
