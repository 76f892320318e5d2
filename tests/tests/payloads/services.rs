//! A user's payload types in the `#[incoming]` of services, in both forms. The type decides which messages a callback
//! receives.

use tokio_websockets::Message as Sent;
use ws_core::prelude::*;
use ws_core::{FromBinary, FromText};

use super::answer;
use super::types::{Either, Length, Loud, Number, Packet, Pair, Words};

/// Declares a service with these callbacks, and a test that sends messages to it and compares the answers.
macro_rules! services {
    ($($name:ident: { $($sent:expr => $received:expr,)* } { $($callback:tt)* })*) => { $(
        #[tokio::test]
        async fn $name() {
            #[derive(Default)]
            struct Own;

            #[service]
            impl Own {
                $($callback)*
            }

            $(assert_eq!(answer(App::new().mount_service::<Own>("/"), $sent).await, $received);)*
        }
    )* };
}

services! {
    a_type_of_text: {
        Sent::text("a b") => "a, b",
        Sent::text("a") => "1007: a pair has two words",
    } {
        #[incoming]
        fn received(&mut self, member: &Member<Self>, Pair(first, second): Pair) {
            member.send(format!("{first}, {second}"));
        }
    }

    a_type_of_bytes: {
        Sent::binary(vec![0, 0, 1, 0]) => "number 256",
        Sent::binary(vec![0]) => "1007: a number has four bytes",
    } {
        #[incoming]
        async fn received(&mut self, Number(number): Number, member: &Member<Self>) {
            tokio::task::yield_now().await;
            member.send(format!("number {number}"));
        }
    }

    a_type_of_text_and_bytes_takes_both: {
        Sent::text("12") => "12",
        Sent::binary(vec![0, 0, 0, 12]) => "12",
        Sent::binary(vec![0]) => "1007: a number has four bytes",
    } {
        #[incoming]
        fn received(&mut self, member: &Member<Self>, Either(number): Either) {
            member.send(number.to_string());
        }
    }

    a_type_of_both_leaves_bytes_to_a_callback_for_bytes: {
        Sent::text("12") => "either 12",
        Sent::binary(vec![0, 0]) => "2 bytes",
    } {
        #[incoming]
        fn bytes(&mut self, member: &Member<Self>, bytes: &[u8]) {
            member.send(format!("{} bytes", bytes.len()));
        }

        #[incoming]
        fn received(&mut self, member: &Member<Self>, Either(number): Either) {
            member.send(format!("either {number}"));
        }
    }

    a_type_of_both_leaves_bytes_to_a_callback_for_the_others: {
        Sent::text("12") => "either 12",
        Sent::binary(vec![0, 0]) => "[00, 00]",
    } {
        #[incoming]
        fn received(&mut self, member: &Member<Self>, Either(number): Either) {
            member.send(format!("either {number}"));
        }

        #[incoming]
        fn others(&mut self, member: &Member<Self>, message: Message) {
            member.send(message);
        }
    }

    types_that_borrow: {
        Sent::text("a b c") => "abc",
        Sent::binary(vec![1, 2, 3]) => "1 [2, 3]",
        Sent::binary("") => "1007: an empty packet",
    } {
        #[incoming]
        async fn text(&mut self, Words(words): Words<'_>, member: &Member<Self>) {
            tokio::task::yield_now().await;
            member.send(words.concat());
        }

        #[incoming]
        async fn bytes(&mut self, member: &Member<Self>, Packet(kind, body): Packet<'_>) {
            tokio::task::yield_now().await;
            member.send(format!("{kind} {body:?}"));
        }
    }

    generic_types: {
        Sent::text(r#"!["a", "b"]"#) => "ab",
        Sent::text("[]") => "1007: too quiet",
        Sent::binary(vec![0; 9]) => "9 bytes",
    } {
        #[incoming]
        fn received(&mut self, Loud(words): Loud<Vec<&str>>, member: &Member<Self>) {
            member.send(words.concat());
        }

        #[incoming]
        fn others(&mut self, member: &Member<Self>, Length(length): Length) {
            member.send(format!("{length} bytes"));
        }
    }

    json_in_text_and_in_bytes: {
        Sent::text("[1, 2]") => "[01, 02]",
        Sent::binary("[1, 2]") => "[01, 02]",
        Sent::binary("[1,") => "1007: invalid JSON: EOF while parsing a value at line 1 column 3",
    } {
        #[incoming]
        fn received(&mut self, Json(numbers): Json<Vec<u8>>, member: &Member<Self>) {
            member.send(numbers);
        }
    }
}

/// A service of a type that only its mount names.
struct Generic<T, B>(std::marker::PhantomData<fn() -> (T, B)>);

impl<T, B> Default for Generic<T, B> {
    fn default() -> Self {
        Self(std::marker::PhantomData)
    }
}

#[service]
impl<T, B> Generic<T, B>
where
    T: for<'a> FromText<'a> + Send + 'static,
    B: for<'a> FromBinary<'a> + Send + 'static,
{
    #[incoming]
    fn text(&mut self, _: T, member: &Member<Self>) {
        member.send("text");
    }

    #[incoming]
    async fn bytes(&mut self, member: &Member<Self>, _: B) {
        tokio::task::yield_now().await;
        member.send("bytes");
    }
}

#[tokio::test]
async fn the_types_of_a_generic_service() {
    let app = || App::new().mount_service::<Generic<Pair, Number>>("/");
    assert_eq!(answer(app(), Sent::text("a b")).await, "text");
    assert_eq!(answer(app(), Sent::binary(vec![0; 4])).await, "bytes");
    assert_eq!(answer(app(), Sent::text("a")).await, "1007: a pair has two words");
}

#[service("/payloads/module")]
mod module {
    use ws_core::prelude::*;

    use super::*;

    #[derive(Default)]
    pub(super) struct Own(u32);

    #[incoming]
    async fn words(own: &mut Own, member: &Member<Own>, Loud(words): Loud<Vec<&str>>) {
        tokio::task::yield_now().await;
        own.0 += 1;
        member.send(words.concat());
    }

    #[incoming]
    fn packet(own: &mut Own, Packet(kind, body): Packet<'_>, member: &Member<Own>) {
        own.0 += 1;
        member.send(format!("{kind} {body:?}"));
    }
}

#[service("/payloads/either")]
mod either {
    use ws_core::prelude::*;

    use super::*;

    #[derive(Default)]
    pub(super) struct Sum(u32);

    #[incoming]
    fn add(sum: &mut Sum, Either(number): Either, member: &Member<Sum>) {
        sum.0 += number;
        member.send(sum.0.to_string());
    }
}

#[tokio::test]
async fn types_in_the_module_form() {
    let app = || App::new().mount_service::<module::Own>("/");
    assert_eq!(answer(app(), Sent::text(r#"!["a", "b"]"#)).await, "ab");
    assert_eq!(answer(app(), Sent::binary(vec![1, 2])).await, "1 [2]");
    let app = || App::new().mount_service::<either::Sum>("/");
    assert_eq!(answer(app(), Sent::text("12")).await, "12");
    assert_eq!(answer(app(), Sent::binary(vec![0, 0, 0, 12])).await, "12");
}
