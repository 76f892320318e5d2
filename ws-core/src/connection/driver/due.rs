//! Acts on deadlines that have passed.

use std::io;
use std::task::{Context, Poll, ready};

use tokio::time::Instant;

use super::Driver;
use crate::connection::deadlines::{Due, Progress, Unread};
use crate::message::Terminate;
use crate::shared::stats::Limit;

impl Driver {
    /// Acts on deadlines that have passed. Ready with the current time if timers are due or a pause has ended, or with
    /// an error if the connection ends.
    pub(super) fn poll_due(
        &mut self,
        task: &mut Context<'_>,
        timer: Option<Instant>,
        unread: Unread,
    ) -> Poll<Result<Instant, Terminate>> {
        loop {
            match ready!(self.deadlines.poll(task, self.progress(), timer, unread)) {
                Due::Timer | Due::Resume => return Poll::Ready(Ok(Instant::now())),
                Due::Idle => return Poll::Ready(Err(Terminate::Timeout)),
                Due::Unfinished(after) => {
                    self.connection.shared.stats.limited(Limit::MessageTimeout);
                    let what = format!("message incomplete after {after:?}");
                    return Poll::Ready(Err(Terminate::Policy(what)));
                }
                Due::Stalled(after) => {
                    self.connection.shared.stats.limited(Limit::WriteTimeout);
                    self.abort();
                    let what = format!("the client accepted no data for {after:?}");
                    return Poll::Ready(Err(Terminate::Io(io::Error::new(io::ErrorKind::TimedOut, what))));
                }
                Due::Drain => return Poll::Ready(Err(Terminate::Drained)),
                Due::Ping => {
                    self.protocol.ping();
                    if let Poll::Ready(Err(end)) = self.io.poll_write(task, self.protocol.write_queue()) {
                        return Poll::Ready(Err(end));
                    }
                }
            }
        }
    }

    const fn progress(&self) -> Progress {
        Progress {
            last_read: self.io.last_read,
            // While the connection closes, the close timeout covers messages that are skipped.
            begun: if self.closing { None } else { self.begun },
            stalled: self.io.stalled,
            last_taken: self.io.last_taken,
        }
    }
}
