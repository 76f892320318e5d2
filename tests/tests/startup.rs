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
    let wanted = "no route: no `#[websocket(\"/path\")]` or `#[service]` is linked into this program.\nA crate that nothing names is \
                  not linked, and its handlers are missing: where they are in a crate of their own, write `use \
                  your_crate as _;` in `main.rs`; by hand, `App::new().mount::<Handler>(\"/path\", ())`";
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
    let wanted = "no route: no `#[websocket(\"/path\")]` or `#[service]` is in the module `startup::halls`, or below it.\nThere are some \
                  in `startup::hall`: where you mean those of one, write `App::discover_in(\"startup::hall\")`.\n\
                  A crate that nothing names is not linked, and its handlers are missing: write `use your_crate as _;`";
    assert_eq!(printed(App::discover_in("startup::halls")), wanted);
    assert!(App::discover_in("startup").try_into_router().is_ok());
}

#[test]
fn routes_in_conflict() {
    let first = line!() + 2;
    let app = App::new()
        .route(Route::new::<Room>("/rooms/{id}").name("room"))
        .route(Route::new::<Orders>("/rooms/{room}").name("room"));
    let (file, second) = (file!(), first + 1);
    let wanted = format!(
        "routes in conflict:\n  - `/rooms/{{room}}` of `startup::Orders` ({file}:{second}) and `/rooms/{{id}}` of \
         `startup::Room` ({file}:{first}): a request can match only one, so change one of the paths\n  - the name \
         `room` of `startup::Orders` ({file}:{second}) is also that of `startup::Room` ({file}:{first}): give one of \
         them another"
    );
    assert_eq!(printed(app), wanted);
}

#[test]
fn a_state_is_missing() {
    let (file, line) = (file!(), line!() + 1);
    let app = App::new().mount::<Orders>("/orders", ());
    let wanted = format!(
        "missing state:\n  - `#[init]` of `startup::Orders` ({file}:{line}) takes \
         `State<alloc::sync::Arc<startup::Db>>`: give it with `App::state(…)`"
    );
    assert_eq!(printed(app), wanted);
}

#[test]
fn a_bad_path_by_hand() {
    let (file, line) = (file!(), line!() + 1);
    let app = App::new().mount::<Room>("/rooms/:id", ());
    let wanted = format!(
        "routes that cannot be served:\n  - `/rooms/:id` of `startup::Room` ({file}:{line}): segment `:id`: a \
         parameter is written `{{id}}`"
    );
    assert_eq!(printed(app), wanted);
}

#[test]
fn a_bad_base_url() {
    for (base, wanted) in [
        ("api", "base_url `api`: a path begins with `/`: write `/api`"),
        (
            "https://example.com/api",
            "base_url `https://example.com/api`: it goes before every path, so write a path, as in `/api`; an \
             address is `public_url`",
        ),
        ("/{version}", "base_url `/{version}`: a base url has no parameters, as in `/api`"),
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
        "cannot listen on {}: {source}; another program listens there: stop it, or choose another port (0 takes a \
         free one)",
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
    assert_eq!(error.to_string(), "no route is named `romo`; names: room, hall");
}
