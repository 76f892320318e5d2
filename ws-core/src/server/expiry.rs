//! The expiry of the server's own certificate, logged ahead.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::time::sleep;

use crate::tls::{Acceptor, Validity};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// The state of a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Valid,
    NotYetValid,
    /// With the time that is left.
    ExpiresSoon(Duration),
    Expired,
}

/// Logs once a day that the certificate expires soon, and whenever it is replaced by one that does. Never returns.
pub(super) async fn watch(acceptor: Option<Arc<Acceptor>>) {
    let Some(acceptor) = acceptor else { return std::future::pending().await };
    loop {
        let now = SystemTime::now();
        let validity = acceptor.validity();
        if let Some(validity) = validity {
            log(state(validity, now));
        }
        let next = validity.map_or(DAY, |validity| until_next(validity, now));
        tokio::select! {
            () = sleep(next) => {}
            () = acceptor.reloaded() => {}
        }
    }
}

fn state(validity: Validity, now: SystemTime) -> State {
    match validity.left(now) {
        None => State::Expired,
        Some(_) if now < validity.from => State::NotYetValid,
        Some(left) if now >= validity.soon() => State::ExpiresSoon(left),
        Some(_) => State::Valid,
    }
}

/// Returns the time until the next look: at most a day, and earlier if the state changes before.
fn until_next(validity: Validity, now: SystemTime) -> Duration {
    [validity.from, validity.soon(), validity.until]
        .into_iter()
        .filter_map(|change| change.duration_since(now).ok())
        // The clock of the certificate has a resolution of one second.
        .map(|wait| wait + Duration::from_secs(1))
        .fold(DAY, Duration::min)
}

fn log(state: State) {
    match state {
        State::Valid => {}
        State::NotYetValid => tracing::error!("the TLS certificate is not valid yet: clients reject it"),
        State::Expired => tracing::error!("the TLS certificate has expired: clients reject it"),
        State::ExpiresSoon(left) => {
            let hours = left.as_secs() / 3600;
            if hours >= 48 {
                tracing::warn!("the TLS certificate expires in {} days", hours / 24);
            } else {
                tracing::warn!("the TLS certificate expires in {hours} hours");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn validity(from: SystemTime) -> Validity {
        Validity { from, until: from + 90 * DAY }
    }

    #[test]
    fn a_certificate_passes_through_its_states() {
        let from = SystemTime::now();
        let validity = validity(from);
        assert_eq!(state(validity, from - DAY), State::NotYetValid);
        assert_eq!(state(validity, from), State::Valid);
        assert_eq!(state(validity, from + 75 * DAY), State::Valid);
        assert_eq!(state(validity, from + 80 * DAY), State::ExpiresSoon(10 * DAY));
        assert_eq!(state(validity, from + 91 * DAY), State::Expired);
    }

    #[test]
    fn the_next_look_is_at_a_change_or_within_a_day() {
        let from = SystemTime::now();
        let validity = validity(from);
        let second = Duration::from_secs(1);
        assert_eq!(until_next(validity, from + 10 * DAY), DAY);
        assert_eq!(until_next(validity, from + 76 * DAY - DAY / 2), DAY / 2 + second);
        assert_eq!(until_next(validity, from + 90 * DAY - 60 * second), 61 * second);
        assert_eq!(until_next(validity, from + 200 * DAY), DAY);
    }
}
