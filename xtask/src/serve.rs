//! Files over HTTP, to this machine only.

use anyhow::{Result, anyhow};
use std::fs::File;
use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use tiny_http::{Header, Method, Request, Response, Server};

/// A folder, or a file, under a path of its own.
#[derive(Clone, Debug)]
pub struct Mount {
    /// The path's segments joined by `/`, without one at the ends; "" for the root.
    pub at: &'static str,
    /// What lies there.
    pub from: PathBuf,
}

/// A port of this machine that is taken but not served yet.
pub struct Listener(Server);

impl Listener {
    /// Takes a port, any free one for 0.
    pub fn bind(port: u16) -> Result<Self> {
        let server = Server::http((Ipv4Addr::LOCALHOST, port)).map_err(|e| {
            match e.downcast_ref::<std::io::Error>().map(std::io::Error::kind) {
                Some(ErrorKind::AddrInUse) => {
                    anyhow!("port {port} is taken: choose another by `--port N`, or any by 0")
                }
                _ => anyhow!("cannot listen on port {port}: {e}; choose another by `--port N`"),
            }
        })?;
        Ok(Self(server))
    }

    /// What a browser is to be told.
    pub fn url(&self) -> String {
        let port = self.0.server_addr().to_ip().map_or(0, |address: SocketAddr| address.port());
        format!("http://{}:{port}/", Ipv4Addr::LOCALHOST)
    }

    /// Answers for ever. Of several mounts that have a path, the first counts.
    pub fn serve(&self, mounts: &[Mount]) {
        for request in self.0.incoming_requests() {
            // A browser that went away is no reason to stop.
            let _ = answer(request, mounts);
        }
    }
}

fn answer(request: Request, mounts: &[Mount]) -> std::io::Result<()> {
    if *request.method() != Method::Get {
        let allow = header("Allow", "GET");
        return request.respond(Response::empty(405).with_header(allow));
    }
    let opened = find(request.url(), mounts).and_then(|path| {
        let file = File::open(&path).ok()?;
        Some((content_type(&path)?, file))
    });
    match opened {
        Some((content_type, file)) => {
            let response = Response::from_file(file)
                .with_header(header("Content-Type", content_type))
                // The files change whenever they are built or edited.
                .with_header(header("Cache-Control", "no-store"));
            request.respond(response)
        }
        None => request.respond(Response::from_string("not found").with_status_code(404)),
    }
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
        "js" => "text/javascript; charset=utf-8",
        "svg" => "image/svg+xml",
        "wasm" => "application/wasm",
        _ => return None,
    })
}

fn header(name: &str, value: &str) -> Header {
    Header::from_bytes(name, value).expect("names and values are ours")
}
