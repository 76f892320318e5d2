//! Opens connections: TCP, then the handshake (RFC 6455 4.1).

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddrV4, TcpStream};
use std::os::fd::OwnedFd;

use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketFlags, SocketType, bind, connect, socket_with, sockopt};

use super::PATIENCE;
use crate::error::Result;

/// The key and its answer in RFC 6455 1.3. Servers do not mind that it is always the same.
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/// A connection after its handshake.
#[derive(Debug)]
pub struct Opened {
    pub stream: TcpStream,
    /// The bytes that arrived with the response.
    pub rest: Vec<u8>,
    /// The extensions that the server accepted.
    pub extension: Option<String>,
}

/// The head of a response.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) size: usize,
    pub(crate) extension: Option<String>,
}

/// Opens a blocking connection.
///
/// # Errors
/// The server cannot be reached, is silent for 10 s, or does not accept the handshake.
pub fn open(port: u16, path: &str, deflate: bool) -> Result<Opened> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(&request(port, path, deflate))?;
    let mut read = Vec::new();
    let mut buffer = [0; 2048];
    loop {
        if let Some(response) = response(&read)? {
            let rest = read.split_off(response.size);
            return Ok(Opened { stream, rest, extension: response.extension });
        }
        match stream.read(&mut buffer)? {
            0 => return Err("the server closed the connection in the handshake".into()),
            count => read.extend(&buffer[..count]),
        }
    }
}

/// Opens `count` connections that do not block, one after the other.
pub(crate) fn open_all(port: u16, path: &str, deflate: bool, count: usize) -> Result<Vec<Opened>> {
    let open = |_| {
        let opened = open(port, path, deflate)?;
        opened.stream.set_nonblocking(true)?;
        Ok(opened)
    };
    (0..count).map(open).collect()
}

/// Begins to connect, from loopback address number `source`, so that thousands of connections a second do not use up the
/// ports of one address.
pub(crate) fn begin(port: u16, source: u8) -> Result<TcpStream> {
    let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
    let socket: OwnedFd = socket_with(AddressFamily::INET, SocketType::STREAM, flags, None)?;
    sockopt::set_tcp_nodelay(&socket, true)?;
    bind(&socket, &SocketAddrV4::new(Ipv4Addr::new(127, 0, 1, source), 0))?;
    match connect(&socket, &SocketAddrV4::new(Ipv4Addr::LOCALHOST, port)) {
        Ok(()) | Err(Errno::INPROGRESS) => Ok(socket.into()),
        Err(error) => Err(format!("cannot connect: {error}").into()),
    }
}

/// Closes the connection with a reset, so that it leaves nothing behind.
pub(crate) fn reset(stream: TcpStream) {
    sockopt::set_socket_linger(&stream, Some(std::time::Duration::ZERO)).ok();
    drop(stream);
}

/// The request of a handshake. All servers are offered the same compression: none of them keeps a context.
pub(crate) fn request(port: u16, path: &str, deflate: bool) -> Vec<u8> {
    let offer = if deflate {
        "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; client_no_context_takeover\r\n"
    } else {
        ""
    };
    format!(
        "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {KEY}\r\n{offer}\r\n"
    )
    .into_bytes()
}

/// Returns the response, or `None` if it is not complete.
pub(crate) fn response(bytes: &[u8]) -> Result<Option<Response>> {
    let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else { return Ok(None) };
    let head = String::from_utf8_lossy(&bytes[..end]);
    let mut lines = head.split("\r\n");
    let status = lines.next().unwrap_or_default();
    if !status.starts_with("HTTP/1.1 101") {
        return Err(format!("the server rejected the handshake: {status}").into());
    }
    let header = |name: &str| {
        let fields = head.split("\r\n").skip(1).filter_map(|line| line.split_once(':'));
        fields
            .filter(|(field, _)| field.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim().to_owned())
            .next()
    };
    if header("sec-websocket-accept").as_deref() != Some(ACCEPT) {
        return Err("the server answered the handshake with a wrong Sec-WebSocket-Accept".into());
    }
    Ok(Some(Response { size: end + 4, extension: header("sec-websocket-extensions") }))
}
