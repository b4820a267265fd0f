//! One link of a network microphone. In: its WebSocket. Out: frames to the window's reception, answers.
//!
//! A microphone that sends faster than the window is listened to waits: its frames stay in the sockets, and
//! then in its own buffer. None is dropped here.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::ws::{CloseFrame, Message, WebSocket, close_code};
use tokio::time::{sleep, timeout};

use super::doors::Door;
use super::routes::Hall;
use super::serve::is_set;
use crate::capture::push::{
    Claim, FrameDecoder, FrameHeader, Hello, HubWord, MicWord, ReceptionFault, Taking, WireFault,
};
use crate::said::{Bilingual, Why};

/// Time to say hello.
const HELLO_TIMEOUT: Duration = Duration::from_secs(5);
/// Silence after which a microphone is asked for a sign of life, and how often it is asked before the link is
/// given up.
const PING_AFTER: Duration = Duration::from_secs(5);
const PINGS_MAX: u32 = 2;
/// Time for the network to take an answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a full ring is left alone.
const ROOM_POLL: Duration = Duration::from_millis(10);
/// Longest reason in a close frame, in bytes: 125 less two for the code.
const CLOSE_REASON_MAX: usize = 123;

const STOPS: Why = Why::new("the hub stops", "服务正在停止");
const NO_HELLO: Why = Why::new("the microphone did not say hello in time", "麦克风没有按时完成握手");
const HUNG_UP: Why = Why::new("the microphone hung up", "麦克风断开了连接");
const NO_ANSWERS: Why = Why::new("the microphone takes no answers", "麦克风不接收应答");
const NO_WORD: Why = Why::new("the link broke: it ended without a word", "连接中断：没有任何说明");

/// Why a link ends.
enum Parting {
    /// The microphone was switched off.
    Ended,
    /// The network, or the microphone, fell silent.
    Broken(Bilingual),
    /// The microphone does what it must not.
    Fault(ReceptionFault),
    /// The server stops.
    Stopped,
}

impl<T: Into<ReceptionFault>> From<T> for Parting {
    fn from(fault: T) -> Self {
        Self::Fault(fault.into())
    }
}

pub(super) async fn serve(mut socket: WebSocket, claim: Claim, door: Arc<Door>, hall: Arc<Hall>) {
    let _here = hall.here.clone();
    let mut stopped = hall.stopped.clone();
    let window = door.reception().port().window.clone();
    let mut listening = Listening { socket: &mut socket, claim, door: &door, hall: &hall };
    let parting = tokio::select! {
        Err(parting) = listening.run() => parting,
        () = door.claimed.notified() => Parting::Fault(ReceptionFault::Superseded),
        () = door.locked.notified() => Parting::Fault(ReceptionFault::Locked),
        () = is_set(&mut stopped) => Parting::Stopped,
    };
    let now = hall.now();
    let (code, reason) = match parting {
        Parting::Ended => {
            tracing::info!("window {window}: the microphone was switched off");
            door.reception().ended(claim, now);
            (close_code::NORMAL, "good-bye".to_owned())
        }
        Parting::Broken(reason) => {
            tracing::info!("window {window}: {}", reason.en);
            door.reception().broken(claim, reason.clone(), now);
            (close_code::AWAY, reason.en)
        }
        Parting::Stopped => {
            door.reception().broken(claim, STOPS.into(), now);
            (close_code::AWAY, STOPS.en.to_owned())
        }
        Parting::Fault(fault) => {
            tracing::warn!("window {window}: the microphone is sent away: {fault}");
            door.reception().broken(claim, fault.said(), now);
            let code = match fault {
                ReceptionFault::Wire(_) => close_code::POLICY,
                _ => close_code::AGAIN,
            };
            (code, fault.to_string())
        }
    };
    let close = Message::Close(Some(CloseFrame { code, reason: cut(&reason).into() }));
    let _ = timeout(ANSWER_TIMEOUT, socket.send(close)).await;
}

/// As much of a reason as a close frame holds.
fn cut(reason: &str) -> &str {
    let end = (0..=CLOSE_REASON_MAX.min(reason.len())).rev().find(|&end| reason.is_char_boundary(end));
    &reason[..end.unwrap_or(0)]
}

struct Listening<'a> {
    socket: &'a mut WebSocket,
    claim: Claim,
    door: &'a Door,
    hall: &'a Hall,
}

impl Listening<'_> {
    /// Never gives `Ok`: a link always ends for some reason.
    async fn run(&mut self) -> Result<(), Parting> {
        let late = || Parting::Broken(NO_HELLO.into());
        let hello = timeout(HELLO_TIMEOUT, self.greet()).await.map_err(|_| late())??;
        let mut decoder = FrameDecoder::new(hello);
        let mut samples = Vec::new();
        loop {
            match self.receive().await? {
                Message::Binary(message) => self.take(&message, &hello, &mut decoder, &mut samples).await?,
                Message::Text(text) => match MicWord::parse(text.as_str())? {
                    MicWord::End { .. } => return Err(Parting::Ended),
                    MicWord::Hello(_) => {
                        return Err(WireFault::OutOfTurn("a second hello", "a frame or the end").into());
                    }
                },
                Message::Close(_) => return Err(Parting::Broken(HUNG_UP.into())),
                Message::Ping(_) | Message::Pong(_) => {}
            }
        }
    }

    async fn greet(&mut self) -> Result<Hello, Parting> {
        let hello = loop {
            match self.receive().await? {
                Message::Text(text) => match MicWord::parse(text.as_str())? {
                    MicWord::Hello(hello) => break hello,
                    MicWord::End { .. } => return Err(WireFault::OutOfTurn("an end", "a hello").into()),
                },
                Message::Binary(_) => return Err(WireFault::OutOfTurn("a frame", "a hello").into()),
                Message::Close(_) => return Err(Parting::Broken(HUNG_UP.into())),
                Message::Ping(_) | Message::Pong(_) => {}
            }
        };
        let answer = self.door.reception().hello(self.claim, hello, self.hall.now())?;
        self.answer(answer).await?;
        Ok(hello)
    }

    /// Takes one frame in, however long its window needs to make room.
    async fn take(
        &mut self,
        message: &Bytes,
        hello: &Hello,
        decoder: &mut FrameDecoder,
        samples: &mut Vec<f32>,
    ) -> Result<(), Parting> {
        let (header, body) = FrameHeader::parse(message, hello)?;
        decoder.decode(&header, body, samples)?;
        let mut waited = Duration::ZERO;
        loop {
            let taking = self.door.reception().frame(self.claim, &header, samples, self.hall.now())?;
            match taking {
                Taking::Taken(word) => return self.answer(word).await,
                Taking::NoRoom => sleep(ROOM_POLL).await,
            }
            waited += ROOM_POLL;
            if waited >= PING_AFTER {
                // The microphone must not take a busy hub for a dead one.
                self.send(Message::Ping(Bytes::new())).await?;
                waited = Duration::ZERO;
            }
        }
    }

    async fn receive(&mut self) -> Result<Message, Parting> {
        for _ in 0..PINGS_MAX {
            match timeout(PING_AFTER, self.socket.recv()).await {
                Ok(received) => return message_of(received),
                Err(_) => self.send(Message::Ping(Bytes::new())).await?,
            }
        }
        match timeout(PING_AFTER, self.socket.recv()).await {
            Ok(received) => message_of(received),
            Err(_) => {
                let silence_s = (PING_AFTER * (PINGS_MAX + 1)).as_secs();
                let en = format!("the microphone is silent for {silence_s} s");
                Err(Parting::Broken(Bilingual::new(en, format!("麦克风 {silence_s} 秒没有数据"))))
            }
        }
    }

    async fn answer(&mut self, word: HubWord) -> Result<(), Parting> {
        self.send(Message::text(word.to_text())).await
    }

    async fn send(&mut self, message: Message) -> Result<(), Parting> {
        match timeout(ANSWER_TIMEOUT, self.socket.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(fault)) => Err(broken(&fault)),
            Err(_) => Err(Parting::Broken(NO_ANSWERS.into())),
        }
    }
}

fn message_of(received: Option<Result<Message, axum::Error>>) -> Result<Message, Parting> {
    match received {
        Some(Ok(message)) => Ok(message),
        Some(Err(fault)) => Err(broken(&fault)),
        None => Err(Parting::Broken(NO_WORD.into())),
    }
}

fn broken(fault: &axum::Error) -> Parting {
    let (en, zh) = (format!("the link broke: {fault}"), format!("连接中断：{fault}"));
    Parting::Broken(Bilingual::new(en, zh))
}
