//! The line: everything that a connection waits on, polled by its one task. In reading order: a turn of it between two
//! callbacks, what time brings, what goes on while a callback or the client keeps it waiting, and how it is closed.

mod close;
mod due;
mod meanwhile;
mod turn;

use std::collections::VecDeque;
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};

use tokio::time::Instant;

use super::deadlines::Deadlines;
use crate::limits::Limits;
use crate::message::Message;
use crate::shared::mailbox::{Info, Mailbox, Urgent};
use crate::shared::stats::Limit;
use crate::terminate::Terminate;
use crate::wire::messages::Messages;
use crate::wire::post::Post;

/// Mail (with timers) and frames that are taken before what they made is written and other connections have their turn.
const TURN: u32 = 64;

/// The next thing that a callback hears.
pub(crate) enum Event {
    Message(Message),
    Info(Info),
    /// Something that was sent from elsewhere, where the handler hears of that.
    Outgoing(Message),
}

pub(crate) struct Line {
    messages: Messages,
    deadlines: Deadlines,
    mailbox: Arc<Mailbox>,
    /// Read while a callback waited: control frames, and at most one data message, the last.
    ahead: VecDeque<Message>,
    /// Set while timers are due: as of when.
    timers_due: Option<Instant>,
    /// Of what others send as well, where there was no room for it.
    posting: Option<Arc<Post>>,
    mail_left: u32,
    frames_left: u32,
    hibernate: bool,
    /// The connection ends: what still comes is dropped.
    closing: bool,
    /// The handler sees what is sent from elsewhere.
    outgoing: bool,
    /// The waker that the mailbox knows.
    waker: Option<Waker>,
}

impl Line {
    pub(in crate::connection) fn new(messages: Messages, limits: &Limits, mailbox: Arc<Mailbox>) -> Self {
        Self {
            messages,
            deadlines: Deadlines::new(limits),
            mailbox,
            ahead: VecDeque::new(),
            timers_due: None,
            posting: None,
            mail_left: TURN,
            frames_left: TURN,
            hibernate: false,
            closing: false,
            outgoing: false,
            waker: None,
        }
    }

    /// From now on, what is sent from elsewhere is for the handler to see first.
    pub(in crate::connection) fn ask_of_outgoing(&mut self) {
        self.outgoing = true;
    }

    /// Lets go of what can be rebuilt, once there is nothing to do.
    fn hibernate(&mut self) {
        self.hibernate = true;
        self.mailbox.shrink();
        self.mailbox.desk.shrink();
    }

    fn poll_read(&mut self, task: &mut Context<'_>) -> Poll<Result<Message, Terminate>> {
        let read = ready!(self.messages.poll_read(task));
        // Of what is read, nothing else is held to a policy.
        if let Err(Terminate::Policy(_)) = read {
            self.mailbox.shared.stats.limited(Limit::Fragments);
        }
        Poll::Ready(read)
    }

    fn register(&mut self, task: &Context<'_>) {
        if !self.waker.as_ref().is_some_and(|waker| waker.will_wake(task.waker())) {
            self.waker = Some(task.waker().clone());
            self.mailbox.register(task.waker());
        }
    }

    /// What cannot wait its turn, if it ends the connection.
    fn urgent(&mut self) -> Option<Terminate> {
        match self.mailbox.take_urgent()? {
            Urgent::Overflow => Some(Terminate::Overflow),
            Urgent::Panic(panic) => Some(Terminate::Panic(panic)),
            Urgent::Drain => {
                self.deadlines.set_drain(self.mailbox.shared.drain.deadline());
                None
            }
        }
    }
}
