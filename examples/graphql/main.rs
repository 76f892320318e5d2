//! A GraphQL server: queries, mutations and subscriptions over WebSocket, and queries and mutations over HTTP.
//!
//! ```sh
//! cargo run --example graphql
//! curl http://127.0.0.1:8080/graphql -H 'Authorization: Bearer ada-token' -H 'Content-Type: application/json' \
//!     -d '{"query": "mutation { post(text: \"hello\") { id author text } }"}'
//! ```
//!
//! `WS_ADDR` sets the address to listen on, `RUST_LOG` the log level.
//!
//! # On the wire
//!
//! The subprotocol is graphql-transport-ws, which clients such as Apollo, urql, Relay and Insomnia use, most of them with
//! the package [`graphql-ws`](https://the-guild.dev/graphql/ws) of npm:
//!
//! ```js
//! const client = createClient({ url: "ws://127.0.0.1:8080/graphql", connectionParams: { token: "ada-token" } });
//! for await (const { data } of client.iterate({ query: "subscription { posted { author text } }" })) console.log(data);
//! ```
//!
//! Each message is a text with one JSON object, `{"type": …, "id": …, "payload": …}`:
//!
//! ```text
//! client                                   server
//! connection_init {"token": …}             connection_ack
//! subscribe id {"query": …}                next id {"data": …}       each result
//!                                          complete id               after the last
//!                                          error id [{"message": …}] instead, if the request is not valid
//! complete id                                                        ends the operation
//! ping, pong                               pong
//! ```
//!
//! The server closes with these codes:
//!
//! | code | when |
//! |---|---|
//! | 4400 | a message that is not of the protocol |
//! | 4401 | `subscribe` before `connection_ack` |
//! | 4403 | `connection_init` with a wrong token |
//! | 4408 | no `connection_init` within 3 s |
//! | 4409 | an id that an operation has already |
//! | 4429 | a second `connection_init` |
//!
//! A client that does not offer the subprotocol is rejected with 400.

mod schema;

use std::collections::HashMap;
use std::future::ready;
use std::time::Duration;

use async_graphql::{Request, Response, ServerError, Value};
use axum::Router;
use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::routing::post;
use futures_util::{StreamExt, stream};
use serde::{Deserialize, Serialize};
use tracing_subscriber::EnvFilter;
use ws_core::prelude::*;
use ws_core::{BadPayload, Event, EventId, Expiry, NoAnswer, Task};

use crate::schema::{Schema, User, schema};

const BAD_REQUEST: CloseCode = CloseCode::from_static(4400);
const UNAUTHORIZED: CloseCode = CloseCode::from_static(4401);
const FORBIDDEN: CloseCode = CloseCode::from_static(4403);
const INIT_TIMEOUT: CloseCode = CloseCode::from_static(4408);
const ID_TAKEN: CloseCode = CloseCode::from_static(4409);
const SECOND_INIT: CloseCode = CloseCode::from_static(4429);

/// A message to the client.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Sent {
    ConnectionAck,
    Pong {
        #[serde(skip_serializing_if = "Option::is_none")]
        payload: Option<Value>,
    },
    Next {
        id: EventId,
        payload: Response,
    },
    Error {
        id: EventId,
        payload: Vec<ServerError>,
    },
    Complete {
        id: EventId,
    },
}

/// The payload of `connection_init`.
#[derive(Default, Deserialize)]
struct Credentials {
    #[serde(default)]
    token: String,
}

// ANCHOR: connection
/// One client, and the operations that it runs.
#[websocket("/graphql", subprotocols = ["graphql-transport-ws"], envelope(payload = "payload"))]
struct Connection {
    schema: Schema,
    /// Present after `connection_init`.
    user: Option<User>,
    operations: HashMap<EventId, Operation>,
    started: u64,
}

struct Operation {
    /// Distinguishes it from an earlier operation with the same id.
    number: u64,
    task: Task,
}

/// A response of an operation, or its end.
struct Output {
    id: EventId,
    number: u64,
    response: Option<Response>,
}
// ANCHOR_END: connection

#[websocket]
impl Connection {
    #[init]
    fn enter(
        State(schema): State<Schema>,
        upgrade: &mut Upgrade<Self>,
    ) -> Result<Self, (StatusCode, &'static str)> {
        if upgrade.subprotocol().is_none() {
            return Err((StatusCode::BAD_REQUEST, "offer the subprotocol graphql-transport-ws\n"));
        }
        upgrade.expires_after(Duration::from_secs(3));
        upgrade.close_expired_with(INIT_TIMEOUT, "Connection initialisation timeout");
        Ok(Self { schema, user: None, operations: HashMap::new(), started: 0 })
    }

    #[message]
    fn connection_init(
        &mut self,
        credentials: Option<Credentials>,
        cx: &mut Context<Self>,
    ) -> Result<Sent, Close> {
        if self.user.is_some() {
            return Err(Close::new(SECOND_INIT, "Too many initialisation requests"));
        }
        let user = User::of_token(&credentials.unwrap_or_default().token);
        self.user = Some(user.ok_or(Close::new(FORBIDDEN, "Forbidden"))?);
        cx.renew(Expiry::NEVER);
        Ok(Sent::ConnectionAck)
    }

    // ANCHOR: subscribe
    /// Starts a query, a mutation or a subscription. The stream of its responses is polled as fast as the client reads.
    #[message]
    fn subscribe(
        &mut self,
        Event { id, payload: request }: Event<Request>,
        cx: &mut Context<Self>,
    ) -> Result<NoAnswer, Close> {
        let user = self.user.clone().ok_or(Close::new(UNAUTHORIZED, "Unauthorized"))?;
        let id = id.ok_or(Close::new(BAD_REQUEST, "`subscribe` needs an id"))?;
        if self.operations.contains_key(&id) {
            let id = id.as_json().trim_matches('"');
            return Err(Close::new(ID_TAKEN, format!("Subscriber for {id} already exists")));
        }
        self.started += 1;
        let (key, number) = (id.clone(), self.started);
        let responses = self.schema.execute_stream(request.data(user)).map(Some);
        let outputs = responses.chain(stream::once(ready(None))).map(move |response| Output {
            id: id.clone(),
            number,
            response,
        });
        let task = cx.spawn_stream(outputs);
        self.operations.insert(key, Operation { number, task });
        Ok(NoAnswer)
    }

    #[info]
    fn output(&mut self, Output { id, number, response }: Output) -> Option<Json<Sent>> {
        // One that the client has completed may have left an output in the queue.
        self.operations.get(&id).filter(|operation| operation.number == number)?;
        Some(Json(match response {
            Some(response) if is_invalid(&response) => {
                self.operations.remove(&id);
                Sent::Error { id, payload: response.errors }
            }
            Some(response) => Sent::Next { id, payload: response },
            None => {
                self.operations.remove(&id);
                Sent::Complete { id }
            }
        }))
    }

    #[message]
    fn complete(&mut self, Event { id, .. }: Event<()>) -> NoAnswer {
        if let Some(operation) = id.and_then(|id| self.operations.remove(&id)) {
            operation.task.cancel();
        }
        NoAnswer
    }
    // ANCHOR_END: subscribe

    #[message]
    fn ping(&mut self, payload: Option<Value>) -> Sent {
        Sent::Pong { payload }
    }

    #[message]
    fn pong(&mut self) {}

    // ANCHOR: invalid
    #[error]
    fn invalid(&mut self, bad: BadPayload) -> Close {
        Close::new(BAD_REQUEST, bad.to_string())
    }
    // ANCHOR_END: invalid

    #[binary]
    fn binary(&mut self, _: &[u8]) -> Close {
        Close::new(BAD_REQUEST, "a message is a text")
    }
}

/// Returns `true` for the response to a request that was not executed: it did not parse or is not valid for the schema.
fn is_invalid(response: &Response) -> bool {
    response.is_err()
        && response.data == Value::Null
        && response.errors.iter().all(|error| error.path.is_empty())
}

// ANCHOR: http
/// The same over HTTP: `POST /graphql`, where handshakes have the path as well.
async fn execute(
    user: User,
    axum::extract::State(schema): axum::extract::State<Schema>,
    Json(request): Json<Request>,
) -> Json<Response> {
    Json(schema.execute(request.data(user)).await)
}
// ANCHOR_END: http

impl<S: Sync> FromRequestParts<S> for User {
    type Rejection = (StatusCode, &'static str);

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let value = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = value.and_then(|value| value.strip_prefix("Bearer "));
        token.and_then(Self::of_token).ok_or((StatusCode::UNAUTHORIZED, "send a valid token\n"))
    }
}

fn main() -> ws_core::Result {
    let level = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(level).init();
    let addr = std::env::var("WS_ADDR").unwrap_or_else(|_| "127.0.0.1:8080".to_owned());
    // ANCHOR: app
    let schema = schema();
    let http = Router::new().route("/graphql", post(execute)).with_state(schema.clone());
    let app = App::discover().state(schema).fallback(http);
    // ANCHOR_END: app
    println!("{}", app.routes());
    println!("graphql: http://{addr}/graphql and ws://{addr}/graphql");
    app.run(addr)
}
