//! Runs the handlers of a crate that forbids, denies, renames and shadows as much as it can.

use renamed::testing;
use renamed::{App, Result};
use ws_strict as _;

type Outcome = Result<(), Box<dyn std::error::Error>>;

#[tokio::test]
async fn they_are_linked_and_answer() -> Outcome {
    let app = testing::start(App::discover_in("ws_strict").state("welcome"))?;
    let mut echo = app.connect("/strict/echo").await?;
    assert_eq!(echo.text().await?, "later");
    echo.send("hello").await?;
    assert_eq!(echo.text().await?, "hello");
    let mut names = app.connect("/strict/names/all").await?;
    names.send("how many?").await?;
    assert_eq!(names.text().await?, "count 2");
    let mut module = app.connect("/strict/module").await?;
    module.send("once").await?;
    assert_eq!(module.text().await?, "once 1");
    let mut names = app.connect("/strict/module/names/all").await?;
    names.send("how many?").await?;
    assert_eq!(names.text().await?, "count 2");
    Ok(())
}

#[test]
fn the_routes_of_the_crate_are_pinned() {
    let routes = App::discover_in("ws_strict").routes();
    assert_eq!(
        routes.paths().collect::<Vec<_>>(),
        [
            "/strict/borrowed",
            "/strict/borrowed/module",
            "/strict/echo",
            "/strict/module",
            "/strict/module/names/{name}",
            "/strict/names/{name}",
            "/strict/service/made/counter",
            "/strict/service/made/mirror",
            "/strict/service/made/module",
            "/strict/service/module",
            "/strict/service/module/names",
            "/strict/service/names",
            "/strict/service/{room}",
            "/websocket/http_server2",
            "/websocket/type",
        ]
    );
}
