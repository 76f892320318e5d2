//! Invalid settings stop the start. Each error explains the correct setting.

use std::time::Duration;

use ws_core::Route;
use ws_core::prelude::*;

use super::Here;

fn problem(app: App) -> String {
    app.try_into_router().expect_err("a startup error").to_string()
}

#[test]
fn a_bad_base_url() {
    for (base, wanted) in [
        ("api", "write `/api`"),
        ("/a b", "' '"),
        ("/api?x", "'?'"),
        ("/{version}", "must not contain parameters"),
        ("/:version", "{version}"),
        ("https://example.com/api", "use `public_url`"),
    ] {
        let error = problem(super::app().base_url(base));
        assert!(error.contains(&format!("base_url `{base}`")) && error.contains(wanted), "{error}");
    }
    for base in ["", "/", "/api", "/api/", "/v1/api"] {
        assert!(super::app().base_url(base).try_into_router().is_ok(), "{base}");
    }
}

#[test]
fn a_bad_limit_of_the_app() {
    let app = super::app;
    let refused = vec![
        (app().idle_timeout(Duration::ZERO), "`idle_timeout` must be greater than zero"),
        (app().heartbeat(Duration::ZERO), "`heartbeat` must be at least 10 ms"),
        (app().heartbeat(Duration::from_millis(9)), "`heartbeat` must be at least 10 ms"),
        (app().heartbeat(Duration::from_secs(60)), "`heartbeat` must be shorter than `idle_timeout`"),
        (
            app().heartbeat(Duration::from_secs(25)).idle_timeout(Duration::from_secs(25)),
            "`heartbeat` must be shorter than `idle_timeout`",
        ),
        (app().max_message_size(0), "`max_message_size` must be at least 1"),
        (app().max_frame_size(0), "`max_frame_size` must be at least 1"),
        (app().max_fragments(0), "`max_fragments` must be at least 1"),
        (app().send_buffer(0), "`send_buffer` must be at least 1 byte"),
        (app().fragment_size(0), "`fragment_size` must be at least 1"),
        (app().message_timeout(Duration::ZERO), "`message_timeout` must be greater than zero"),
        (app().write_timeout(Duration::ZERO), "`write_timeout` must be greater than zero"),
        (app().close_timeout(Duration::ZERO), "`close_timeout` must be greater than zero"),
        (app().init_timeout(Duration::ZERO), "`init_timeout` must be greater than zero"),
        (app().terminate_timeout(Duration::ZERO), "`terminate_timeout` must be greater than zero"),
        (app().mailbox_messages(0), "`mailbox_messages` must be at least 1; use `None` to disable it"),
        (app().mailbox_bytes(0), "`mailbox_bytes` must be at least 1"),
    ];
    for (app, wanted) in refused {
        let error = problem(app);
        assert!(error.contains(wanted), "{error}");
    }
    let app = app().idle_timeout(None).heartbeat(None).message_timeout(None).write_timeout(None);
    let app = app.init_timeout(None).terminate_timeout(None);
    assert!(app.try_into_router().is_ok());
}

#[test]
fn bad_limits_of_routes_are_reported_at_once_with_their_places() {
    let first = line!() + 2;
    let app = App::new()
        .route(Route::new::<Here>("/a").idle_timeout(Duration::ZERO))
        .route(Route::new::<Here>("/b").heartbeat(Duration::ZERO))
        .route(Route::new::<Here>("/c").max_message_size(0))
        .route(Route::new::<Here>("/d").mailbox_messages(0))
        .route(Route::new::<Here>("/e").subprotocols(["good", "not good"]))
        .route(Route::new::<Here>("/f").idle_timeout(None));
    let error = problem(app);
    assert_eq!(error.lines().count(), 6, "{error}");
    let words = [
        "`idle_timeout`",
        "`heartbeat`",
        "`max_message_size`",
        "`mailbox_messages`",
        "subprotocol `not good`",
    ];
    for ((path, words), line) in ["/a", "/b", "/c", "/d", "/e"].into_iter().zip(words).zip(first..) {
        let item = error.lines().find(|item| item.contains(&format!("`{path}` of"))).expect(path);
        assert!(item.contains(words) && item.contains(&format!("({}:{line})", file!())), "{item}");
        assert!(item.contains("::Here`"), "{item}");
    }
}

#[test]
fn the_debug_format_of_an_error_is_its_text() {
    let error = super::app().base_url("api").try_into_router().unwrap_err();
    assert_eq!(format!("{error:?}"), error.to_string());
}

#[tokio::test]
async fn run_within_a_runtime_names_serve() {
    let error = super::app().run("127.0.0.1:0").unwrap_err().to_string();
    assert!(error.contains("`App::discover().serve(addr).await`"), "{error}");
}
