//! Shapes that are refused in a sentence: what is in them could not be kept right.

use std::borrow::Cow;

use gimli::constants as dw;

use super::super::{AddressMap, DwarfError, Sections, patch};
use super::by_hand;
use super::input::{Random, functions, random_map, random_sections};

/// A module of one empty unit, whose root has one more attribute of four bytes.
fn unit(version: u8, name: gimli::DwAt, form: gimli::DwForm) -> Sections<'static> {
    let name = |out: &mut Vec<u8>| super::super::read::push_uleb(out, name.0.into());
    let mut abbrev = vec![1, dw::DW_TAG_compile_unit.0 as u8, 0];
    name(&mut abbrev);
    abbrev.extend([form.0 as u8, 0, 0, 0]);
    let mut unit = vec![version, 0];
    match version {
        5 => unit.extend([1, 4, 0, 0, 0, 0]),
        _ => unit.extend([0, 0, 0, 0, 4]),
    }
    unit.extend([1, 0, 0, 0, 0]);
    let mut info = vec![unit.len() as u8, 0, 0, 0];
    info.extend(unit);
    Sections::from([
        (".debug_abbrev", Cow::Owned(abbrev)),
        (".debug_info", Cow::Owned(info)),
        (".debug_str", Cow::Owned(vec![0])),
    ])
}

fn refusal(sections: &Sections<'_>) -> Option<&'static str> {
    let mut new = sections.clone();
    match patch(&mut new, &by_hand::map()) {
        Ok(()) => None,
        Err(DwarfError::Unsupported { what, .. }) => {
            assert_eq!(&new, sections, "changed all the same");
            Some(what)
        }
        Err(e) => panic!("{e}"),
    }
}

#[test]
fn a_unit_whose_rest_is_elsewhere() {
    for (version, name) in [(4, dw::DW_AT_GNU_dwo_name), (5, dw::DW_AT_dwo_name)] {
        assert!(refusal(&unit(version, name, dw::DW_FORM_strp)).unwrap().contains("split DWARF"));
        assert_eq!(refusal(&unit(version, dw::DW_AT_comp_dir, dw::DW_FORM_strp)), None);
    }
}

#[test]
fn call_frames() {
    let mut sections = by_hand::module();
    assert_eq!(refusal(&sections), None);
    sections.insert(".debug_frame", Cow::Borrowed(&[]));
    assert_eq!(refusal(&sections), None);
    sections.insert(".debug_frame", Cow::Borrowed(&[0; 16]));
    assert!(refusal(&sections).unwrap().contains("call frames"));
}

#[test]
fn macros_that_would_name_another_line_program() {
    let mut refused = 0;
    for seed in 1..30 {
        let mut random = Random(seed);
        let functions = functions(&mut random, 7);
        let line = random_sections(&mut random, 5, &functions).remove_entry(".debug_line");
        let map = random_map(&mut random, &functions);
        let mut sections = unit(5, dw::DW_AT_macros, dw::DW_FORM_sec_offset);
        sections.extend(line);
        let mut new = sections.clone();
        let patched = patch(&mut new, &map);
        let error = patched.err().map(|error| error.to_string());
        match error {
            Some(error) => {
                assert!(error.contains("macros"), "{error}");
                refused += 1;
            }
            None => assert_eq!(new[".debug_line"].len(), sections[".debug_line"].len()),
        }
    }
    assert!((1..29).contains(&refused), "{refused}");
}

#[test]
fn nothing_is_refused_where_nothing_moved() {
    let mut sections = unit(5, dw::DW_AT_dwo_name, dw::DW_FORM_strp);
    patch(&mut sections, &AddressMap { shift: 0, pieces: Vec::new() }).unwrap();
}
