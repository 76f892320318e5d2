//! Modules with names that generated code uses, and modules from a macro.

use ws_core::prelude::*;

use super::{Outcome, answer, start};

/// No prelude, types with names that generated code uses, and functions named like its variables.
#[websocket("/hostile")]
mod hostile {
    #![no_implicit_prelude]

    use ::ws_core::{Context as Cx, Terminate, Upgrade};

    pub(super) struct Result {
        pub(super) count: u8,
    }

    pub(super) struct Option(pub(super) u8);
    struct ResultInfo(u8);
    struct Infos(u8);
    type Reply = Message;
    type Message = u8;
    struct String;
    struct Send;
    struct Context(Send, String);
    type Handler = Result;

    #[init]
    async fn init(upgrade: &mut Upgrade<Handler>) -> Handler {
        upgrade.info(ResultInfo(1));
        Result { count: 0 }
    }

    #[open]
    fn reply(result: &mut Result, cx: &mut Cx<Result>) {
        let Context(Send, String) = Context(Send, String);
        cx.socket().info(Infos(2));
        result.count += 1;
    }

    #[text]
    fn message(result: &mut Result, payload: &str) -> &'static str {
        result.count += 1;
        if payload == "message" { "message" } else { "another" }
    }

    #[binary]
    fn payload(result: &mut Result) -> ::std::string::String {
        ::std::format!("payload {}", result.count)
    }

    #[info]
    fn info(_: &mut Result, info: ResultInfo) -> ::std::string::String {
        ::std::format!("info {}", info.0)
    }

    #[info]
    fn cx(_: &mut Result, info: Infos, cx: &mut Cx<Result>) -> ::std::string::String {
        ::std::format!("cx {} {}", info.0, cx.path())
    }

    #[info]
    fn r#match(_: &mut Result, Option(count): Option) -> ::std::string::String {
        let count: Reply = count;
        ::std::format!("match {count}")
    }

    #[terminate]
    fn reason(result: &mut Result, reason: &Terminate) {
        let _ = (result.count, reason);
    }
}

#[tokio::test]
async fn hostile_names_meet_nothing_of_ours() -> Outcome {
    let app = start("names::hostile")?;
    let mut client = app.connect("/hostile").await?;
    assert_eq!(client.text().await?, "info 1");
    assert_eq!(client.text().await?, "cx 2 /hostile");
    assert_eq!(answer(&mut client, "message").await?, "message");
    client.send(Vec::new()).await?;
    assert_eq!(client.text().await?, "payload 2");
    app.handle().sockets::<hostile::Result>()[0].info(hostile::Option(3));
    assert_eq!(client.text().await?, "match 3");
    Ok(())
}

/// A module from a macro that receives its name, types, signatures, bodies and whole items.
macro_rules! module {
    ($vis:vis $name:ident at $path:literal of $state:ty { $($item:item)* } $callback:item $body:block) => {
        #[websocket($path, crate = ::ws_core)]
        $vis mod $name {
            $($item)*

            #[text]
            $callback

            #[binary]
            $vis fn bytes(_: &mut $state) -> ::std::string::String $body
        }
    };
}

#[derive(Default)]
pub(crate) struct Made;

module! {
    pub(crate) made at "/made" of super::Made {
        struct Unused;
        const NUMBER: Wrapper = Wrapper { number: 3 };
        struct Wrapper { number: u8 }
        pub(crate) const fn number() -> u8 { let Unused = Unused; NUMBER.number }
    }
    fn received(state: &mut super::Made) -> &'static str { let super::Made = *state; "received" }
    { ::std::string::String::from("bytes") }
}

#[tokio::test]
async fn a_macro_may_write_modules() -> Outcome {
    let mut client = start("names::made")?.connect("/made").await?;
    assert_eq!(answer(&mut client, "?").await?, "received");
    client.send(vec![made::number()]).await?;
    assert_eq!(client.text().await?, "bytes");
    Ok(())
}
