//! Random ids, which a browser and the server exchange as text.

/// Declares an id of 128 random bits.
macro_rules! random_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name([u8; 16]);

        impl $name {
            /// Creates a random id.
            pub(crate) fn random() -> Self {
                Self(rand::random())
            }

            /// Reads an id as it is displayed. Returns `None` for any other text.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                use base64::Engine as _;
                let mut bytes = [0; 16];
                let read = base64::prelude::BASE64_URL_SAFE_NO_PAD.decode_slice(text, &mut bytes);
                (read == Ok(16)).then_some(Self(bytes))
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                use base64::Engine as _;
                let mut text = [0; 22];
                let written = base64::prelude::BASE64_URL_SAFE_NO_PAD.encode_slice(self.0, &mut text);
                f.pad(written.ok().and_then(|_| ::std::str::from_utf8(&text).ok()).unwrap_or_default())
            }
        }

        impl ::std::fmt::Debug for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }
    };
}
pub(crate) use random_id;

#[cfg(test)]
mod tests {
    use crate::handshake::session::SessionId as Id;

    #[test]
    fn an_id_is_read_as_it_is_displayed() {
        let id = Id::random();
        let text = id.to_string();
        assert_eq!((text.len(), Id::parse(&text)), (22, Some(id)));
        assert_eq!(format!("{id:?}"), format!("SessionId({text})"));
        for wrong in ["", "AAAA", &text[1..], &format!("{text}A"), "!!!!!!!!!!!!!!!!!!!!!!"] {
            assert_eq!(Id::parse(wrong), None, "{wrong}");
        }
    }
}
