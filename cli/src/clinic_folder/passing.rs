//! Passing a grant on, as the commands see it.

use super::Clinic;
use crate::{
    clinic_folder::left,
    exit::{Failure, Outcome},
    moment,
};
use pulsebook_grantee::{PassOn, PassOnError, PassedOn, ReadError, ReadSession};
use pulsebook_protocol::{card::GrantFile, random::SystemRandom};

impl Clinic {
    /// Reads what there is, and makes the grant file for the delegate.
    ///
    /// # Errors
    /// The patient did not allow it, or nothing could be read.
    pub(crate) async fn pass_on(&self, grant: &GrantFile, wish: &PassOn) -> Outcome<PassedOn> {
        let session = ReadSession::new(GrantFile::parse(&grant.to_json())?, self.keys()?)?;
        let clock = || moment::seconds(moment::now());
        match session.pass_on(wish, &clock, &mut SystemRandom).await {
            Ok(passed) => Ok(passed),
            Err(PassOnError::Read(ReadError::NoNode { left })) => Err(left::failure(&left)),
            Err(error) => Err(Failure::from(error).action("nothing was passed on; no file was written")),
        }
    }
}
