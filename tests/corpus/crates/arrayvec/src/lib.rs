use arrayvec::{ArrayString, ArrayVec};
use support::{Random, Sum};

support::exports!(work, fail);

fn work(random: &mut Random, sum: &mut Sum) {
    let mut list: ArrayVec<usize, 64> = (0..60).map(|_| random.below(999)).collect();
    list.sort_unstable();
    list.retain(|n| *n % 2 == 0);
    list.drain(2..4).for_each(|n| sum.debug(n));
    let mut text = ArrayString::<32>::new();
    sum.debug(text.try_push_str(&random.words(9)).is_err());
    text.push_str("end");
    sum.debug((list, text));
}

/// More than there is room for, and an item that is not there.
fn fail(random: &mut Random, seed: u32) {
    let mut list: ArrayVec<usize, 4> = (0..4).collect();
    match seed % 4 {
        0 => list.push(random.below(9)),
        1 => _ = list.remove(9),
        2 => list.insert(9, 1),
        _ => _ = (0..5).collect::<ArrayVec<usize, 4>>(),
    }
}
