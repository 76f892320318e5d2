//! What the peers have in common: `PORT THREADS [VARIANT]` as arguments, the runtime, the listener, and the channel that
//! a fan-out goes through.

use std::net::Ipv4Addr;

use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::runtime::Builder;
use tokio::sync::broadcast;

/// The largest message that a server must take, in bytes.
pub const MAX_MESSAGE: usize = 64 << 20;

/// The arguments of a server.
#[derive(Clone, Debug)]
pub struct Options {
    pub port: u16,
    pub threads: usize,
    /// How the server uses its library. Empty for the way of its documentation.
    pub variant: String,
}

impl Options {
    /// Reads the arguments of the program.
    ///
    /// # Panics
    /// Panics if they are not `PORT THREADS [VARIANT]`.
    #[must_use]
    pub fn from_args() -> Self {
        let arguments: Vec<String> = std::env::args().skip(1).collect();
        let number = |at: usize| arguments.get(at).and_then(|number| number.parse::<u16>().ok());
        let (Some(port), Some(threads)) = (number(0), number(1)) else {
            panic!("arguments: PORT THREADS [VARIANT]");
        };
        Self {
            port,
            threads: usize::from(threads.max(1)),
            variant: arguments.get(2).cloned().unwrap_or_default(),
        }
    }

    /// Whether VARIANT is `name`.
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        self.variant == name
    }
}

/// Runs `future` on a runtime of `threads`. One thread is the current-thread runtime, which costs less than a
/// multi-thread runtime with one worker.
///
/// # Panics
/// Panics if the runtime does not start.
pub fn run(threads: usize, future: impl Future<Output = ()> + Send + 'static) {
    let runtime = match threads {
        1 => Builder::new_current_thread().enable_all().build(),
        _ => Builder::new_multi_thread().worker_threads(threads).enable_all().build(),
    };
    // A task like those of the connections, not the one that `block_on` polls.
    runtime.expect("a runtime").block_on(async { tokio::spawn(future).await.expect("no panic") });
}

/// Listens at `port` of the loopback interface.
///
/// # Panics
/// Panics if the port is taken.
#[must_use]
pub fn listen(port: u16) -> TcpListener {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.set_reuseaddr(true).expect("an option");
    socket.bind((Ipv4Addr::LOCALHOST, port).into()).expect("a free port");
    socket.listen(4096).expect("a listener")
}

/// Accepts connections forever, and serves each in a task of its own.
pub async fn accept<F>(port: u16, serve: impl Fn(TcpStream) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let listener = listen(port);
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        stream.set_nodelay(true).ok();
        tokio::spawn(serve(stream));
    }
}

/// Creates the channel that carries each message of `/fanout` to all connections there.
#[must_use]
pub fn hub<T: Clone>() -> broadcast::Sender<T> {
    broadcast::channel(4096).0
}
