//! Pairing: who wants it, what the agent is asked, and what follows from its answer.

use super::{
    agents::{AGENT, Question},
    calls::{Answer, Operation},
    outbox::Properties,
    refusal::Refusal,
    remote::DEVICE,
    world::World,
};
use crate::gatt::{Pairing, Security};
use pulsebook_core::ble::Characteristic;
use std::{num::NonZeroU32, time::Duration};
use zbus::{Message, ObjectPath, message::Type};

/// A pairing under way.
#[derive(Debug)]
pub(super) struct Attempt {
    /// The call that asks the agent; `None`: nobody can be asked, and those who wait are left without an answer.
    asked: Option<(NonZeroU32, String, Question)>,
    /// What the link is protected with after a yes.
    gains: Security,
    deadline: Duration,
    waiting: Vec<Waiting>,
}

/// A call that is answered when the pairing has ended.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) call: Message,
    pub(super) what: Wanted,
}

#[derive(Debug)]
pub(super) enum Wanted {
    Pairing,
    Operation(Characteristic, Operation),
}

impl World {
    /// Pairs for this call, or lets it wait for the pairing that is under way.
    pub(super) fn pair_for(&mut self, place: usize, waiting: Waiting) -> Result<Answer, Refusal> {
        let deadline = self.elapsed.saturating_add(self.options.agent_patience);
        let World { remotes, agents, out, .. } = self;
        let remote = remotes.get_mut(place).ok_or(Refusal::DOES_NOT_EXIST)?;
        let wants_pairing = matches!(waiting.what, Wanted::Pairing);
        if let Some(attempt) = &mut remote.attempt {
            if wants_pairing {
                return Err(Refusal::IN_PROGRESS);
            }
            attempt.waiting.push(waiting);
            return Ok(Answer::Otherwise);
        }
        let pairing = remote.server.sensor().about().pairing;
        let failed = || if wants_pairing { Refusal::AUTHENTICATION_FAILED } else { Refusal::NOT_PAIRED };
        let header = waiting.call.header();
        let client = header.sender().map(|name| name.as_str()).filter(|_| wants_pairing);
        let agent = agents.asked(client);
        let (asked, gains) = match agent.map(|agent| (agent, agent.question(pairing))) {
            Some((_, None)) => return Err(failed()),
            // BlueZ takes the wish to pair for the yes (src/device.c, `device_confirm_passkey`).
            Some((_, Some((Question::Authorization, gains)))) if wants_pairing => {
                remote.attempt = Some(Attempt { asked: None, gains, deadline, waiting: vec![waiting] });
                self.end_pairing(place, Ok(()));
                return Ok(Answer::Otherwise);
            }
            Some((agent, Some((question, gains)))) => {
                let number = ask(out, &remote.path, (&agent.client, &agent.path), question);
                (number.map(|number| (number, agent.client.clone(), question)), gains)
            }
            None if wants_pairing || pairing == Pairing::Refused => return Err(failed()),
            None => (None, Security::Open),
        };
        remote.attempt = Some(Attempt { asked, gains, deadline, waiting: vec![waiting] });
        Ok(Answer::Otherwise)
    }

    /// An answer came from a client; it may be that of an agent.
    pub(super) fn answered(&mut self, message: &Message) {
        let header = message.header();
        let Some(number) = header.reply_serial() else { return };
        let is = |asked: &(NonZeroU32, String, Question)| asked.0 == number;
        let of = |attempt: &Attempt| attempt.asked.as_ref().filter(|asked| is(asked)).map(|asked| asked.2);
        let found = self.remotes.iter().enumerate().find_map(|(place, remote)| {
            remote.attempt.as_ref().and_then(of).map(|question| (place, question))
        });
        let Some((place, question)) = found else { return };
        self.end_pairing(place, verdict(message, question));
    }

    /// Ends the pairing, and answers those who waited for it.
    pub(super) fn end_pairing(&mut self, place: usize, verdict: Result<(), Refusal>) {
        let Some(remote) = self.remotes.get_mut(place) else { return };
        let Some(attempt) = remote.attempt.take() else { return };
        let wished = attempt.waiting.iter().any(|waiting| matches!(waiting.what, Wanted::Pairing));
        remote.untold = wished && verdict.is_err();
        if verdict.is_ok() {
            remote.server.keep_bond(attempt.gains);
            remote.bond = attempt.gains;
            let changed = Properties::from([("Bonded", true.into()), ("Paired", true.into())]);
            self.out.changed(&remote.path, DEVICE, changed);
        }
        for Waiting { call, what } in attempt.waiting {
            let answer = match (what, &verdict) {
                (Wanted::Pairing, Ok(())) => Ok(Answer::Done),
                (Wanted::Pairing, Err(refusal)) => Err(refusal.clone()),
                // The question has been asked once; a link that is still too weak is a refusal now.
                (Wanted::Operation(at, operation), Ok(())) => self.operate(place, at, operation),
                (Wanted::Operation(..), Err(refusal)) if *refusal == Refusal::OPERATION_FAILED => {
                    Err(refusal.clone())
                }
                (Wanted::Operation(..), Err(_)) => Err(Refusal::NOT_PAIRED),
            };
            self.settle(&call, answer);
        }
    }

    /// The person gives up (`CancelPairing`), or the agent goes away.
    pub(super) fn cancel_pairing(&mut self, place: usize) -> Result<Answer, Refusal> {
        let remote = self.remotes.get(place).ok_or(Refusal::DOES_NOT_EXIST)?;
        remote.attempt.as_ref().ok_or(Refusal::DOES_NOT_EXIST)?;
        self.tell_agent_to_stop(place);
        self.end_pairing(place, Err(Refusal::AUTHENTICATION_CANCELED));
        Ok(Answer::Done)
    }

    /// The pairings whose agent has left the bus fail.
    pub(super) fn agent_gone(&mut self, client: &str) {
        self.agents.forget(client);
        for place in 0..self.remotes.len() {
            let attempt = self.remotes.get(place).and_then(|remote| remote.attempt.as_ref());
            let asked = attempt.and_then(|attempt| attempt.asked.as_ref());
            if asked.is_some_and(|(_, other, _)| other == client) {
                self.end_pairing(place, Err(Refusal::AUTHENTICATION_CANCELED));
            }
        }
    }

    /// When patience with an agent ends, in real time since the start.
    pub(super) fn deadline(&self) -> Option<Duration> {
        self.remotes.iter().filter_map(|remote| remote.attempt.as_ref()).map(|attempt| attempt.deadline).min()
    }

    /// Ends the pairings that have waited too long. One that nobody could be asked about takes the sensor with it, and
    /// whoever waits for it is never answered: that is what BlueZ does.
    pub(super) fn lose_patience(&mut self) {
        for place in 0..self.remotes.len() {
            let Some(remote) = self.remotes.get_mut(place) else { continue };
            match &remote.attempt {
                Some(attempt) if attempt.deadline <= self.elapsed => {}
                _ => continue,
            }
            if remote.attempt.as_ref().is_some_and(|attempt| attempt.asked.is_none()) {
                remote.attempt = None;
                self.forget(place);
            } else {
                self.tell_agent_to_stop(place);
                self.end_pairing(place, Err(Refusal::AUTHENTICATION_TIMEOUT));
            }
        }
    }

    fn tell_agent_to_stop(&mut self, place: usize) {
        let attempt = self.remotes.get(place).and_then(|remote| remote.attempt.as_ref());
        let Some((_, client, _)) = attempt.and_then(|attempt| attempt.asked.as_ref()) else { return };
        if let Some(agent) = self.agents.asked(Some(client)) {
            self.out.call((&agent.client, &agent.path), (AGENT, "Cancel"), &());
        }
    }
}

/// Asks the agent.
fn ask(
    out: &mut super::outbox::Outbox,
    sensor: &str,
    agent: (&str, &str),
    question: Question,
) -> Option<NonZeroU32> {
    let sensor = ObjectPath::from_str_unchecked(sensor);
    match question {
        Question::Authorization => out.call(agent, (AGENT, "RequestAuthorization"), &sensor),
        Question::Passkey(_) => out.call(agent, (AGENT, "RequestPasskey"), &sensor),
        Question::Confirmation(digits) => out.call(agent, (AGENT, "RequestConfirmation"), &(sensor, digits)),
    }
}

/// What an agent's answer comes to.
fn verdict(message: &Message, question: Question) -> Result<(), Refusal> {
    if message.message_type() == Type::Error {
        let header = message.header();
        let canceled = header.error_name().is_some_and(|name| name.as_str() == "org.bluez.Error.Canceled");
        let refusal =
            if canceled { Refusal::AUTHENTICATION_CANCELED } else { Refusal::AUTHENTICATION_FAILED };
        return Err(refusal);
    }
    match question {
        Question::Passkey(shown) => {
            let typed: Result<u32, _> = message.body().deserialize();
            if typed.ok() == Some(shown) { Ok(()) } else { Err(Refusal::AUTHENTICATION_FAILED) }
        }
        Question::Authorization | Question::Confirmation(_) => Ok(()),
    }
}
