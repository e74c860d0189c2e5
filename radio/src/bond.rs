//! Whether this device holds a bond with a sensor: Linux tells, other systems keep it to themselves.

use crate::foreign::{Error, Remote, Result};

/// Asks the operating system about bonds.
#[derive(Debug, Default)]
pub(crate) struct Bonds {
    /// One for all questions: a session never ends.
    #[cfg(target_os = "linux")]
    session: tokio::sync::OnceCell<bluez_async::BluetoothSession>,
}

impl Bonds {
    #[cfg(target_os = "linux")]
    pub(crate) async fn is_paired(&self, remote: &Remote) -> Result<bool> {
        use crate::foreign::RemoteApi as _;
        let failed = |error: bluez_async::BluetoothError| Error::Other(Box::new(error));
        let id = remote.id().to_string().parse().map_err(failed)?;
        let begin = || async { bluez_async::BluetoothSession::new().await.map(|(_, session)| session) };
        let session = self.session.get_or_try_init(begin).await.map_err(failed)?;
        Ok(session.get_device_info(&id).await.map_err(failed)?.paired)
    }

    #[cfg(not(target_os = "linux"))]
    pub(crate) async fn is_paired(&self, _: &Remote) -> Result<bool> {
        Err(Error::NotSupported("this system does not tell".to_owned()))
    }
}
