//! The full text of each startup error, as a `main` that returns it prints it. Read the texts aloud after a change.

use std::sync::Arc;

use ws_core::prelude::*;
use ws_core::{Error, Route};
use ws_tests::Server;

struct Db;

#[derive(Default)]
struct Room;

#[websocket]
impl Room {}

struct Orders;

#[websocket]
impl Orders {
    #[init]
    fn new(_: State<Arc<Db>>) -> Self {
        Self
    }
}

fn printed(app: App) -> String {
    format!("{:?}", app.try_into_router().expect_err("an app that cannot start"))
}

fn rooms() -> App {
    App::new().mount::<Room>("/rooms", ())
}

#[test]
fn no_route() {
    let wanted = "this app has no routes: no `#[websocket(\"/path\")]` or `#[service]` is linked into the program\n\
                  help: the linker leaves out a crate that nothing refers to; if your handlers are in another crate, \
                  write `use your_crate as _;` in `main.rs`\n\
                  help: to mount a handler by hand, write `App::new().mount::<Handler>(\"/path\", ())`";
    assert_eq!(printed(App::new()), wanted);
}

/// A linked handler, so that the error can suggest its module.
mod hall {
    use super::*;

    #[websocket("/hall")]
    #[derive(Default)]
    struct Hall;

    #[websocket]
    impl Hall {}
}

#[test]
fn no_route_in_a_module() {
    let wanted = "this app has no routes: no `#[websocket(\"/path\")]` or `#[service]` is in module `startup::halls` \
                  or its submodules\n\
                  help: these modules have routes: `startup::hall`; for those of one, write \
                  `App::discover_in(\"startup::hall\")`\n\
                  help: the linker leaves out a crate that nothing refers to; write `use your_crate as _;`";
    assert_eq!(printed(App::discover_in("startup::halls")), wanted);
    assert!(App::discover_in("startup").try_into_router().is_ok());
}

/// A function for pages, in an app that has none.
mod desk {
    use super::*;

    pub(super) const RING: u32 = line!() + 2;

    #[message]
    fn ring() {}
}

#[test]
fn functions_without_pages() {
    let wanted = format!(
        "`#[message]` `ring` ({}:{}) is never called: this app has no pages\nhelp: write `App::pages(Pages::new())`",
        file!(),
        desk::RING
    );
    assert_eq!(printed(App::discover_in("startup::desk")), wanted);
    assert!(App::discover_in("startup::desk").pages(Pages::new()).try_into_router().is_ok());
}

#[test]
fn routes_in_conflict() {
    let first = line!() + 2;
    let app = App::new()
        .route(Route::new::<Room>("/rooms/{id}").name("room"))
        .route(Route::new::<Orders>("/rooms/{room}").name("room"));
    let (file, second) = (file!(), first + 1);
    let wanted = format!(
        "conflicting routes:\n  - `/rooms/{{room}}` of `startup::Orders` ({file}:{second}) conflicts with \
         `/rooms/{{id}}` of `startup::Room` ({file}:{first}): change one of the paths\n  - the name `room` of \
         `startup::Orders` ({file}:{second}) is also the name of `startup::Room` ({file}:{first}): rename one of the \
         routes"
    );
    assert_eq!(printed(app), wanted);
}

#[test]
fn a_state_is_missing() {
    let (file, line) = (file!(), line!() + 1);
    let app = App::new().mount::<Orders>("/orders", ());
    let wanted = format!(
        "missing state:\n  - `#[init]` of `startup::Orders` ({file}:{line}) takes \
         `State<alloc::sync::Arc<startup::Db>>`, but the app has no such state; add it with `App::state(…)`"
    );
    assert_eq!(printed(app), wanted);
}

#[test]
fn a_bad_path_by_hand() {
    let (file, line) = (file!(), line!() + 1);
    let app = App::new().mount::<Room>("/rooms/:id", ());
    let wanted = format!(
        "invalid routes:\n  - `/rooms/:id` of `startup::Room` ({file}:{line}): segment `:id`: write parameters as \
         `{{id}}`"
    );
    assert_eq!(printed(app), wanted);
}

#[test]
fn a_bad_base_url() {
    for (base, wanted) in [
        ("api", "base_url `api`: a path must start with `/`; write `/api`"),
        (
            "https://example.com/api",
            "base_url `https://example.com/api` is not a path: it is the prefix of all routes, such as `/api`; for \
             the address of the app, use `public_url`",
        ),
        (
            "/{version}",
            "base_url `/{version}` must not contain parameters; write a plain path, such as `/api`",
        ),
    ] {
        assert_eq!(printed(rooms().base_url(base)), wanted);
    }
}

#[tokio::test]
async fn an_address_in_use() {
    let server = Server::start(rooms()).await;
    let error = rooms().bind(server.addr).await.expect_err("the port is in use");
    // The text of `source` comes from the operating system.
    let Error::Bind { source, .. } = &error else { panic!("{error}") };
    let wanted = format!(
        "cannot listen on {}: {source}; another program uses this address: stop it, or choose another port (port 0 \
         picks a free one)",
        server.addr
    );
    assert_eq!(format!("{error:?}"), wanted);
}

#[test]
fn a_name_that_is_unknown_to_url_for() {
    let named = Route::new::<Room>("/rooms/{id}").name("room");
    let app = App::new().route(named).route(Route::new::<Room>("/hall").name("hall"));
    let handle = app.handle();
    drop(app.into_router());
    let error = handle.url_for("romo", ()).expect_err("an unknown name");
    assert_eq!(error.to_string(), "no route is named `romo` (named routes: room, hall)");
}

#[tokio::test]
async fn an_address_that_is_a_url_or_lacks_a_part() {
    for (addr, wanted) in [
        ("http://127.0.0.1:8080", "`http://` makes it a URL; write `127.0.0.1:8080`"),
        ("8080", "it has no host; write `127.0.0.1:8080`, or `0.0.0.0:8080` to serve other machines too"),
        ("localhost", "it has no port; write `localhost:8080`"),
    ] {
        let error = rooms().bind(addr).await.expect_err("not an address");
        assert!(matches!(error, Error::Bind { .. }));
        assert_eq!(format!("{error:?}"), format!("cannot listen on {addr:?}: {wanted}"));
    }
    let error = rooms().bind(("ws://localhost", 8080)).await.expect_err("not an address");
    let wanted =
        "cannot listen on (\"ws://localhost\", 8080): `ws://` makes it a URL; write `localhost:8080`";
    assert_eq!(format!("{error:?}"), wanted);
}

/// Polls `future` once, outside of any tokio runtime.
fn polled<F: Future>(future: F) -> F::Output {
    match std::pin::pin!(future).poll(&mut std::task::Context::from_waker(std::task::Waker::noop())) {
        std::task::Poll::Ready(output) => output,
        std::task::Poll::Pending => panic!("it waits"),
    }
}

#[test]
fn serving_without_a_runtime() {
    let help = "needs a tokio runtime, and none runs here\nhelp: write `#[tokio::main]` on your `async fn main`, or call \
                `App::run`, which starts runtimes of its own, from a `main` that is not async";
    let error = polled(rooms().serve("127.0.0.1:0")).expect_err("no runtime");
    assert_eq!(format!("{error:?}"), format!("`serve` {help}"));
    let error = polled(rooms().bind("127.0.0.1:0")).expect_err("no runtime");
    assert_eq!(format!("{error:?}"), format!("`bind` {help}"));
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let server = runtime.block_on(rooms().bind("127.0.0.1:0")).expect("a server");
    let error = polled(server.serve()).expect_err("no runtime");
    assert_eq!(format!("{error:?}"), format!("`serve` {help}"));
}
