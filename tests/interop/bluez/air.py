"""The air: bumble's link between virtual controllers, one of which is the adapter of the virtual machine.

Three things are put right, without which Linux cannot work with bumble 0.0.236's controller; each says which.
"""

import logging
from pathlib import Path

from bumble import hci
from bumble.controller import Controller
from bumble.core import PhysicalTransport
from bumble.link import LocalLink
from bumble.transport.unix import open_unix_server_transport

logger = logging.getLogger(__name__)


class Air(LocalLink):
    """Carries what controllers send to each other, and loses it when told to."""

    def send_acl_data(self, sender_controller, destination_address, transport, data) -> None:
        """Under the address that the connection was made with. bumble takes the sender's random address, which Linux changes
        for every scan while it connects with its public one."""
        connection = sender_controller.le_connections.get(destination_address)
        receiver = self.find_le_controller(destination_address)
        if transport != PhysicalTransport.LE or connection is None or receiver is None:
            logger.info("lost on the way to %s: %s", destination_address, data.hex())
            return
        receiver.on_link_acl_data(connection.self_address, transport, data)

    def break_link(self, controller: Controller) -> None:
        """The connections of this controller are gone without a word, as when a sensor leaves the room: each side notices by its
        supervision time-out. What is on its way is lost."""
        for connection in list(controller.le_connections.values()):
            other = self.find_le_controller(connection.peer_address)
            back = other and other.le_connections.get(connection.self_address)
            controller.on_le_disconnected(connection, hci.HCI_ErrorCode.CONNECTION_TIMEOUT_ERROR)
            if back:
                other.on_le_disconnected(back, hci.HCI_ErrorCode.CONNECTION_TIMEOUT_ERROR)


class Adapter(Controller):
    """The adapter that Linux drives."""

    # bumble's controller claims both and then sends only the events of those that have neither.
    le_features = Controller.le_features & ~(
        hci.LeFeatureMask.LE_EXTENDED_ADVERTISING | hci.LeFeatureMask.LL_PRIVACY
    )

    def on_hci_le_create_connection_cancel_command(self, command):
        """A cancelled connection ends with an event (Core 5.4, Vol 4, Part E, 7.8.13), which bumble leaves out, and with it
        every later connection."""
        pending, self.pending_le_connection = self.pending_le_connection, None
        if pending is None:
            return hci.HCI_StatusReturnParameters(hci.HCI_ErrorCode.COMMAND_DISALLOWED_ERROR)
        self.send_hci_packet(
            hci.HCI_LE_Connection_Complete_Event(
                status=hci.HCI_ErrorCode.UNKNOWN_CONNECTION_IDENTIFIER_ERROR,
                connection_handle=0,
                role=hci.Role.CENTRAL,
                peer_address_type=pending.peer_address_type,
                peer_address=pending.peer_address,
                connection_interval=0,
                peripheral_latency=0,
                supervision_timeout=0,
                central_clock_accuracy=0,
            )
        )
        return hci.HCI_StatusReturnParameters(hci.HCI_ErrorCode.SUCCESS)


async def adapter(air: Air, socket: Path, address: str) -> Adapter:
    """The adapter behind a socket that the virtual machine's serial line leads to."""
    line = await open_unix_server_transport(str(socket))
    adapter = Adapter("adapter", host_source=line.source, host_sink=line.sink, link=air, public_address=address)
    adapter.line = line
    return adapter
