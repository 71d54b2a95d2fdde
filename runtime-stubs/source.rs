//! The source of what runs inside a module that `unpoison` linked: a part of the linker, which
//! compiles it with the compiler that calls it. Of no use alone.

/// The files by their path relative to the root, which is `lib.rs`.
pub const SOURCE: &[(&str, &str)] = &[
    ("lib.rs", include_str!("src/lib.rs")),
    ("failure.rs", include_str!("src/failure.rs")),
    ("payload.rs", include_str!("src/payload.rs")),
    ("pending.rs", include_str!("src/pending.rs")),
    ("rehearse.rs", include_str!("src/rehearse.rs")),
    ("report.rs", include_str!("src/report.rs")),
    ("place.rs", include_str!("src/place.rs")),
    ("text.rs", include_str!("src/text.rs")),
    ("shared.rs", include_str!("src/shared.rs")),
    ("slot.rs", include_str!("src/slot.rs")),
    ("tell.rs", include_str!("src/tell.rs")),
    ("allocator.rs", include_str!("src/allocator.rs")),
];
