//! The parts of a certificate that rustls does not parse.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio_rustls::rustls::pki_types::CertificateDer;
use x509_cert::Certificate;
use x509_cert::der::Decode;

/// The certificate that a client presented and one of your authorities has issued (mutual TLS).
///
/// In `#[init]` it is an extractor, as an argument of this type or of `Option<ClientCertificate>`. Without a certificate,
/// the first form rejects the request with 403. Later callbacks call
/// [`Context::client_certificate`](crate::Context::client_certificate). In an axum handler it is an extractor, too.
///
/// ```
/// use ws_core::prelude::*;
/// use ws_core::tls::ClientCertificate;
///
/// #[websocket("/devices")]
/// struct Device {
///     name: String,
/// }
///
/// #[websocket]
/// impl Device {
///     #[init]
///     fn connect(certificate: ClientCertificate) -> Self {
///         Self { name: certificate.subject().to_owned() }
///     }
///
///     #[text]
///     fn report(&mut self, text: &str) {
///         println!("{}: {text}", self.name);
///     }
/// }
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct ClientCertificate(Arc<Presented>);

#[derive(PartialEq, Eq)]
struct Presented {
    subject: String,
    common_name: Option<String>,
    der: Box<[u8]>,
}

impl ClientCertificate {
    pub(crate) fn of(certificate: &CertificateDer<'_>) -> Self {
        let parsed = Certificate::from_der(certificate).ok();
        let subject = parsed.as_ref().map(|parsed| parsed.tbs_certificate().subject());
        Self(Arc::new(Presented {
            subject: subject.map(ToString::to_string).unwrap_or_default(),
            common_name: subject
                .and_then(|subject| subject.common_name().ok().flatten())
                .map(|name| name.value().into_owned()),
            der: certificate.as_ref().into(),
        }))
    }

    /// Returns the subject as text (RFC 4514), such as `CN=device-7,O=Example`. Empty if the certificate has none.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.0.subject
    }

    /// Returns the common name of the subject, such as `device-7`.
    #[must_use]
    pub fn common_name(&self) -> Option<&str> {
        self.0.common_name.as_deref()
    }

    /// Returns the whole certificate in DER, for a parser of your choice.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.0.der
    }
}

impl fmt::Debug for ClientCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientCertificate").field("subject", &self.0.subject).finish_non_exhaustive()
    }
}

/// The time between the first and the last moment at which a certificate is valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Validity {
    pub(crate) from: SystemTime,
    pub(crate) until: SystemTime,
}

impl Validity {
    /// A certificate expires soon in its last quarter, and at most this long before its end.
    const SOON: Duration = Duration::from_secs(14 * 24 * 60 * 60);

    pub(super) fn of(certificate: &CertificateDer<'_>) -> Option<Self> {
        let parsed = Certificate::from_der(certificate).ok()?;
        let validity = parsed.tbs_certificate().validity();
        Some(Self { from: validity.not_before.to_system_time(), until: validity.not_after.to_system_time() })
    }

    /// Returns the time that is left. `None` once the certificate has expired.
    pub(crate) fn left(&self, now: SystemTime) -> Option<Duration> {
        self.until.duration_since(now).ok()
    }

    /// Returns the time at which the certificate begins to expire soon.
    pub(crate) fn soon(&self) -> SystemTime {
        let whole = self.until.duration_since(self.from).unwrap_or_default();
        self.until.checked_sub((whole / 4).min(Self::SOON)).unwrap_or(self.until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_secs(24 * 60 * 60);

    #[test]
    fn a_certificate_expires_soon_in_its_last_quarter_or_two_weeks() {
        let from = SystemTime::UNIX_EPOCH + 20_000 * DAY;
        let soon = |days: u32| {
            let until = from + days * DAY;
            until.duration_since(Validity { from, until }.soon()).unwrap()
        };
        assert_eq!((soon(6), soon(90), soon(365)), (36 * DAY / 24, 14 * DAY, 14 * DAY));
    }

    #[test]
    fn an_expired_certificate_has_no_time_left() {
        let until = SystemTime::UNIX_EPOCH + DAY;
        let validity = Validity { from: SystemTime::UNIX_EPOCH, until };
        assert_eq!(validity.left(SystemTime::UNIX_EPOCH), Some(DAY));
        assert_eq!(validity.left(until + DAY), None);
    }

    #[test]
    fn a_certificate_that_cannot_be_parsed_has_no_validity_and_no_subject() {
        let certificate = CertificateDer::from_slice(b"\x30\x03\x02\x01\x01");
        assert_eq!(Validity::of(&certificate), None);
        let presented = ClientCertificate::of(&certificate);
        assert_eq!((presented.subject(), presented.common_name()), ("", None));
        assert_eq!(presented.der(), certificate.as_ref());
    }
}
