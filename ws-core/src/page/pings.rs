//! Pings of the client script on a connection that is not its page's: a browser shows a script no pongs of the protocol.

use std::sync::Arc;

use http::Uri;
use http::uri::PathAndQuery;

use super::wire::PING_TEXT;
use crate::connection::{Beside, Connection};
use crate::event::PONG;
use crate::message::{Terminate, Text};

/// The parameter by which the script asks for answers.
const PARAMETER: &str = "ws-ping";

/// Removes the parameter `ws-ping`, because a handler may refuse those that it does not know. Returns whether it was there.
pub(super) fn take_parameter(uri: &mut Uri) -> bool {
    let is_it = |pair: &&str| pair.split('=').next() == Some(PARAMETER);
    let Some(query) = uri.query().filter(|query| query.split('&').any(|pair| is_it(&pair))) else {
        return false;
    };
    let rest: Vec<_> = query.split('&').filter(|pair| !is_it(pair)).collect();
    let mark = if rest.is_empty() { "" } else { "?" };
    let target = format!("{}{mark}{}", uri.path(), rest.join("&"));
    let mut parts = std::mem::take(uri).into_parts();
    parts.path_and_query = PathAndQuery::try_from(target).ok();
    *uri = Uri::from_parts(parts).unwrap_or_default();
    true
}

/// Answers the pings of the client, unless its page session does, and tells it so.
pub(super) fn answer(connection: &Connection) {
    connection.request.set_beside(Arc::new(Pings));
}

#[derive(Debug)]
struct Pings;

impl Beside for Pings {
    fn begin(&self, send: &mut dyn FnMut(Text)) {
        send(PONG.into());
    }

    fn receives_all(&self) -> bool {
        true
    }

    fn pong(&self, _: &Arc<Connection>, _: &[u8]) -> bool {
        false
    }

    fn receive(
        &self,
        _: &Arc<Connection>,
        text: &str,
        _pending: bool,
        send: &mut dyn FnMut(Text),
    ) -> Result<bool, Terminate> {
        let is_ping = text == PING_TEXT;
        if is_ping {
            send(PONG.into());
        }
        Ok(is_ping)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_handler_does_not_see_the_parameter() {
        for (before, after) in [
            ("/a?ws-ping=1", "/a"),
            ("/a?x=1&ws-ping=1&y=%26", "/a?x=1&y=%26"),
            ("/a?ws-ping", "/a"),
            ("http://localhost/?ws-ping=1&x", "http://localhost/?x"),
        ] {
            let mut uri: Uri = before.parse().unwrap();
            assert!(take_parameter(&mut uri), "{before}");
            assert_eq!(uri, after);
        }
        for other in ["/a", "/a?", "/a?ws-pings=1", "/a?x=ws-ping", "/ws-ping"] {
            let mut uri: Uri = other.parse().unwrap();
            assert!(!take_parameter(&mut uri), "{other}");
            assert_eq!(uri, other);
        }
    }
}
