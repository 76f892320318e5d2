//! Reads a payload from the fields beside the envelope's, or from the field `data` if it is not an object.

use std::borrow::Cow;
use std::fmt;

use serde::de::value::{BorrowedStrDeserializer, MapAccessDeserializer, StringDeserializer};
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};
use serde::forward_to_deserialize_any;

use super::call::Text;
use super::envelope::{DATA, Envelope};

/// Deserializes an object without the fields of the envelope.
pub(super) struct Fields<D> {
    object: D,
    envelope: Envelope,
}

impl<D> Fields<D> {
    pub(super) const fn new(object: D, envelope: Envelope) -> Self {
        Self { object, envelope }
    }
}

macro_rules! data {
    ($($method:ident)*) => { $(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
            self.object.deserialize_map(Data(visitor))
        }
    )* };
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Fields<D> {
    type Error = D::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        let Self { object, envelope } = self;
        object.deserialize_map(Objects { visitor, envelope })
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        visitor.visit_newtype_struct(self)
    }

    /// An event without a payload has no fields to read, whatever the client sends.
    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        visitor.visit_unit()
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        let Self { object, envelope } = self;
        object.deserialize_map(Enums { visitor, envelope, name, variants })
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, D::Error> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.deserialize_seq(visitor)
    }

    data! {
        deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128 deserialize_u8
        deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128 deserialize_f32 deserialize_f64 deserialize_char
        deserialize_str deserialize_string deserialize_bytes deserialize_byte_buf deserialize_seq
    }

    forward_to_deserialize_any! { map struct identifier ignored_any }
}

/// Reads a value that is not an object from the field `data`, where the [`answer`](super::answer) has it too.
struct Data<V>(V);

impl<'de, V: Visitor<'de>> Visitor<'de> for Data<V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.expecting(f)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<V::Value, A::Error> {
        while let Some(Text(key)) = map.next_key()? {
            if *key == *DATA {
                let value = map.next_value_seed(Any(self.0))?;
                while map.next_key::<IgnoredAny>()?.is_some() {
                    map.next_value::<IgnoredAny>()?;
                }
                return Ok(value);
            }
            map.next_value::<IgnoredAny>()?;
        }
        Err(A::Error::missing_field(DATA))
    }
}

/// Passes any value to a visitor.
struct Any<V>(V);

impl<'de, V: Visitor<'de>> DeserializeSeed<'de> for Any<V> {
    type Value = V::Value;

    fn deserialize<D: Deserializer<'de>>(self, value: D) -> Result<V::Value, D::Error> {
        value.deserialize_any(self.0)
    }
}

/// Passes an object on without the hidden fields.
struct Objects<V> {
    visitor: V,
    envelope: Envelope,
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Objects<V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.visitor.expecting(f)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<V::Value, A::Error> {
        self.visitor.visit_map(Visible { map, envelope: self.envelope, first: None })
    }
}

/// Passes the first visible field on as the variant of an enum, or a variant without fields from the field `data`.
struct Enums<V> {
    visitor: V,
    envelope: Envelope,
    name: &'static str,
    variants: &'static [&'static str],
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Enums<V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.visitor.expecting(f)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<V::Value, A::Error> {
        let mut map = Visible { map, envelope: self.envelope, first: None };
        let first = map.next()?;
        let value = match first {
            Some(key) if *key == *DATA => map.next_value_seed(self)?,
            first => {
                map.first = first;
                self.visitor.visit_enum(MapAccessDeserializer::new(&mut map))?
            }
        };
        // The rest of the object has to be read.
        while map.next()?.is_some() {
            map.next_value::<IgnoredAny>()?;
        }
        Ok(value)
    }
}

impl<'de, V: Visitor<'de>> DeserializeSeed<'de> for Enums<V> {
    type Value = V::Value;

    fn deserialize<D: Deserializer<'de>>(self, value: D) -> Result<V::Value, D::Error> {
        value.deserialize_enum(self.name, self.variants, self.visitor)
    }
}

/// The fields of an object that are not the envelope's.
struct Visible<'de, A> {
    map: A,
    envelope: Envelope,
    /// The name of a field that was read ahead.
    first: Option<Cow<'de, str>>,
}

impl<'de, A: MapAccess<'de>> Visible<'de, A> {
    /// Returns the name of the next field.
    fn next(&mut self) -> Result<Option<Cow<'de, str>>, A::Error> {
        if self.first.is_some() {
            return Ok(self.first.take());
        }
        while let Some(Text(key)) = self.map.next_key()? {
            if *key != *self.envelope.tag && *key != *self.envelope.id {
                return Ok(Some(key));
            }
            self.map.next_value::<IgnoredAny>()?;
        }
        Ok(None)
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Visible<'de, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
        self.next()?
            .map(|key| match key {
                Cow::Borrowed(key) => seed.deserialize(BorrowedStrDeserializer::new(key)),
                Cow::Owned(key) => seed.deserialize(StringDeserializer::new(key)),
            })
            .transpose()
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        self.map.next_value_seed(seed)
    }

    fn size_hint(&self) -> Option<usize> {
        self.map.size_hint()
    }
}
