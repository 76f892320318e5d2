//! Payloads in CBOR.

use std::ops::{Deref, DerefMut};

use cbor2::de::{Deserializer, Error};
use serde::{Deserialize, Serialize};

use crate::message::{BadPayload, BoxError, FromBinary, IncomingBytes, Message};

/// The same as in `serde_json`.
const MAX_DEPTH: usize = 128;

/// A payload or a reply in CBOR (RFC 8949), with the feature `cbor`.
///
/// As a parameter of `#[binary]`, or of `#[incoming]` in a service, it is decoded from a binary message; as a reply, it
/// is sent as one, in the shortest form. `T` may borrow from the message. A message that is no CBOR, or does not fit `T`,
/// closes the connection with 1007; so do bytes after the value, and a value that is nested more than 128
/// deep.
///
/// An integer is no float in CBOR, and JavaScript encodes a whole number as an integer. If your clients are browsers, use
/// a type that takes both in place of `f64`, or `MsgPack`, whose `f64` takes both.
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
///     fn order(&mut self, Cbor(order): Cbor<Order<'_>>) -> Cbor<Price> {
///         Cbor(Price { cents: order.count * if order.fruit == "fig" { 90 } else { 40 } })
///     }
/// }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cbor<T>(pub T);

impl Message {
    /// Creates a binary message from `value`, serialized as CBOR, with the feature `cbor`.
    ///
    /// To answer with a value, return [`Cbor(value)`](Cbor). Use this to send it in another way, or to send it several
    /// times: a clone shares the bytes.
    ///
    /// ```
    /// use ws_core::Message;
    ///
    /// assert_eq!(Message::cbor(&[1, 2])?, Message::from([0x82, 1, 2].as_slice()));
    /// # Ok::<(), ws_core::BoxError>(())
    /// ```
    ///
    /// # Errors
    /// Returns an error if `value` cannot be serialized.
    pub fn cbor(value: &(impl Serialize + ?Sized)) -> Result<Self, BoxError> {
        Ok(cbor2::to_vec(value)?.into())
    }
}

impl<'a, T: Deserialize<'a>> Cbor<T> {
    /// Decodes a value from the payload of a message, as the parameter of a callback is decoded.
    ///
    /// ```
    /// use ws_core::Cbor;
    ///
    /// let Cbor(numbers) = Cbor::<Vec<u8>>::from_bytes(b"\x83\x01\x02\x03")?;
    /// assert_eq!(numbers, [1, 2, 3]);
    /// # Ok::<(), ws_core::BadPayload>(())
    /// ```
    ///
    /// # Errors
    /// Returns an error if `bytes` are no CBOR, do not fit `T`, or go on after the value.
    pub fn from_bytes(bytes: &'a [u8]) -> Result<Self, BadPayload> {
        let mut decoder = Deserializer::from_slice_with_recursion_limit(bytes, MAX_DEPTH);
        let value = T::deserialize(&mut decoder).map_err(|error| bad(&error))?;
        if decoder.offset() == bytes.len() {
            Ok(Self(value))
        } else {
            Err(BadPayload::new("invalid CBOR: bytes after the value"))
        }
    }
}

impl<'a, T: Deserialize<'a>> FromBinary<'a> for Cbor<T> {
    fn from_binary(bytes: &'a mut IncomingBytes<'_>) -> Result<Self, BadPayload> {
        Self::from_bytes(bytes)
    }
}

fn bad(error: &Error) -> BadPayload {
    BadPayload::new(match error {
        Error::Io(_) => "invalid CBOR: the message ends too early".to_owned(),
        Error::Semantic(None, text) => format!("invalid CBOR: {text}"),
        error => format!("invalid CBOR: {error}"),
    })
}

impl<T> Deref for Cbor<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> DerefMut for Cbor<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

impl<T> From<T> for Cbor<T> {
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
        Cbor::from_binary(&mut bytes).map(|Cbor(value)| value).map_err(|bad| bad.to_string())
    }

    /// RFC 8949, Appendix A.
    #[test]
    fn examples_of_the_rfc_are_read_and_written() {
        let examples: [(&[u8], Value); 6] = [
            (b"\xa2\x61a\x01\x61b\x82\x02\x03", json!({"a": 1, "b": [2, 3]})),
            (b"\x1b\xff\xff\xff\xff\xff\xff\xff\xff", json!(u64::MAX)),
            (b"\x39\x03\xe7", json!(-1000)),
            (b"\xf9\x3e\x00", json!(1.5)),
            (b"\x62\xc3\xbc", json!("\u{fc}")),
            (b"\x83\xf4\xf5\xf6", json!([false, true, null])),
        ];
        for (bytes, value) in examples {
            assert_eq!(read(bytes), Ok(value.clone()));
            assert_eq!(Message::cbor(&value).unwrap(), Message::from(bytes));
        }
        // An indefinite length, which the server never writes.
        assert_eq!(read(b"\x9f\x01\x82\x02\x03\xff"), Ok(json!([1, [2, 3]])));
    }

    #[test]
    fn invalid_messages_are_refused_with_a_reason() {
        assert_eq!(read::<u8>(&[]), Err("invalid CBOR: the message ends too early".to_owned()));
        assert_eq!(read::<String>(b"\x65abc"), Err("invalid CBOR: the message ends too early".to_owned()));
        assert_eq!(read::<u8>(&[1, 0xf6]), Err("invalid CBOR: bytes after the value".to_owned()));
        assert_eq!(read::<Value>(&[0x1c]), Err("invalid CBOR: syntax error at offset 0".to_owned()));
        let text = read::<f64>(&[3]).unwrap_err();
        assert_eq!(text, "invalid CBOR: invalid type: integer `3`, expected float");
    }

    #[test]
    fn a_deep_value_is_refused() {
        assert_eq!(
            read::<Value>(&vec![0x81; 100_000]),
            Err("invalid CBOR: recursion limit exceeded".to_owned())
        );
        assert_eq!(
            read::<Value>(&vec![0x9f; 100_000]),
            Err("invalid CBOR: recursion limit exceeded".to_owned())
        );
        assert!(read::<u8>(&vec![0xc1; 100_000]).is_err());
    }

    #[test]
    fn a_length_that_does_not_arrive_allocates_nothing() {
        for header in [0x9b, 0xbb, 0x5b, 0x7b] {
            let result = read::<Value>(&[header, 0x0f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);
            assert_eq!(result, Err("invalid CBOR: the message ends too early".to_owned()));
        }
    }
}
