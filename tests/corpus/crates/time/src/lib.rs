use support::{Random, Sum};
use time::macros::format_description;
use time::{Date, Duration, OffsetDateTime, PrimitiveDateTime};

support::exports!(work, fail);

fn work(random: &mut Random, sum: &mut Sum) {
    let words = format_description!(
        "[weekday], [day padding:none] [month repr:long] [year] [hour]:[minute]"
    );
    for _ in 0..60 {
        let time =
            OffsetDateTime::from_unix_timestamp(random.below(1 << 31) as i64).expect("a time");
        let later = time + Duration::hours(random.below(900) as i64);
        sum.add(later.format(&words).expect("words"));
        sum.debug(later.to_iso_week_date());
    }
    sum.debug(PrimitiveDateTime::parse("nonsense", &words).is_err());
}

/// Times behind the last one.
fn fail(random: &mut Random, seed: u32) {
    let days = Duration::days(1 + random.below(99) as i64);
    match seed % 4 {
        0 => _ = Date::MAX + days,
        1 => _ = PrimitiveDateTime::MIN - days,
        2 => _ = Duration::MAX + days,
        _ => _ = Duration::days(i64::MAX),
    }
}
