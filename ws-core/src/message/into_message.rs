//! The types that can be sent as a message.

use super::message::Message;

/// A type that can be sent as a message: every type that converts [`Into`] a [`Message`].
///
/// To send a value as JSON, call the `send_json` or `publish_json` method beside.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be sent",
    label = "not a message",
    note = "send a `&str`, `String`, `Text`, `Bytes`, `Vec<u8>` or `Message`",
    note = "to send a value that implements `Serialize`, call `send_json(&value)` or `publish_json(topic, &value)`"
)]
pub trait IntoMessage {
    /// Converts the value into a message.
    fn into_message(self) -> Message;
}

#[diagnostic::do_not_recommend]
impl<M: Into<Message>> IntoMessage for M {
    fn into_message(self) -> Message {
        self.into()
    }
}
