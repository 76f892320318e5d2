//! URLs of handlers and of names (Z1).

use ws_core::prelude::*;
use ws_core::{Route, UrlError, UrlParams};

mod site {
    use ws_core::prelude::*;

    #[websocket("/home")]
    #[derive(Default)]
    pub(super) struct Home;

    #[websocket]
    impl Home {}

    #[websocket("/rooms/{room}/seats/{seat}", name = "seat")]
    #[derive(Default)]
    pub(super) struct Seat;

    #[websocket]
    impl Seat {}

    #[websocket("/files/{*path}", name = "files")]
    #[derive(Default)]
    pub(super) struct Files;

    #[websocket]
    impl Files {}
}

use self::site::{Files, Home, Seat};

/// Returns the handle of an app under a base URL, with everything in `site`, and with `Files` a second time.
fn handle() -> AppHandle {
    let app = App::discover_in(&format!("{}::site", module_path!()))
        .route(Route::new::<Files>("/more/{*path}").name("more files"))
        .base_url("/api/");
    let handle = app.handle();
    drop(app.into_router());
    handle
}

#[derive(Default)]
struct Nowhere;

#[websocket]
impl Nowhere {}

#[test]
fn z1_a_handler_has_its_url_under_the_base_url() {
    let app = handle();
    assert_eq!(app.url::<Home>(()).unwrap(), "/api/home");
    assert_eq!(app.url::<Seat>([("room", "a"), ("seat", "1")]).unwrap(), "/api/rooms/a/seats/1");
    assert_eq!(app.url_for("seat", [("seat", 2), ("room", 7)]).unwrap(), "/api/rooms/7/seats/2");
    let borrowed: &[(&str, u8)] = &[("seat", 2), ("room", 7)];
    assert_eq!(app.url::<Seat>(borrowed).unwrap(), "/api/rooms/7/seats/2");
    let params = vec![("room".to_owned(), 'x'), ("seat".to_owned(), 'y')];
    assert_eq!(app.url_for("seat", params).unwrap(), "/api/rooms/x/seats/y");
}

#[test]
fn z1_parameters_are_percent_encoded() {
    let app = handle();
    let url = |room, seat| app.url::<Seat>([("room", room), ("seat", seat)]).unwrap();
    assert_eq!(url("a/b c", "ü?#"), "/api/rooms/a%2Fb%20c/seats/%C3%BC%3F%23");
    assert_eq!(url("+&=", "%41"), "/api/rooms/%2B%26%3D/seats/%2541");
    assert_eq!(url("{x}", "a-b_c~d.e"), "/api/rooms/%7Bx%7D/seats/a-b_c~d.e");
    assert_eq!(app.url_for("files", [("path", "a b/c?")]).unwrap(), "/api/files/a%20b/c%3F");
}

/// Returns the URL by type, and asserts that the URL by name is the same.
fn seat(app: &AppHandle, params: impl UrlParams) -> Result<String, UrlError> {
    assert_eq!(app.url::<Seat>(&params), app.url_for("seat", &params));
    app.url::<Seat>(params)
}

#[test]
fn a_url_that_cannot_be_built_is_an_error_with_its_cause() {
    let app = handle();
    let problem = |url: Result<String, UrlError>| match url.unwrap_err() {
        UrlError::Params { path, problem } => {
            assert_eq!(path, "/api/rooms/{room}/seats/{seat}");
            problem
        }
        other => panic!("{other}"),
    };
    assert!(problem(seat(&app, ())).contains("`room` is missing"));
    assert!(problem(seat(&app, [("room", 1)])).contains("`seat` is missing"));
    assert!(problem(seat(&app, [("room", 1), ("seat", 2), ("row", 3)])).contains("no parameter `row`"));
    assert!(problem(seat(&app, [("room", 1), ("seat", 2), ("seat", 3)])).contains("`seat` is given twice"));
    assert!(problem(seat(&app, [("room", "r"), ("seat", "")])).contains("`seat` is empty"));
    for dots in [".", ".."] {
        let problem = problem(seat(&app, [("room", dots), ("seat", "1")]));
        assert!(problem.contains("resolve to another path"), "{problem}");
    }
    assert!(matches!(app.url::<Home>([("x", 1)]), Err(UrlError::Params { .. })));
}

#[test]
fn a_route_that_is_not_there_or_there_twice_has_no_url() {
    let app = handle();
    let unknown = app.url_for("seats", ()).unwrap_err();
    assert!(matches!(unknown, UrlError::UnknownName { .. }));
    let text = unknown.to_string();
    assert!(text.contains("`seats`") && text.contains("seat") && text.contains("more files"), "{text}");

    let nowhere = app.url::<Nowhere>(()).unwrap_err();
    assert!(matches!(nowhere, UrlError::NotMounted { handler } if handler.ends_with("::Nowhere")));

    let twice = app.url::<Files>([("path", "x")]).unwrap_err();
    let UrlError::Ambiguous { paths, .. } = &twice else { panic!("{twice}") };
    assert_eq!(*paths, ["/api/files/{*path}", "/api/more/{*path}"]);
    assert!(twice.to_string().contains("`url_for`"), "{twice}");
    assert_eq!(app.url_for("more files", [("path", "x")]).unwrap(), "/api/more/x");
}

#[test]
fn an_app_that_has_not_started_has_no_urls() {
    let app = App::discover_in(&format!("{}::site", module_path!()));
    assert!(matches!(app.handle().url::<Home>(()), Err(UrlError::NotMounted { .. })));
}
