use regex::Regex;
use support::{Random, Sum};

support::exports!(work, fail);

fn work(random: &mut Random, sum: &mut Sum) {
    let text = random.words(400);
    for pattern in [r"\b(ka|to)\w*", r"(?<last>re)\b", r"mi.{2,6}?so", r"[^aeiou ]{2}|la$"] {
        let regex = Regex::new(pattern).expect("a pattern");
        sum.add(regex.replace_all(&text, "<$0>").as_bytes());
        sum.debug(regex.find_iter(&text).count());
    }
}

/// A group that the pattern does not have.
fn fail(random: &mut Random, seed: u32) {
    let regex = Regex::new("(?<one>a+)(b*)").expect("a pattern");
    let text = format!("{}aab", random.words(2));
    let captures = regex.captures(&text).expect("a match");
    match seed % 2 {
        0 => _ = &captures["other"],
        _ => _ = &captures[7],
    }
}
