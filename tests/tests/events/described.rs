//! The description of events, which generators read from the routes.

use serde::{Deserialize, Serialize};
use ws_core::prelude::*;
use ws_core::{EventInfo, Handler};

#[derive(Deserialize)]
struct Say<'a> {
    _text: &'a str,
}

#[derive(Serialize)]
struct Said;

#[websocket("/described")]
#[derive(Default)]
struct Described;

#[websocket]
impl Described {
    #[message]
    fn say(&mut self, _: Say<'_>) -> Said {
        Said
    }

    #[message("go-away")]
    fn leave(&mut self) {}

    #[message]
    #[cfg(any())]
    fn never(&mut self) {}
}

#[service("/described-service")]
#[derive(Default)]
struct Room;

#[service]
impl Room {
    #[message]
    fn count(&mut self) -> Result<u8, String> {
        Ok(1)
    }
}

#[test]
fn the_routes_that_are_linked_describe_their_events() {
    let routes = App::discover().routes();
    let of = |path: &str| -> Vec<EventInfo> {
        routes.events().filter(|(of, _)| *of == path).map(|(_, event)| *event).collect()
    };
    let (module, unit) = (module_path!(), "()");
    let said = format!("{module}::Said");
    let [say, leave] = of("/described")[..] else { panic!("two events") };
    assert_eq!((say.name, say.answer), ("say", &*said));
    assert!(say.payload.is_some_and(|payload| payload.starts_with(&format!("{module}::Say"))), "{say:?}");
    assert_eq!((leave.name, leave.payload, leave.answer), ("go-away", None, unit));
    let [count] = of("/described-service")[..] else { panic!("one event") };
    assert!(count.answer.contains("Result<u8,"), "{count:?}");
    assert_eq!(Described::events(), of("/described"));
}
