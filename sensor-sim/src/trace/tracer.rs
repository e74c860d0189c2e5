//! Writing a trace: a transport around another one that writes down what goes through it.

use super::{
    hex,
    line::{Bytes, Direction, Header, Line},
    redact::Pseudonyms,
};
use pulsebook_core::ble::{
    Attributes, BleTransport, Characteristic, Pending, Sensor, SensorId, TransportError, TransportEvent,
    UnixMillis,
};
use std::{
    fmt, io,
    io::Write,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// A trace that is being written. Clones write to the same one.
pub struct Writing<W>(Arc<Mutex<Pen<W>>>);

struct Pen<W> {
    /// Taken when the trace is finished.
    out: Option<W>,
    names: Option<Pseudonyms>,
    latest: UnixMillis,
    /// The first thing that went wrong; nothing is written after it.
    error: Option<io::Error>,
}

impl<W: Write> Writing<W> {
    /// Begins a trace with its header.
    ///
    /// # Errors
    /// The header cannot be written.
    pub fn begin(mut out: W, header: &Header) -> io::Result<Writing<W>> {
        serde_json::to_writer(&mut out, header)?;
        out.write_all(b"\n")?;
        let names = header.redacted.then(Pseudonyms::default);
        Ok(Writing(Arc::new(Mutex::new(Pen { out: Some(out), names, latest: header.start_ms, error: None }))))
    }

    /// Ends it; gives back what was written to. Whatever comes later is not written.
    ///
    /// # Errors
    /// The first line that could not be written.
    pub fn finish(&self) -> io::Result<Option<W>> {
        let mut pen = self.pen();
        let mut out = pen.out.take();
        if let Some(error) = pen.error.take() {
            return Err(error);
        }
        out.as_mut().map_or(Ok(()), Write::flush)?;
        Ok(out)
    }

    fn pen(&self) -> MutexGuard<'_, Pen<W>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn line(&self, line: Line) {
        let mut pen = self.pen();
        if pen.error.is_none() {
            pen.error = pen.write(line).err();
        }
    }
}

impl<W: Write> Pen<W> {
    fn write(&mut self, mut line: Line) -> io::Result<()> {
        self.latest = self.latest.max(line.at_ms);
        if let Some(names) = &mut self.names {
            line = names.redact(line);
        }
        let Some(out) = &mut self.out else { return Ok(()) };
        serde_json::to_writer(&mut *out, &line)?;
        out.write_all(b"\n")
    }
}

impl<W> Clone for Writing<W> {
    fn clone(&self) -> Writing<W> {
        Writing(self.0.clone())
    }
}

impl<W> fmt::Debug for Writing<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Writing")
    }
}

/// A transport that is written down. What goes through it is not changed, and a trace that cannot be written stops nobody.
pub struct Tracer<T, W> {
    inner: T,
    writing: Writing<W>,
    /// What this device's clock shows.
    now: Box<dyn FnMut() -> UnixMillis + Send>,
}

impl<T, W> fmt::Debug for Tracer<T, W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tracer")
    }
}

impl<T: BleTransport, W: Write + Send> Tracer<T, W> {
    /// Writes down what goes through this transport; `now` is asked when something was asked of a sensor.
    pub fn new(
        inner: T,
        writing: &Writing<W>,
        now: impl FnMut() -> UnixMillis + Send + 'static,
    ) -> Tracer<T, W> {
        Tracer { inner, writing: writing.clone(), now: Box::new(now) }
    }

    fn asked<V>(
        &mut self,
        (sensor, what, at): (&SensorId, Direction, Option<Characteristic>),
        bytes: impl FnOnce(&V) -> Option<Vec<u8>>,
        result: Result<V, TransportError>,
    ) -> Result<V, TransportError> {
        let line = Line::bare((self.now)(), sensor.as_str(), what);
        let mut line = at.map_or(line.clone(), |at| line.at(at)).ended(&result);
        if let Some(bytes) = result.as_ref().ok().and_then(bytes) {
            line.bytes = Bytes::Hex(hex::of(&bytes));
        }
        self.writing.line(line);
        result
    }
}

impl<T: BleTransport, W: Write + Send> BleTransport for Tracer<T, W> {
    fn scan(&mut self) -> Pending<'_, Result<Vec<Sensor>, TransportError>> {
        Box::pin(async {
            let found = self.inner.scan().await?;
            for sensor in &found {
                let line = Line::bare((self.now)(), sensor.id.as_str(), Direction::Scanned);
                self.writing.line(line.about(sensor));
            }
            Ok(found)
        })
    }

    fn connect<'a>(&'a mut self, sensor: &'a SensorId) -> Pending<'a, Result<(), TransportError>> {
        Box::pin(async {
            let result = self.inner.connect(sensor).await;
            self.asked((sensor, Direction::Connect, None), |()| None, result)
        })
    }

    fn disconnect<'a>(&'a mut self, sensor: &'a SensorId) -> Pending<'a, Result<(), TransportError>> {
        Box::pin(async {
            let result = self.inner.disconnect(sensor).await;
            self.asked((sensor, Direction::Disconnect, None), |()| None, result)
        })
    }

    fn attributes<'a>(&'a mut self, sensor: &'a SensorId) -> Pending<'a, Result<Attributes, TransportError>> {
        self.inner.attributes(sensor)
    }

    fn read<'a>(
        &'a mut self,
        sensor: &'a SensorId,
        at: Characteristic,
    ) -> Pending<'a, Result<Vec<u8>, TransportError>> {
        Box::pin(async move {
            let result = self.inner.read(sensor, at).await;
            self.asked((sensor, Direction::Read, Some(at)), |bytes: &Vec<u8>| Some(bytes.clone()), result)
        })
    }

    fn write<'a>(
        &'a mut self,
        sensor: &'a SensorId,
        at: Characteristic,
        bytes: &'a [u8],
    ) -> Pending<'a, Result<(), TransportError>> {
        Box::pin(async move {
            let result = self.inner.write(sensor, at, bytes).await;
            self.asked((sensor, Direction::Write, Some(at)), |()| Some(bytes.to_vec()), result)
        })
    }

    fn subscribe<'a>(
        &'a mut self,
        sensor: &'a SensorId,
        at: Characteristic,
    ) -> Pending<'a, Result<(), TransportError>> {
        Box::pin(async move {
            let result = self.inner.subscribe(sensor, at).await;
            self.asked((sensor, Direction::Subscribe, Some(at)), |()| None, result)
        })
    }

    fn next_event(&mut self) -> Pending<'_, Option<TransportEvent>> {
        Box::pin(async {
            let event = self.inner.next_event().await;
            let latest = self.writing.pen().latest;
            if let Some(line) = event.as_ref().and_then(|event| Line::of_event(event, latest)) {
                self.writing.line(line);
            }
            event
        })
    }
}
