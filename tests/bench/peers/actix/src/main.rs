//! actix-ws on actix-web, with its default settings but a limit for large frames.

use actix_web::web::{self, Bytes, Data, Payload};
use actix_web::{App, Error, HttpRequest, HttpResponse, HttpServer, rt};
use actix_ws::{AggregatedMessage, Message, Session};
use peer::Options;
use tokio::sync::broadcast::Sender;

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    let options = Options::from_args();
    let hub = Data::new(peer::hub::<Bytes>());
    let app = move || {
        App::new()
            .app_data(hub.clone())
            .route("/echo", web::get().to(echo))
            .route("/fanout", web::get().to(fan_out))
    };
    let server = HttpServer::new(app).workers(options.threads).backlog(4096).tcp_nodelay(true);
    server.max_connections(1_000_000).bind(("127.0.0.1", options.port))?.run().await
}

async fn echo(request: HttpRequest, body: Payload) -> Result<HttpResponse, Error> {
    let (response, session, stream) = actix_ws::handle(&request, body)?;
    let mut stream = stream.max_frame_size(peer::MAX_MESSAGE);
    let mut session: Session = session;
    rt::spawn(async move {
        while let Some(Ok(message)) = stream.recv().await {
            let sent = match message {
                Message::Text(text) => session.text(text).await,
                Message::Binary(bytes) => session.binary(bytes).await,
                Message::Ping(payload) => session.pong(&payload).await,
                Message::Close(reason) => return drop(session.close(reason).await),
                _ => Ok(()),
            };
            if sent.is_err() {
                return;
            }
        }
    });
    Ok(response)
}

async fn fan_out(
    request: HttpRequest,
    body: Payload,
    hub: Data<Sender<Bytes>>,
) -> Result<HttpResponse, Error> {
    let (response, mut session, stream) = actix_ws::handle(&request, body)?;
    let mut stream = stream.max_frame_size(peer::MAX_MESSAGE).aggregate_continuations();
    let mut published = hub.subscribe();
    rt::spawn(async move {
        loop {
            tokio::select! {
                message = stream.recv() => match message {
                    Some(Ok(AggregatedMessage::Binary(bytes))) => drop(hub.send(bytes)),
                    Some(Ok(AggregatedMessage::Text(text))) => drop(hub.send(text.into_bytes())),
                    Some(Ok(AggregatedMessage::Ping(payload))) => drop(session.pong(&payload).await),
                    Some(Ok(AggregatedMessage::Pong(_))) => {}
                    Some(Ok(AggregatedMessage::Close(reason))) => return drop(session.close(reason).await),
                    _ => return,
                },
                Ok(bytes) = published.recv() => if session.binary(bytes).await.is_err() {
                    return;
                },
            }
        }
    });
    Ok(response)
}
