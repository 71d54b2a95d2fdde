use jiff::ToSpan;
use jiff::civil::date;
use support::{Random, Sum};

support::exports!(work, fail);

fn work(random: &mut Random, sum: &mut Sum) {
    for _ in 0..100 {
        let date = date(1900 + random.below(300) as i16, 1 + random.below(12) as i8, 5);
        let span = (random.below(40) as i64).months().days(random.below(90) as i64);
        let time = date.at(3, 4, 5, 0).checked_add(span).expect("a time");
        sum.add(time.to_string());
        sum.debug((time.date() - date).to_string());
        sum.debug(time.to_string().parse::<jiff::civil::DateTime>());
    }
}

/// Dates that there are not.
fn fail(random: &mut Random, seed: u32) {
    match seed % 3 {
        0 => _ = date(2024, 13 + random.below(9) as i8, 1),
        1 => _ = date(9999, 12, 31) + 1.day(),
        _ => _ = 20_000.years(),
    }
}
