//! An event as the client script receives it: `{"type":"say","data":…}`.

use serde::Serialize;
use serde::ser::Error as _;

/// The answer to the message `ws:ping`, by which the client script asks whether the connection lives. A browser shows it no
/// pongs.
pub(crate) const PONG: &str = r#"{"type":"ws:pong"}"#;

/// Returns whether the protocol of pages uses `name` itself, or may use it later.
pub(crate) const fn is_reserved(name: &str) -> bool {
    matches!(name.as_bytes(), [b'w', b's', b':', ..])
}

/// Writes an event. One of a topic has its name.
pub(crate) fn page_event(
    name: &str,
    data: &(impl Serialize + ?Sized),
    topic: Option<&str>,
) -> serde_json::Result<String> {
    if is_reserved(name) {
        return Err(serde_json::Error::custom("types that begin with `ws:` belong to the protocol of pages"));
    }
    let mut text = format!("{{\"type\":{},\"data\":", serde_json::to_string(name)?).into_bytes();
    serde_json::to_writer(&mut text, data)?;
    if let Some(topic) = topic {
        text.extend_from_slice(b",\"topic\":");
        serde_json::to_writer(&mut text, topic)?;
    }
    text.push(b'}');
    String::from_utf8(text).map_err(serde_json::Error::custom)
}
