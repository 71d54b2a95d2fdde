//! Files of the other kinds that the linker reads, mutated: an error or an answer, no
//! panic, and no more memory than the input can ask for.

use crate::random::Random;
use crate::seeds;
use std::collections::BTreeMap;
use unpoison::fuzzing;

/// Objects: `target_features` in the midst of other sections.
pub fn objects(data: &[u8]) {
    let mut random = Random::of(data);
    let mut object = seeds::object(&mut random);
    let whole = fuzzing::object(&object);
    assert_eq!(whole, Some(2), "an object that is whole is read");
    random.mutate(&mut object);
    fuzzing::object(&object);
    fuzzing::object(data);
}

/// Archives, as rustc and GNU `ar` write them.
pub fn archives(data: &[u8]) {
    let mut random = Random::of(data);
    let objects = [seeds::object(&mut random), seeds::object(&mut random)];
    let mut archive = seeds::archive(&objects);
    assert_eq!(fuzzing::archive(&archive), Some(2), "an archive that is whole is read");
    random.mutate(&mut archive);
    fuzzing::archive(&archive);
    fuzzing::archive(data);
}

/// Response files: any text is words, and words survive being written.
pub fn response_files(data: &[u8]) {
    for windows in [false, true] {
        let words = fuzzing::split_response(data, windows);
        let size: usize = words.iter().map(Vec::len).sum();
        assert!(size <= data.len(), "words are longer than the text");
        if windows {
            continue;
        }
        let written =
            fuzzing::write_response(&words.iter().map(|word| os_string(word)).collect::<Vec<_>>());
        assert_eq!(fuzzing::split_response(&written, false), words, "written and read again");
    }
}

#[cfg(unix)]
fn os_string(bytes: &[u8]) -> std::ffi::OsString {
    use std::os::unix::ffi::OsStringExt;
    std::ffi::OsString::from_vec(bytes.to_vec())
}

#[cfg(not(unix))]
fn os_string(bytes: &[u8]) -> std::ffi::OsString {
    String::from_utf8_lossy(bytes).into_owned().into()
}

/// Name sections.
pub fn name_section(data: &[u8]) {
    let mut random = Random::of(data);
    let mut content = seeds::names(&mut random);
    let count = fuzzing::names(&content).expect("a section that is whole is read");
    assert!(count > 0, "and its names are there");
    random.mutate(&mut content);
    for content in [&content[..], data] {
        if let Ok(count) = fuzzing::names(content) {
            assert!(count <= content.len(), "more names than bytes");
        }
    }
}

/// The table of sites in few bytes: any text comes back, and what is damaged is refused or is
/// another text, no longer than the form allows.
pub fn packed(data: &[u8]) {
    let mut random = Random::of(data);
    let words =
        ["core::", "alloc::vec::", "~", "\n", "Vec<T>", "\u{1f600}", "ä", "{closure#0}", "a"];
    let length = random.below(400);
    let text: String = (0..length).map(|_| words[random.below(words.len())]).collect();
    let packed = fuzzing::pack(&text);
    assert!(packed.len() <= 2 * text.len() + 4, "what cannot be copied is not much longer");
    assert_eq!(fuzzing::unpack(&packed).as_ref(), Some(&text));
    let mut damaged = packed.into_bytes();
    random.mutate(&mut damaged);
    for packed in [&damaged[..], data] {
        let packed = String::from_utf8_lossy(packed);
        let text = fuzzing::unpack(&packed).unwrap_or_default();
        // Four characters become 95 at most, of three bytes each.
        assert!(text.len() <= 72 * packed.len(), "{packed}");
    }
}

/// DWARF: that of a real module, with one section mutated, and code moved about; and a source map
/// of it.
pub fn dwarf(data: &[u8]) {
    let mut random = Random::of(data);
    let (module, code) = seeds::module_with_dwarf();
    let mut sections: BTreeMap<&str, Vec<u8>> =
        module.iter().map(|(name, content)| (name.as_str(), content.clone())).collect();
    let names: Vec<&str> = sections.keys().copied().collect();
    let pieces = moved(&mut random, *code);
    if !random.one_in(8)
        && let Some(section) = sections.get_mut(names[random.below(names.len())])
    {
        random.mutate(section);
    }
    let size: usize = sections.values().map(Vec::len).sum();
    let borrowed = sections.iter().map(|(name, content)| (*name, &content[..])).collect();
    let mappings = fuzzing::source_map(&borrowed, *code).unwrap_or_default();
    // Each address has one place, of at most four numbers of seven characters.
    assert!(
        mappings.len() <= 32 * *code as usize,
        "{code} bytes of code, {} of map",
        mappings.len()
    );
    if let Ok(patched) = fuzzing::dwarf(&borrowed, &pieces) {
        let grown: usize = patched.values().map(Vec::len).sum();
        assert!(grown <= 8 * size + 4096, "{size} bytes of DWARF became {grown}");
    }
}

/// Pieces of code, some of them moved, in order and apart.
fn moved(random: &mut Random, code: u32) -> Vec<(std::ops::Range<u32>, u32)> {
    let mut pieces = Vec::new();
    let mut at = 1;
    while at < code {
        let end = (at + 1 + random.below(300) as u32).min(code);
        if random.one_in(3) {
            let new = if random.one_in(2) { code + random.below(1000) as u32 } else { at + 1 };
            pieces.push((at..end, new));
        }
        at = end + random.below(50) as u32;
    }
    pieces
}
