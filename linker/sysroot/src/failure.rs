//! What cargo said, in one line.

use std::path::Path;

use crate::error::Error;

/// Words of cargo's by which a lack of network is known.
const NETWORK: [&str; 6] = [
    "failed to download",
    "Could not resolve",
    "Couldn't connect",
    "network failure",
    "--offline",
    "spurious network error",
];

/// The error for a failed build. The log stays for whoever wants to read all.
pub(crate) fn error(log: &Path) -> Error {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let log = log.to_owned();
    if let Some(word) = text.lines().find(|line| NETWORK.iter().any(|word| line.contains(word))) {
        return Error::Network { message: word.trim().to_owned(), log };
    }
    Error::Build { message: first_error(&text), log }
}

/// The first error, and what cargo says is the cause of it.
fn first_error(text: &str) -> String {
    let mut lines = text.lines().map(str::trim);
    let Some(error) = lines.find(|line| line.starts_with("error")) else {
        return "cargo says nothing".into();
    };
    let cause = lines.skip_while(|line| !line.starts_with("Caused by")).nth(1);
    let error = error.trim_start_matches("error: ");
    cause.map_or_else(|| error.to_owned(), |cause| format!("{error}: {cause}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_error_is_told() {
        let text = "   Compiling core v0.0.0\nerror[E0001]: no such thing\n --> a.rs:1:1\nerror: b";
        assert_eq!(first_error(text), "error[E0001]: no such thing");
        let text = "error: failed to parse `x`\n\nCaused by:\n  no `y`\n";
        assert_eq!(first_error(text), "failed to parse `x`: no `y`");
    }

    #[test]
    fn a_lack_of_network_is_known() {
        let place = tempfile::tempdir().unwrap();
        let log = place.path().join("log");
        let text = "error: failed to get `a`\n\nCaused by:\n  failed to download from `u`\n";
        std::fs::write(&log, text).unwrap();
        assert!(error(&log).to_string().contains("network"));
    }
}
