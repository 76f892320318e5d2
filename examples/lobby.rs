//! Tic-tac-toe: a service for each game, and a lobby that lists the games that wait for a player.
//!
//! ```sh
//! cargo run --example lobby
//! python3 -m websockets ws://127.0.0.1:8080/lobby          # {"games":["tea"]}
//! python3 -m websockets ws://127.0.0.1:8080/game/tea       # in two windows; then type: {"cell": 4}
//! ```
//!
//! `WS_ADDR` sets the address to listen on, `RUST_LOG` the log level.
//!
//! # On the wire
//!
//! A client of `/lobby` receives the games that wait for a second player, at first and after each change.
//!
//! A player connects to `/game/{id}`, where the id has up to 20 letters and digits, and sends the cells that it takes,
//! `{"cell": 0}` to `{"cell": 8}`. Both players receive the game after each change:
//!
//! ```text
//! {"you":"x","cells":"....x....","next":"o"}        it is the turn of the other
//! {"you":"x","cells":"oo..xxxo.","next":null}       the game is over
//! {"error":"it is not your turn"}                   to the player that sent the cell
//! ```
//!
//! A third player is rejected with 409. A player who loses the connection has 30 s to come back.

use std::collections::BTreeSet;

use axum::extract::{FromRequestParts, Path};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use tracing_subscriber::EnvFilter;
use ws_core::prelude::*;

// ANCHOR: game
/// One game. Its first player starts it, and it ends 30 s after its last player has left.
#[service("/game/{id}", per = "id", linger = "30s")]
struct Game {
    id: ServiceKey,
    app: AppHandle,
    cells: [Option<Mark>; 9],
    /// The player of `x`, who begins, and of `o`.
    players: [Option<Member<Self>>; 2],
}

#[service]
impl Game {
    #[init]
    fn begin(id: ServiceKey, app: AppHandle) -> Self {
        Self { id, app, cells: [None; 9], players: [None, None] }
    }
    // ANCHOR_END: game

    // ANCHOR: join
    #[join]
    fn join(&mut self, _: ValidId, member: &Member<Self>) -> Result<Mark, StatusCode> {
        let seat = self.players.iter().position(Option::is_none).ok_or(StatusCode::CONFLICT)?;
        self.players[seat] = Some(member.clone());
        self.show();
        self.report();
        Ok([Mark::X, Mark::O][seat])
    }
    // ANCHOR_END: join

    #[incoming]
    fn place(&mut self, member: &Member<Self>, Json(place): Json<Place>) {
        let error = match self.cells.get(place.cell) {
            None => "there is no such cell",
            Some(Some(_)) => "this cell is taken",
            Some(_) if self.next() != Some(*member.kept()) => "it is not your turn",
            Some(_) => {
                self.cells[place.cell] = Some(*member.kept());
                return self.show();
            }
        };
        let _ = member.send_json(&Problem { error });
    }

    #[close]
    fn left(&mut self, member: &Member<Self>) {
        for seat in &mut self.players {
            seat.take_if(|player| player == member);
        }
        self.report();
    }
}

impl Game {
    /// Returns whose turn it is, or `None` if the game is over.
    fn next(&self) -> Option<Mark> {
        const LINES: [[usize; 3]; 8] =
            [[0, 1, 2], [3, 4, 5], [6, 7, 8], [0, 3, 6], [1, 4, 7], [2, 5, 8], [0, 4, 8], [2, 4, 6]];
        let is_won = |line: &[usize; 3]| {
            let [first, second, third] = line.map(|cell| self.cells[cell]);
            first.is_some() && first == second && second == third
        };
        match self.cells.iter().flatten().count() {
            9 => None,
            _ if LINES.iter().any(is_won) => None,
            taken if taken % 2 == 0 => Some(Mark::X),
            _ => Some(Mark::O),
        }
    }

    /// Sends the game to its players.
    fn show(&self) {
        let cells: String = self.cells.iter().map(|cell| cell.map_or('.', Mark::letter)).collect();
        for (player, you) in self.players.iter().zip([Mark::X, Mark::O]) {
            if let Some(player) = player {
                let _ = player.send_json(&Board { you, cells: &cells, next: self.next() });
            }
        }
    }

    // ANCHOR: report
    fn report(&self) {
        let waits = self.players.iter().flatten().count() == 1 && self.next().is_some();
        self.app.service::<Lobby>().info(Waits { game: self.id.clone(), waits });
    }
    // ANCHOR_END: report
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Mark {
    X,
    O,
}

impl Mark {
    const fn letter(self) -> char {
        match self {
            Self::X => 'x',
            Self::O => 'o',
        }
    }
}

#[derive(Deserialize)]
struct Place {
    cell: usize,
}

#[derive(Serialize)]
struct Board<'a> {
    you: Mark,
    cells: &'a str,
    next: Option<Mark>,
}

#[derive(Serialize)]
struct Problem {
    error: &'static str,
}

// ANCHOR: id
/// An extractor that rejects a bad id. It runs before a game starts.
struct ValidId;

impl<S: Send + Sync> FromRequestParts<S> for ValidId {
    type Rejection = axum::response::Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let Path(id) =
            Path::<String>::from_request_parts(parts, state).await.map_err(IntoResponse::into_response)?;
        if (1..=20).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            Ok(Self)
        } else {
            Err((StatusCode::BAD_REQUEST, "an id has up to 20 letters and digits\n").into_response())
        }
    }
}
// ANCHOR_END: id

/// The games that wait for a second player.
#[service("/lobby")]
#[derive(Default)]
struct Lobby {
    games: BTreeSet<String>,
    watchers: Vec<Member<Self>>,
}

/// An info of a game to the lobby.
struct Waits {
    game: ServiceKey,
    waits: bool,
}

#[derive(Serialize)]
struct Games<'a> {
    games: &'a BTreeSet<String>,
}

#[service]
impl Lobby {
    #[join]
    fn join(&mut self, member: &Member<Self>) {
        let _ = member.send_json(&Games { games: &self.games });
        self.watchers.push(member.clone());
    }

    #[info]
    fn changed(&mut self, Waits { game, waits }: Waits) {
        let changed =
            if waits { self.games.insert(game.to_string()) } else { self.games.remove(game.as_str()) };
        if changed {
            for watcher in &self.watchers {
                let _ = watcher.send_json(&Games { games: &self.games });
            }
        }
    }

    #[close]
    fn left(&mut self, member: &Member<Self>) {
        self.watchers.retain(|watcher| watcher != member);
    }
}

fn main() -> ws_core::Result {
    let level = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(level).init();
    let addr = std::env::var("WS_ADDR").unwrap_or_else(|_| "127.0.0.1:8080".to_owned());
    let app = App::discover();
    println!("{}", app.routes());
    println!("try:  python3 -m websockets ws://{addr}/game/tea");
    app.run(addr)
}
