//! Bonds, made in every way, and what becomes of those who want one and get none.

use crate::{
    BATTERY, scripted,
    stage::{self, Theatre, limits, strap_id, times},
};
use pulsebook_core::ble::{BleTransport, Characteristic, LinkState, Pending, TransportError, TransportEvent};
use pulsebook_radio::{
    Limits,
    pairing::{Paired, PairingError, Patience, Questions, pair},
};
use pulsebook_sensor_sim::gatt::{Pairing, Security, SimSensor};
use std::{future::ready, time::Duration};

const NUMBER: u32 = 42_117;

/// Answers as told, and notes what was asked.
#[derive(Default)]
struct Told {
    number: Option<u32>,
    yes: bool,
    silent: bool,
    asked: Vec<String>,
}

impl Told {
    fn answer<T: Send + 'static>(&mut self, question: String, answer: T) -> Pending<'_, T> {
        self.asked.push(question);
        if self.silent { Box::pin(std::future::pending()) } else { Box::pin(ready(answer)) }
    }
}

impl Questions for Told {
    fn number_shown(&mut self) -> Pending<'_, Option<u32>> {
        self.answer("shown".to_owned(), self.number)
    }

    fn same_number(&mut self, number: u32) -> Pending<'_, bool> {
        self.answer(format!("same {number:06}"), self.yes)
    }

    fn type_on_sensor(&mut self, number: u32) -> Pending<'_, ()> {
        self.answer(format!("type {number:06}"), ())
    }

    fn without_number(&mut self) -> Pending<'_, bool> {
        self.answer("without".to_owned(), self.yes)
    }
}

fn protected(pairing: Pairing, security: Security) -> Vec<Box<dyn SimSensor>> {
    vec![Box::new(scripted().answers(BATTERY, &[77]).protected(pairing, security))]
}

fn patience() -> Patience {
    Patience { question: Duration::from_millis(300), ..Patience::default() }
}

/// Pairs the one sensor with these answers.
async fn paired(theatre: &mut Theatre, told: &mut Told) -> Result<Paired, PairingError> {
    let found = theatre.radio.look(theatre.limits.scan).await.unwrap();
    pair(&found[0].address, told, &patience()).await
}

async fn reads(theatre: &mut Theatre) -> Result<Vec<u8>, TransportError> {
    let id = strap_id(7);
    theatre.connected(&id).await;
    theatre.radio.read(&id, BATTERY).await
}

#[test]
fn just_works() {
    let sensors = || protected(Pairing::JustWorks, Security::Encrypted);
    stage::play("pairing::just_works", sensors, times(1.0), async |mut theatre: Theatre| {
        let mut told = Told { yes: true, ..Told::default() };
        assert_eq!(paired(&mut theatre, &mut told).await, Ok(Paired::Now));
        assert_eq!(told.asked, ["without"]);
        assert_eq!(reads(&mut theatre).await.unwrap(), [77]);
        assert_eq!(paired(&mut theatre, &mut Told::default()).await, Ok(Paired::Before));
    });
}

#[test]
fn a_bond_without_a_number_is_taken_back_without_a_yes() {
    let sensors = || protected(Pairing::JustWorks, Security::Encrypted);
    let name = "pairing::a_bond_without_a_number_is_taken_back_without_a_yes";
    stage::play(name, sensors, times(10.0), async |mut theatre: Theatre| {
        for mut told in [Told::default(), Told { silent: true, ..Told::default() }] {
            assert_eq!(paired(&mut theatre, &mut told).await, Err(PairingError::Declined));
            assert_eq!(told.asked, ["without"]);
        }
        let mut yes = Told { yes: true, ..Told::default() };
        assert_eq!(paired(&mut theatre, &mut yes).await, Ok(Paired::Now));
    });
}

#[test]
fn a_number_that_the_sensor_shows() {
    let sensors = || protected(Pairing::Passkey(NUMBER), Security::Authenticated);
    let name = "pairing::a_number_that_the_sensor_shows";
    stage::play(name, sensors, times(10.0), async |mut theatre: Theatre| {
        let mut wrong = Told { number: Some(1), ..Told::default() };
        assert_eq!(paired(&mut theatre, &mut wrong).await, Err(PairingError::Refused));
        let mut right = Told { number: Some(NUMBER), ..Told::default() };
        assert_eq!(paired(&mut theatre, &mut right).await, Ok(Paired::Now));
        assert_eq!(right.asked, ["shown"]);
        assert_eq!(reads(&mut theatre).await.unwrap(), [77]);
    });
}

#[test]
fn after_a_wrong_number_the_sensor_is_found_again() {
    let sensors = || protected(Pairing::Passkey(NUMBER), Security::Authenticated);
    let name = "pairing::after_a_wrong_number_the_sensor_is_found_again";
    stage::play(name, sensors, times(10.0), async |mut theatre: Theatre| {
        let mut wrong = Told { number: Some(1), ..Told::default() };
        assert_eq!(paired(&mut theatre, &mut wrong).await, Err(PairingError::Refused));
        let anew = stage::start(limits()).await.unwrap();
        assert_eq!(anew.look(theatre.limits.scan).await.unwrap().len(), 1);
    });
}

#[test]
fn a_number_that_both_show() {
    let sensors = || protected(Pairing::Comparison(NUMBER), Security::Authenticated);
    let name = "pairing::a_number_that_both_show";
    stage::play(name, sensors, times(10.0), async |mut theatre: Theatre| {
        let mut no = Told::default();
        assert_eq!(paired(&mut theatre, &mut no).await, Err(PairingError::Declined));
        assert_eq!(no.asked, ["same 042117"]);
        let mut yes = Told { yes: true, ..Told::default() };
        assert_eq!(paired(&mut theatre, &mut yes).await, Ok(Paired::Now));
    });
}

#[test]
fn a_question_that_nobody_answers_ends_the_pairing() {
    let sensors = || protected(Pairing::Comparison(NUMBER), Security::Authenticated);
    let name = "pairing::a_question_that_nobody_answers_ends_the_pairing";
    stage::play(name, sensors, times(1.0), async |mut theatre: Theatre| {
        let mut silent = Told { silent: true, ..Told::default() };
        assert_eq!(paired(&mut theatre, &mut silent).await, Err(PairingError::Declined));
    });
}

#[test]
fn a_sensor_that_is_paired_with_another_refuses() {
    let sensors = || protected(Pairing::Refused, Security::Encrypted);
    let name = "pairing::a_sensor_that_is_paired_with_another_refuses";
    stage::play(name, sensors, times(1.0), async |mut theatre: Theatre| {
        let refused = paired(&mut theatre, &mut Told { yes: true, ..Told::default() }).await;
        assert_eq!(refused, Err(PairingError::Refused));
    });
}

#[test]
fn without_an_agent_a_read_that_wants_a_bond_ends_in_time_and_is_told() {
    let sensors = || protected(Pairing::JustWorks, Security::Encrypted);
    let bound = Limits { operation: Duration::from_millis(300), ..limits() };
    let name = "pairing::without_an_agent_a_read_that_wants_a_bond_ends_in_time_and_is_told";
    stage::play_with(name, sensors, times(1.0), bound, async |mut theatre: Theatre| {
        let id = strap_id(7);
        theatre.connected(&id).await;
        for _ in 0..2 {
            let answer = theatre.radio.read(&id, BATTERY).await;
            assert!(matches!(answer, Err(TransportError::Radio(_))), "{answer:?}");
        }
        let told = theatre.until(|event| matches!(event, TransportEvent::Link { .. })).await;
        assert!(matches!(told, TransportEvent::Link { state: LinkState::NeedsPairing, .. }), "{told:?}");
    });
}

#[test]
fn what_never_reaches_a_sensor_does_not_hide_that_it_wants_a_bond() {
    let sensors = || protected(Pairing::JustWorks, Security::Encrypted);
    let bound = Limits { operation: Duration::from_millis(300), ..limits() };
    let name = "pairing::what_never_reaches_a_sensor_does_not_hide_that_it_wants_a_bond";
    stage::play_with(name, sensors, times(1.0), bound, async |mut theatre: Theatre| {
        let (id, missing) = (strap_id(7), Characteristic::new(0x180A, 0x2A25));
        theatre.connected(&id).await;
        for at in [BATTERY, missing, BATTERY] {
            theatre.radio.read(&id, at).await.unwrap_err();
        }
        let told = theatre.until(|event| matches!(event, TransportEvent::Link { .. })).await;
        assert!(matches!(told, TransportEvent::Link { state: LinkState::NeedsPairing, .. }), "{told:?}");
    });
}
