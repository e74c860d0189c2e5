//! Types that wrap an [`InProcess`](super::InProcess) as transports themselves.

/// Makes a type that wraps an [`InProcess`] a transport, too.
macro_rules! transport {
    ($name:ty $(where $parameter:ident: $first:ident $(+ $more:ident)*)?) => {
        impl $(<$parameter: $first $(+ $more)*>)? pulsebook_core::ble::BleTransport for $name {
            fn scan(
                &mut self,
            ) -> pulsebook_core::ble::Pending<
                '_,
                Result<Vec<pulsebook_core::ble::Sensor>, pulsebook_core::ble::TransportError>,
            > {
                self.0.scan()
            }

            fn connect<'a>(
                &'a mut self,
                sensor: &'a pulsebook_core::ble::SensorId,
            ) -> pulsebook_core::ble::Pending<'a, Result<(), pulsebook_core::ble::TransportError>> {
                self.0.connect(sensor)
            }

            fn disconnect<'a>(
                &'a mut self,
                sensor: &'a pulsebook_core::ble::SensorId,
            ) -> pulsebook_core::ble::Pending<'a, Result<(), pulsebook_core::ble::TransportError>> {
                self.0.disconnect(sensor)
            }

            fn attributes<'a>(
                &'a mut self,
                sensor: &'a pulsebook_core::ble::SensorId,
            ) -> pulsebook_core::ble::Pending<
                'a,
                Result<pulsebook_core::ble::Attributes, pulsebook_core::ble::TransportError>,
            > {
                self.0.attributes(sensor)
            }

            fn read<'a>(
                &'a mut self,
                sensor: &'a pulsebook_core::ble::SensorId,
                at: pulsebook_core::ble::Characteristic,
            ) -> pulsebook_core::ble::Pending<'a, Result<Vec<u8>, pulsebook_core::ble::TransportError>> {
                self.0.read(sensor, at)
            }

            fn write<'a>(
                &'a mut self,
                sensor: &'a pulsebook_core::ble::SensorId,
                at: pulsebook_core::ble::Characteristic,
                bytes: &'a [u8],
            ) -> pulsebook_core::ble::Pending<'a, Result<(), pulsebook_core::ble::TransportError>> {
                self.0.write(sensor, at, bytes)
            }

            fn subscribe<'a>(
                &'a mut self,
                sensor: &'a pulsebook_core::ble::SensorId,
                at: pulsebook_core::ble::Characteristic,
            ) -> pulsebook_core::ble::Pending<'a, Result<(), pulsebook_core::ble::TransportError>> {
                self.0.subscribe(sensor, at)
            }

            fn next_event(
                &mut self,
            ) -> pulsebook_core::ble::Pending<'_, Option<pulsebook_core::ble::TransportEvent>> {
                self.0.next_event()
            }
        }
    };
}

pub(crate) use transport;
