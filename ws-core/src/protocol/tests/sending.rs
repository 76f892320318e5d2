//! Sends frames, which tungstenite's client reads.

use std::collections::VecDeque;

use proptest::collection::vec;
use proptest::prelude::*;

use super::client::{binary, frame, text};
use crate::message::{Close, CloseCode, Reason};
use crate::message::{ControlPayload, Message};
use crate::protocol::header::{FIN, PING};
use crate::protocol::oracle::{self, written};
use crate::protocol::{Event, FrameLimits, Input, PreparedMessage, Protocol, WriteQueue};

#[derive(Clone, Debug)]
enum Step {
    /// Sent by a handler's commands or from the mailbox.
    Send(Message),
    /// Sent by a reply that encodes its messages itself.
    Encoded(Vec<Message>),
    /// Sent to many connections.
    Prepared(Message),
    /// A heartbeat.
    Heartbeat,
    /// The client pings.
    Pinged(Vec<u8>),
    /// This side closes.
    Close(Option<Close>),
    /// The client closes with this code.
    Closed(Option<CloseCode>),
    /// The stream accepts this many bytes.
    Write(usize),
}

fn size() -> impl Strategy<Value = usize> {
    let bounds = vec![0, 1, 125, 126, 127, 2_047, 2_048, 2_049, 65_535, 65_536, 65_537];
    prop_oneof![16 => 0_usize..300, 8 => prop::sample::select(bounds), 1 => 1_000_usize..5_000, 1 => Just(300_000)]
}

fn message() -> impl Strategy<Value = Message> {
    let control = || vec(any::<u8>(), 0..=125).prop_map(|bytes| ControlPayload::new(bytes).unwrap());
    prop_oneof![
        4 => (size(), any::<usize>()).prop_map(|(size, seed)| text(size, seed).into()),
        4 => (size(), any::<usize>()).prop_map(|(size, seed)| binary(size, seed).into()),
        1 => control().prop_map(Message::Ping),
        1 => control().prop_map(Message::Pong),
    ]
}

fn close() -> impl Strategy<Value = Close> {
    // tungstenite does not know 1014.
    let code = prop_oneof![Just(1000_u16), 1007_u16..=1013, 3000_u16..5000];
    (code, "[a-zä€😀]{0,30}")
        .prop_map(|(code, reason)| Close::new(CloseCode::new(code).unwrap(), Reason::truncated(&reason)))
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => message().prop_map(Step::Send),
        6 => vec(message(), 1..5).prop_map(Step::Encoded),
        4 => message().prop_map(Step::Prepared),
        2 => Just(Step::Heartbeat),
        3 => vec(any::<u8>(), 0..=125).prop_map(Step::Pinged),
        1 => close().prop_map(|close| Step::Send(Message::Close(close))),
        1 => prop::option::of(close()).prop_map(Step::Close),
        1 => prop::option::of(close()).prop_map(|close| Step::Closed(close.map(|close| close.code()))),
        6 => prop_oneof![1_usize..200, 2_000_usize..400_000, Just(usize::MAX)].prop_map(Step::Write),
    ]
}

/// A connection, and the messages that its client should read.
struct Model {
    protocol: Protocol,
    out: Vec<u8>,
    expected: VecDeque<Message>,
    /// The close frame that was sent.
    #[expect(clippy::option_option, reason = "none, or one without a code, or one with a code")]
    close: Option<Option<Close>>,
    ping_waits: bool,
    messages: u32,
    counted: u32,
}

impl Model {
    fn new(fragment_size: usize) -> Self {
        let mut protocol = Protocol::new(FrameLimits::default(), None);
        protocol.set_fragment_size(fragment_size);
        Self {
            protocol,
            out: Vec::new(),
            expected: VecDeque::new(),
            close: None,
            ping_waits: false,
            messages: 0,
            counted: 0,
        }
    }

    fn expect(&mut self, message: Message) {
        if self.close.is_none() {
            self.expected.push_back(message);
        }
    }

    /// Expects a message of the handler's, which is counted.
    fn expect_sent(&mut self, message: Message) {
        self.messages += u32::from(self.close.is_none());
        self.expect(message);
    }

    fn receive(&mut self, mut bytes: Vec<u8>) {
        let mut input = Input::new(&mut bytes);
        let event = self.protocol.receive(&mut input).unwrap();
        assert!(matches!(event, None | Some(Event::Message(_) | Event::Closed(_))));
        assert!(input.rest().is_empty());
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Send(Message::Close(close)) => {
                self.protocol.send(close.clone().into());
                self.close.get_or_insert(Some(close));
            }
            Step::Send(message) => {
                self.protocol.send(message.clone());
                self.expect_sent(message);
            }
            Step::Encoded(messages) if !self.protocol.sends_encoded() => {
                for message in messages {
                    self.step(Step::Send(message));
                }
            }
            Step::Encoded(messages) => {
                let mut frames = Some(WriteQueue::take());
                let queue = frames.as_mut().unwrap();
                for message in &messages {
                    match message {
                        Message::Text(text) if text.len() % 2 == 0 => queue.push_text(text),
                        Message::Binary(bytes) if bytes.len() % 2 == 0 => queue.push_binary(bytes),
                        message => queue.push_message(message.clone()),
                    }
                }
                self.protocol.send_encoded(&mut frames);
                assert!(frames.as_ref().is_none_or(|frames| frames.is_empty()));
                for message in messages {
                    self.expect_sent(message);
                }
            }
            Step::Prepared(message) => {
                self.protocol.send_prepared(&PreparedMessage::new(message.clone()));
                self.expect_sent(message);
            }
            Step::Heartbeat => {
                // A second ping is not queued while one waits.
                self.ping_waits &= self.protocol.queued() > 0;
                self.protocol.ping();
                if !self.ping_waits {
                    self.expect(Message::Ping(ControlPayload::default()));
                    self.ping_waits = self.close.is_none();
                }
            }
            Step::Pinged(payload) => {
                self.receive(frame(FIN | PING, &payload));
                self.expect(Message::Pong(ControlPayload::new(payload).unwrap()));
            }
            Step::Close(close) => {
                self.protocol.close(close.as_ref());
                self.close.get_or_insert(close);
            }
            Step::Closed(code) => {
                let payload = code.map(|code| u16::from(code).to_be_bytes().to_vec()).unwrap_or_default();
                self.receive(frame(FIN | crate::protocol::header::CLOSE, &payload));
                self.close.get_or_insert(code.map(|code| Close::new(code, "")));
            }
            Step::Write(at_most) => self.write(at_most),
        }
    }

    fn write(&mut self, at_most: usize) {
        if let Some(queue) = self.protocol.write_queue() {
            self.counted += queue.take_messages();
        }
        self.out.extend(written(&mut self.protocol, at_most));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn tungstenite_reads_sent_messages(
        steps in vec(step(), 1..40),
        fragment_size in prop_oneof![2 => Just(usize::MAX), 1 => 1_000_usize..100_000],
    ) {
        let mut model = Model::new(fragment_size);
        for step in steps {
            let is_ended = model.protocol.is_ended();
            if is_ended && matches!(step, Step::Pinged(_)) {
                // Nothing is decoded after the client's close frame.
                let queued = model.protocol.queued();
                model.receive(frame(FIN | PING, b"late"));
                prop_assert_eq!(model.protocol.queued(), queued);
            } else {
                model.step(step);
            }
        }
        while model.protocol.queued() > 0 {
            model.write(1 << 16);
        }
        prop_assert!(model.protocol.write_queue().is_none(), "an idle connection has no queue");
        let read = oracle::read_by_client(&model.out);
        prop_assert_eq!(&read.close, &model.close);
        prop_assert_eq!(read.messages.len(), model.expected.len());
        prop_assert!(read.messages.into_iter().eq(model.expected));
        prop_assert_eq!(model.counted, model.messages);
    }
}

#[test]
fn a_close_frame_has_at_most_125_bytes_of_payload() {
    let longest = "x".repeat(123);
    let mut model = Model::new(usize::MAX);
    model.step(Step::Close(Some(Close::new(CloseCode::NORMAL, Reason::truncated(&longest)))));
    model.write(usize::MAX);
    assert_eq!(model.out, [&[0x88, 125, 3, 0xe8][..], longest.as_bytes()].concat());
}
