use indexmap::IndexMap;
use support::{Random, Sum};

support::exports!(work, fail);

fn work(random: &mut Random, sum: &mut Sum) {
    let mut map = IndexMap::new();
    for _ in 0..500 {
        *map.entry(random.words(1)).or_insert(0_usize) += random.below(9);
    }
    map.sort_keys();
    map.retain(|_, count| *count % 3 != 1);
    sum.debug(&map);
}

/// A key and an index that are not there.
fn fail(random: &mut Random, seed: u32) {
    let mut map: IndexMap<String, usize> = (0..3).map(|n| (random.words(1), n)).collect();
    match seed % 4 {
        0 => _ = map["no such key"],
        1 => _ = map[9],
        2 => map.swap_indices(0, 9),
        _ => map.move_index(9, 0),
    }
}
