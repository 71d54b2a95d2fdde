//! What a release is built for, and what npm calls it.

/// A target of a release.
#[derive(Debug)]
pub(super) struct Platform {
    pub(super) target: &'static str,
    /// `process.platform` in Node.
    pub(super) os: &'static str,
    /// `process.arch` in Node.
    pub(super) cpu: &'static str,
}

/// All. Those of Linux need no C library: one program for every distribution.
pub(super) const PLATFORMS: &[Platform] = &[
    Platform { target: "x86_64-unknown-linux-musl", os: "linux", cpu: "x64" },
    Platform { target: "aarch64-unknown-linux-musl", os: "linux", cpu: "arm64" },
    Platform { target: "x86_64-apple-darwin", os: "darwin", cpu: "x64" },
    Platform { target: "aarch64-apple-darwin", os: "darwin", cpu: "arm64" },
    Platform { target: "x86_64-pc-windows-msvc", os: "win32", cpu: "x64" },
];

impl Platform {
    /// The one that a target belongs to: there may be another C library in its name.
    pub(super) fn of(target: &str) -> Option<&'static Self> {
        let parts = |triple: &str| {
            let mut parts = triple.split('-').map(str::to_owned);
            (parts.next(), parts.nth(1))
        };
        PLATFORMS.iter().find(|platform| parts(platform.target) == parts(target))
    }

    /// Its package.
    pub(super) fn package(&self) -> String {
        format!("@unpoison/{}-{}", self.os, self.cpu)
    }
}

/// What the linker's file is called there.
pub(super) fn program(target: &str) -> &'static str {
    if target.contains("windows") { "unpoison.exe" } else { "unpoison" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_with_another_c_library_is_the_same_platform() {
        let package = |target| Platform::of(target).map(Platform::package);
        assert_eq!(package("x86_64-unknown-linux-gnu").unwrap(), "@unpoison/linux-x64");
        assert_eq!(package("x86_64-pc-windows-gnu").unwrap(), "@unpoison/win32-x64");
        assert_eq!(package("aarch64-apple-darwin").unwrap(), "@unpoison/darwin-arm64");
        assert_eq!(package("riscv64gc-unknown-linux-gnu"), None);
    }
}
