//! Runs the services of the strict crate.

use renamed::testing::{self, TestApp};
use renamed::{App, Result};
use ws_strict as _;

type Outcome = Result<(), Box<dyn std::error::Error>>;

fn start() -> Result<TestApp, Box<dyn std::error::Error>> {
    Ok(testing::start(App::discover_in("ws_strict::services").state("welcome"))?)
}

#[tokio::test]
async fn each_callback_is_called() -> Outcome {
    let app = start()?;
    assert!(app.connect("/strict/service/blue").await.is_err(), "a client without a ticket may not join");
    let mut member = app.connect("/strict/service/blue?ticket").await?;
    assert_eq!(member.text().await?, "welcome");
    assert_eq!(member.text().await?, "later");
    member.send("\"hello\"").await?;
    assert_eq!(member.text().await?, "hello in blue");
    member.send("\"news\"").await?;
    assert_eq!(member.text().await?, "news");
    member.send(vec![1]).await?;
    assert_eq!(member.binary().await?, [1][..]);
    assert_eq!(member.text().await?, "idle");
    member.send("\"panic\"").await?;
    assert_eq!(member.text().await?, "again");
    member.send("\"hello\"").await?;
    assert_eq!(member.text().await?, "hello in blue");
    Ok(())
}

#[tokio::test]
async fn names_meet_none_of_ours() -> Outcome {
    let app = start()?;
    for (path, answer) in
        [("/strict/service/names", "count 8, 0 before"), ("/strict/service/module/names", "count 3")]
    {
        let mut member = app.connect(path).await?;
        member.send("how many?").await?;
        assert_eq!(member.text().await?, answer);
    }
    Ok(())
}

#[tokio::test]
async fn modules_and_macros_make_services() -> Outcome {
    let app = start()?;
    for (path, answers) in [
        ("/strict/service/module", &["hi 0 1"][..]),
        ("/strict/service/made/counter", &["0 before", "hi"]),
        ("/strict/service/made/mirror", &["0 before", "ih"]),
        ("/strict/service/made/module", &["hi!"]),
        ("/websocket/type", &["0 2"]),
    ] {
        let mut member = app.connect(path).await?;
        member.send("hi").await?;
        for answer in answers {
            assert_eq!(member.text().await?, *answer, "{path}");
        }
    }
    Ok(())
}
