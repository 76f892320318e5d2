//! Payloads in MessagePack.

use std::ops::{Deref, DerefMut};

use rmp_serde::decode::Error;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use crate::message::{BadPayload, BoxError, FromBinary, IncomingBytes, Message};

/// The same as in `serde_json`.
const MAX_DEPTH: usize = 128;

/// A payload or a reply in [MessagePack](https://msgpack.org), with the feature `msgpack`.
///
/// As a parameter of `#[binary]`, or of `#[incoming]` in a service, it is decoded from a binary message; as a reply, it
/// is sent as one. A struct is sent as a map with the names of its fields, and received as a map or as an array. `T` may
/// borrow from the message. A message that is no MessagePack, or does not fit `T`, closes the connection with 1007; so
/// do bytes after the value, and a value that is nested more than 128 deep.
///
/// ```
/// use serde::{Deserialize, Serialize};
/// use ws_core::prelude::*;
///
/// #[derive(Deserialize)]
/// struct Order<'a> {
///     fruit: &'a str,
///     count: u32,
/// }
///
/// #[derive(Serialize)]
/// struct Price {
///     cents: u32,
/// }
///
/// #[websocket("/fruit")]
/// #[derive(Default)]
/// struct Shop;
///
/// #[websocket]
/// impl Shop {
///     #[binary]
///     fn order(&mut self, MsgPack(order): MsgPack<Order<'_>>) -> MsgPack<Price> {
///         MsgPack(Price { cents: order.count * if order.fruit == "fig" { 90 } else { 40 } })
///     }
/// }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MsgPack<T>(pub T);

impl Message {
    /// Creates a binary message from `value`, serialized as MessagePack, with the feature `msgpack`.
    ///
    /// To answer with a value, return [`MsgPack(value)`](MsgPack). Use this to send it in another way, or to send it
    /// several times: a clone shares the bytes.
    ///
    /// ```
    /// use ws_core::Message;
    ///
    /// assert_eq!(Message::msgpack(&[1, 2])?, Message::from([0x92, 1, 2].as_slice()));
    /// # Ok::<(), ws_core::BoxError>(())
    /// ```
    ///
    /// # Errors
    /// Returns an error if `value` cannot be serialized.
    pub fn msgpack(value: &(impl Serialize + ?Sized)) -> Result<Self, BoxError> {
        Ok(rmp_serde::to_vec_named(value)?.into())
    }
}

impl<'a, T: Deserialize<'a>> MsgPack<T> {
    /// Decodes a value from the payload of a message, as the parameter of a callback is decoded.
    ///
    /// ```
    /// use ws_core::MsgPack;
    ///
    /// let MsgPack(numbers) = MsgPack::<Vec<u8>>::from_bytes(b"\x93\x01\x02\x03")?;
    /// assert_eq!(numbers, [1, 2, 3]);
    /// # Ok::<(), ws_core::BadPayload>(())
    /// ```
    ///
    /// # Errors
    /// Returns an error if `bytes` are no MessagePack, do not fit `T`, or go on after the value.
    pub fn from_bytes(bytes: &'a [u8]) -> Result<Self, BadPayload> {
        let mut decoder = rmp_serde::Deserializer::from_read_ref(bytes);
        // The default, 1024, can overflow the stack of a worker.
        decoder.set_max_depth(MAX_DEPTH);
        let value = T::deserialize(&mut decoder).map_err(|error| bad(&error))?;
        // The decoder does not expose its position.
        match IgnoredAny::deserialize(&mut decoder) {
            Err(Error::InvalidMarkerRead(_)) => Ok(Self(value)),
            _ => Err(BadPayload::new("invalid MessagePack: bytes after the value")),
        }
    }
}

impl<'a, T: Deserialize<'a>> FromBinary<'a> for MsgPack<T> {
    fn from_binary(bytes: &'a mut IncomingBytes<'_>) -> Result<Self, BadPayload> {
        Self::from_bytes(bytes)
    }
}

fn bad(error: &Error) -> BadPayload {
    BadPayload::new(match error {
        Error::InvalidMarkerRead(_) | Error::InvalidDataRead(_) => {
            "invalid MessagePack: the message ends too early".to_owned()
        }
        error => format!("invalid MessagePack: {error}"),
    })
}

impl<T> Deref for MsgPack<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> DerefMut for MsgPack<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

impl<T> From<T> for MsgPack<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read<T: for<'a> Deserialize<'a>>(bytes: &[u8]) -> Result<T, String> {
        let mut bytes = IncomingBytes::from(bytes);
        MsgPack::from_binary(&mut bytes).map(|MsgPack(value)| value).map_err(|bad| bad.to_string())
    }

    #[test]
    fn the_example_of_the_specification_is_read_and_written() {
        let bytes = b"\x82\xa7compact\xc3\xa6schema\x00";
        assert_eq!(read(bytes), Ok(json!({"compact": true, "schema": 0})));
        let message = Message::msgpack(&json!({"compact": true, "schema": 0})).unwrap();
        assert_eq!(message, Message::from(bytes.as_slice()));
    }

    #[test]
    fn a_whole_number_is_a_float() {
        assert_eq!(read(&[3]), Ok(3.0_f64));
    }

    #[test]
    fn invalid_messages_are_refused_with_a_reason() {
        assert_eq!(read::<u8>(&[]), Err("invalid MessagePack: the message ends too early".to_owned()));
        assert_eq!(
            read::<String>(b"\xa5abc"),
            Err("invalid MessagePack: the message ends too early".to_owned())
        );
        assert_eq!(read::<u8>(&[1, 0xc0]), Err("invalid MessagePack: bytes after the value".to_owned()));
        assert_eq!(
            read::<Value>(&[0xc1]),
            Err("invalid MessagePack: wrong msgpack marker Reserved".to_owned())
        );
        assert_eq!(
            read::<u8>(b"\xa1a"),
            Err("invalid MessagePack: wrong msgpack marker FixStr(1)".to_owned())
        );
        let text = read::<bool>(&[0]).unwrap_err();
        assert!(text.starts_with("invalid MessagePack: invalid type: integer `0`"), "{text}");
    }

    #[test]
    fn a_deep_value_is_refused() {
        assert_eq!(
            read::<Value>(&vec![0x91; 100_000]),
            Err("invalid MessagePack: depth limit exceeded".to_owned())
        );
    }

    #[test]
    fn a_length_that_does_not_arrive_allocates_nothing() {
        for header in [0xdd, 0xdf, 0xc6, 0xdb] {
            let result = read::<Value>(&[header, 0xff, 0xff, 0xff, 0xff]);
            assert_eq!(result, Err("invalid MessagePack: the message ends too early".to_owned()));
        }
    }
}
