//! Files over HTTP, to this machine only.

use anyhow::{Result, anyhow};
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A folder, or a file, under a path of its own.
#[derive(Clone, Debug)]
pub struct Mount {
    /// The path's segments joined by `/`, without one at the ends; "" for the root.
    pub at: &'static str,
    /// What lies there.
    pub from: PathBuf,
}

/// A port of this machine that is taken but not served yet.
#[derive(Debug)]
pub struct Listener {
    socket: TcpListener,
    port: u16,
}

impl Listener {
    /// Takes a port, any free one for 0.
    pub fn bind(port: u16) -> Result<Self> {
        let bound = TcpListener::bind((Ipv4Addr::LOCALHOST, port));
        let socket = bound.map_err(|e| match e.kind() {
            ErrorKind::AddrInUse => {
                anyhow!("port {port} is taken: choose another by `--port N`, or any by 0")
            }
            _ => anyhow!("cannot listen on port {port}: {e}; choose another by `--port N`"),
        })?;
        let port = socket.local_addr()?.port();
        Ok(Self { socket, port })
    }

    /// What a browser is to be told.
    pub fn url(&self) -> String {
        format!("http://{}:{}/", Ipv4Addr::LOCALHOST, self.port)
    }

    /// Answers for ever. Of several mounts that have a path, the first counts.
    pub fn serve(&self, mounts: &[Mount]) {
        // A thread each: browsers open connections ahead of what they ask for, and none
        // of those may hold up the others.
        std::thread::scope(|threads| {
            for stream in self.socket.incoming().flatten() {
                // A browser that went away is no reason to stop.
                threads.spawn(move || answer(stream, mounts).ok());
            }
        });
    }
}

/// One request, one answer: on this machine a new connection costs nothing.
fn answer(mut stream: TcpStream, mounts: &[Mount]) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(60)))?;
    let mut head = BufReader::new((&stream).take(16 << 10));
    let mut request = String::new();
    head.read_line(&mut request)?;
    // To the end of the headers: what is left unread when a connection is closed may cost
    // the browser the answer.
    let mut line = String::new();
    while head.read_line(&mut line)? > 2 {
        line.clear();
    }
    let mut words = request.split_whitespace();
    let (method, url) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    if method != "GET" {
        return respond(&mut stream, "405 Method Not Allowed\r\nAllow: GET", "text/plain", b"");
    }
    let found = find(url, mounts).and_then(|path| {
        let body = std::fs::read(&path).ok()?;
        Some((content_type(&path)?, body))
    });
    match found {
        Some((content_type, body)) => respond(&mut stream, "200 OK", content_type, &body),
        None => respond(&mut stream, "404 Not Found", "text/plain", b"not found"),
    }
}

fn respond(
    stream: &mut TcpStream,
    status: &str,
    content_type: &str,
    body: &[u8],
) -> std::io::Result<()> {
    // Not to be kept: the files change whenever they are built or edited.
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\n\
         Cache-Control: no-store\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(body)
}

/// The file that a URL means. Names of files here need no escapes, so a URL with one has
/// no file; and no segment that could lead out of a folder is taken.
fn find(url: &str, mounts: &[Mount]) -> Option<PathBuf> {
    let path = url.split(['?', '#']).next()?.strip_prefix('/')?;
    let path = if path.is_empty() { "index.html" } else { path };
    path.split('/').all(is_name).then_some(())?;
    let mut candidates = mounts.iter().filter_map(|mount| match mount.at {
        "" => Some(mount.from.join(path)),
        at if at == path => Some(mount.from.clone()),
        at => Some(mount.from.join(path.strip_prefix(at)?.strip_prefix('/')?)),
    });
    candidates.find(|file| file.is_file())
}

fn is_name(segment: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    !segment.is_empty() && !segment.starts_with('.') && segment.chars().all(plain)
}

/// Nothing is served that a page does not use.
fn content_type(path: &Path) -> Option<&'static str> {
    Some(match path.extension()?.to_str()? {
        "css" => "text/css; charset=utf-8",
        "html" => "text/html; charset=utf-8",
        "rs" => "text/plain; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "svg" => "image/svg+xml",
        "wasm" => "application/wasm",
        _ => return None,
    })
}
