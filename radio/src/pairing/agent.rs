//! The agent: what BlueZ asks while it pairs, and what it is answered.

use super::{AGENTS, AGENTS_INTERFACE, CAPABILITY, DEVICE, PairingError, Questions, Remote, of_bus};
use futures_util::StreamExt;
use std::{pin::pin, time::Duration};
use zbus::{Message, MessageStream, ObjectPath, OwnedObjectPath, message::Type};

const PATH: &str = "/app/pulsebook/agent";
const INTERFACE: &str = "org.bluez.Agent1";

pub(super) struct Agent {
    incoming: MessageStream,
    question: Duration,
    /// The patient said no, or nothing: the reason that BlueZ gives afterwards is only its consequence.
    declined: bool,
    /// The patient was asked for a number, or to do without one.
    asked: bool,
    /// The number that the patient was told to type; BlueZ tells it again with every digit.
    told: Option<u32>,
}

/// What BlueZ asks for.
enum Ask {
    Shown,
    Same(u32),
    Type(u32),
    Without,
    /// It asks for nothing any more.
    Cancel,
    /// What no health sensor needs.
    Other,
}

impl Agent {
    pub(super) async fn register(sensor: &Remote, question: Duration) -> Result<Agent, PairingError> {
        let incoming = MessageStream::from(&sensor.bus);
        let path = path()?;
        sensor.call_at(AGENTS, AGENTS_INTERFACE, "RegisterAgent", &(&path, CAPABILITY)).await?;
        Ok(Agent { incoming, question, declined: false, asked: false, told: None })
    }

    pub(super) async fn leave(self, sensor: &Remote) {
        if let Ok(path) = path() {
            let _ = sensor.call_at(AGENTS, AGENTS_INTERFACE, "UnregisterAgent", &path).await;
        }
    }

    /// Asks BlueZ to pair, and answers what it asks until that is done.
    pub(super) async fn pair(
        &mut self,
        sensor: &Remote,
        questions: &mut dyn Questions,
    ) -> Result<(), PairingError> {
        let bus = sensor.bus.clone();
        let pairing = bus.call_method(Some(super::BLUEZ), sensor.path.as_str(), Some(DEVICE), "Pair", &());
        let mut pairing = pin!(pairing);
        let mut asked = None;
        loop {
            if let Some(call) = asked.take() {
                tokio::select! {
                    biased;
                    done = &mut pairing => return self.ended(done),
                    next = self.answer(sensor, &call, questions) => asked = next?,
                }
                continue;
            }
            tokio::select! {
                biased;
                done = &mut pairing => return self.ended(done),
                message = self.incoming.next() => match message {
                    Some(Ok(message)) => asked = is_for_us(&message).then_some(message),
                    Some(Err(error)) => return Err(of_bus(&error)),
                    None => return Err(PairingError::Gone),
                },
            }
        }
    }

    /// Where there is no number to compare, BlueZ takes the wish to pair itself for a yes and asks nobody (src/device.c,
    /// `device_confirm_passkey`). The patient is asked all the same; `false`: there was no yes.
    pub(super) async fn is_wanted(&self, questions: &mut dyn Questions) -> bool {
        if self.asked {
            return true;
        }
        let answer = tokio::time::timeout(self.question, questions.without_number());
        answer.await.unwrap_or(false)
    }

    fn ended(&self, done: zbus::Result<Message>) -> Result<(), PairingError> {
        match done {
            Ok(_) => Ok(()),
            Err(_) if self.declined => Err(PairingError::Declined),
            Err(error) => Err(of_bus(&error)),
        }
    }

    /// Answers one question; gives the next one when that came first (BlueZ takes a question back, or asks another).
    async fn answer(
        &mut self,
        sensor: &Remote,
        call: &Message,
        questions: &mut dyn Questions,
    ) -> Result<Option<Message>, PairingError> {
        let mut ask = ask(call, &sensor.path);
        if let Ask::Type(number) = ask
            && self.told.replace(number) == Some(number)
        {
            ask = Ask::Cancel;
        }
        self.asked |= !matches!(ask, Ask::Cancel | Ask::Other);
        let limit = self.question;
        let answered = {
            let mut answering = pin!(tokio::time::timeout(limit, put(&ask, questions)));
            loop {
                tokio::select! {
                    biased;
                    message = self.incoming.next() => match message {
                        Some(Ok(message)) if is_for_us(&message) => {
                            let _ = reject(sensor, call, "Canceled").await;
                            return Ok(Some(message));
                        }
                        Some(_) => {}
                        None => return Err(PairingError::Gone),
                    },
                    answered = &mut answering => break answered.unwrap_or(Answer::No),
                }
            }
        };
        let header = call.header();
        let sent = match answered {
            Answer::Yes => sensor.bus.reply(&header, &()).await,
            Answer::Number(number) => sensor.bus.reply(&header, &number).await,
            Answer::No => {
                self.declined = true;
                reject(sensor, call, "Rejected").await
            }
            Answer::Unasked => reject(sensor, call, "Rejected").await,
        };
        sent.map(|()| None).map_err(|error| of_bus(&error))
    }
}

enum Answer {
    Yes,
    Number(u32),
    No,
    /// Nobody was asked.
    Unasked,
}

async fn put(ask: &Ask, questions: &mut dyn Questions) -> Answer {
    let yes = |yes| if yes { Answer::Yes } else { Answer::No };
    match ask {
        Ask::Shown => questions.number_shown().await.map_or(Answer::No, Answer::Number),
        Ask::Same(number) => yes(questions.same_number(*number).await),
        Ask::Without => yes(questions.without_number().await),
        Ask::Type(number) => {
            questions.type_on_sensor(*number).await;
            Answer::Yes
        }
        Ask::Cancel => Answer::Yes,
        Ask::Other => Answer::Unasked,
    }
}

async fn reject(sensor: &Remote, call: &Message, why: &str) -> zbus::Result<()> {
    let name = format!("org.bluez.Error.{why}");
    sensor.bus.reply_error(&call.header(), name.as_str(), &"not answered with yes").await
}

fn is_for_us(message: &Message) -> bool {
    let header = message.header();
    let path = header.path().is_some_and(|path| path.as_str() == PATH);
    let interface = header.interface().is_none_or(|interface| interface.as_str() == INTERFACE);
    message.message_type() == Type::MethodCall && path && interface
}

/// Reads what is asked; a question about another sensor is none of ours.
fn ask(call: &Message, sensor: &str) -> Ask {
    let header = call.header();
    let method = header.member().map(|member| member.as_str().to_owned()).unwrap_or_default();
    let body = call.body();
    let ours = |path: &OwnedObjectPath| path.as_str() == sensor;
    let alone = || body.deserialize::<OwnedObjectPath>().ok().filter(ours);
    let numbered = || body.deserialize::<(OwnedObjectPath, u32)>().ok().filter(|(path, _)| ours(path));
    let asked = match method.as_str() {
        "RequestPasskey" => alone().map(|_| Ask::Shown),
        "RequestConfirmation" => numbered().map(|(_, number)| Ask::Same(number)),
        "RequestAuthorization" => alone().map(|_| Ask::Without),
        "DisplayPasskey" => {
            let shown = body.deserialize::<(OwnedObjectPath, u32, u16)>().ok();
            shown.filter(|(path, ..)| ours(path)).map(|(_, number, _)| Ask::Type(number))
        }
        "Cancel" | "Release" => Some(Ask::Cancel),
        _ => None,
    };
    asked.filter(is_number).unwrap_or(Ask::Other)
}

/// Numbers have six digits.
fn is_number(ask: &Ask) -> bool {
    !matches!(ask, Ask::Same(number) | Ask::Type(number) if *number > 999_999)
}

fn path() -> Result<ObjectPath<'static>, PairingError> {
    ObjectPath::try_from(PATH).map_err(|error| PairingError::Failed(error.to_string()))
}
