//! Other items in a module, and the places where a module may be declared.

use ws_core::prelude::*;

use super::{Outcome, answer, start};

/// The module, its callbacks and its alternatives are under `#[cfg]`.
#[websocket("/chosen")]
#[cfg(not(any()))]
mod chosen {
    #[cfg(any())]
    use nothing::Nothing;

    #[derive(Default)]
    struct Chosen(u8);

    #[cfg(any())]
    #[init]
    fn never(nothing: Nothing) -> Chosen {
        Chosen(nothing.0)
    }

    #[cfg(not(any()))]
    #[init]
    fn new() -> Chosen {
        Chosen(7)
    }

    #[cfg(any())]
    #[text]
    fn never_received(chosen: &mut Chosen, nothing: Nothing) {}

    #[text]
    #[cfg(not(any()))]
    fn received(chosen: &mut Chosen) -> String {
        chosen.0.to_string()
    }

    #[cfg(any())]
    #[info]
    fn never_notified(chosen: &mut Chosen, nothing: Nothing) {}
}

/// Compiled out.
#[websocket("/chosen")]
#[cfg(any())]
mod not_chosen {
    #[text]
    fn received(nothing: &mut Nothing) {}
}

#[tokio::test]
async fn cfg_chooses() -> Outcome {
    let mut client = start("places::chosen")?.connect("/chosen").await?;
    assert_eq!(answer(&mut client, "?").await?, "7");
    Ok(())
}

/// All kinds of items that may be in a module beside callbacks, and nested modules.
#[websocket("/beside", crate = super::framework::sockets)]
mod beside {
    extern crate std as standard;

    use super::framework::sockets::{Context, websocket};

    static NAMES: Names = Names { all: ["a", "b"] };
    const LAST: Item = Item { index: 1 };
    type Index = usize;

    struct Names {
        all: [&'static str; 1 + 1],
    }

    struct Item {
        index: Index,
    }

    macro_rules! index {
        ($item:expr) => {
            $item.index
        };
    }

    std::thread_local! {
        static CALLS: standard::cell::Cell<usize> = const { standard::cell::Cell::new(0) };
    }

    pub(super) trait Name {
        fn name(&self) -> &'static str;
    }

    #[derive(Default)]
    pub(super) struct Beside;

    impl Name for Beside {
        fn name(&self) -> &'static str {
            NAMES.all[index!(LAST)]
        }
    }

    extern "C" fn plain() -> usize {
        CALLS.with(|calls| calls.replace(calls.get() + 1))
    }

    #[text]
    pub(super) fn received(beside: &mut Beside) -> String {
        format!("{} {}", beside.name(), plain())
    }

    #[cfg(test)]
    mod inner {
        use super::{Context, websocket};

        #[websocket("/inner", crate = crate::places::framework::sockets)]
        pub(crate) mod nested {
            pub(crate) struct Nested;

            #[init]
            fn new() -> Nested {
                Nested
            }

            #[open]
            fn open(_: &mut Nested, cx: &mut super::Context<Nested>) -> String {
                cx.path().to_owned()
            }
        }
    }
}

/// ws-core as another crate may re-export it.
mod framework {
    pub(crate) mod sockets {
        pub(crate) use ::ws_core::*;
    }
}

#[tokio::test]
async fn other_items_and_modules_stay_as_they_are() -> Outcome {
    let app = start("places::beside")?;
    let mut client = app.connect("/beside").await?;
    assert_eq!(answer(&mut client, "?").await?, "b 0");
    assert_eq!(app.connect("/inner").await?.text().await?, "/inner");
    Ok(())
}

#[tokio::test]
async fn a_module_may_stand_in_a_function() -> Outcome {
    #[websocket("/local")]
    mod local {
        #[derive(Default)]
        pub(super) struct Local;

        #[text]
        fn received(_: &mut Local) -> &'static str {
            "local"
        }
    }

    let app = start("places::local")?;
    assert_eq!(app.handle().url::<local::Local>(()).unwrap(), "/local");
    assert_eq!(answer(&mut app.connect("/local").await?, "?").await?, "local");
    Ok(())
}
