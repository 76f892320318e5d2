//! What time brings.

use std::io;
use std::task::{Context, Poll, ready};

use tokio::time::Instant;

use super::Line;
use crate::connection::deadlines::{Due, Unread};
use crate::shared::stats::Limit;
use crate::terminate::Terminate;

impl Line {
    /// What time brings. Ready when timers are due (as of when) or frames may be read again, or the connection ends.
    pub(super) fn poll_due(
        &mut self,
        task: &mut Context<'_>,
        timer: Option<Instant>,
        unread: Unread,
    ) -> Poll<Result<Instant, Terminate>> {
        loop {
            match ready!(self.deadlines.poll(task, self.messages.progress(), timer, unread)) {
                Due::Timer | Due::Resume => return Poll::Ready(Ok(Instant::now())),
                Due::Idle => return Poll::Ready(Err(Terminate::Timeout)),
                Due::Unfinished(after) => {
                    self.mailbox.shared.stats.limited(Limit::MessageTimeout);
                    let what = format!("a message that was not whole within {after:?}");
                    return Poll::Ready(Err(Terminate::Policy(what)));
                }
                Due::Stalled(after) => {
                    self.mailbox.shared.stats.limited(Limit::WriteTimeout);
                    self.messages.cut();
                    let what = format!("the client took nothing for {after:?}");
                    return Poll::Ready(Err(Terminate::Io(io::Error::new(io::ErrorKind::TimedOut, what))));
                }
                Due::Drain => return Poll::Ready(Err(Terminate::Drained)),
                Due::Ping => {
                    if let Err(end) = self.messages.ping(task) {
                        return Poll::Ready(Err(end));
                    }
                    if let Poll::Ready(Err(end)) = self.messages.poll_flush(task) {
                        return Poll::Ready(Err(end));
                    }
                }
            }
        }
    }
}
