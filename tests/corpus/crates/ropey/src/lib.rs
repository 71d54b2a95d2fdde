use ropey::Rope;
use support::{Random, Sum};

support::exports!(work, fail);

fn text(random: &mut Random) -> Rope {
    let lines: Vec<String> = (0..80).map(|_| random.words(7)).collect();
    Rope::from_str(&lines.join("\n"))
}

fn work(random: &mut Random, sum: &mut Sum) {
    let mut rope = text(random);
    for _ in 0..200 {
        let at = random.below(rope.len_chars());
        match random.below(3) {
            0 => rope.remove(at..(at + 9).min(rope.len_chars())),
            _ => rope.insert(at, &random.words(2)),
        }
    }
    sum.add(rope.to_string());
    sum.debug(rope.char_to_line(rope.len_chars() / 2));
}

/// Edits behind the end.
fn fail(random: &mut Random, seed: u32) {
    let mut rope = text(random);
    let beyond = rope.len_chars() + 1 + random.below(100);
    match seed % 4 {
        0 => rope.insert(beyond, "x"),
        1 => rope.remove(..beyond),
        2 => _ = rope.char_to_line(beyond),
        _ => _ = rope.split_off(beyond),
    }
}
