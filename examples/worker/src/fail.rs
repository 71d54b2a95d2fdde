//! Failures on demand, as a request asks for them: `panic`, `abort`, `memory` or
//! `stack`, and after an `@` where: `start`, `half` or `await`.

/// Where a request can be told to fail.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Point {
    /// Before anything else.
    Start,
    /// With half of a transfer done.
    Half,
    /// After it has waited, while other requests were served.
    Await,
}

/// What a request is to fail by, if it is to.
pub(crate) struct Failure(Option<(String, Point)>);

impl Failure {
    pub(crate) fn parse(text: Option<String>) -> Self {
        Self(text.map(|text| {
            let (kind, point) = text.split_once('@').unwrap_or((&text, "start"));
            let point = match point {
                "start" => Point::Start,
                "half" => Point::Half,
                "await" => Point::Await,
                other => panic!("no such point: {other}"),
            };
            (kind.to_owned(), point)
        }))
    }

    /// Fails if this is the point.
    pub(crate) fn at(&self, here: Point) {
        match &self.0 {
            Some((kind, point)) if *point == here => fail(kind),
            _ => {}
        }
    }
}

fn fail(kind: &str) {
    match kind {
        "panic" => panic!("this request was told to panic"),
        "abort" => std::process::abort(),
        "memory" => leak(),
        "stack" => drop(deeper(1)),
        other => panic!("no such failure: {other}"),
    }
}

/// Takes memory until there is none: the limit is in `.cargo/config.toml`.
fn leak() {
    loop {
        std::mem::forget(std::hint::black_box(vec![1u8; 1 << 20]));
    }
}

#[allow(unconditional_recursion, reason = "it is what it is for")]
fn deeper(n: u64) -> u64 {
    std::hint::black_box(deeper(n + 1)) + n
}
