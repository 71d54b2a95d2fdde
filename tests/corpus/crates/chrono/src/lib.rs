use chrono::{DateTime, Datelike, NaiveDate, TimeDelta};
use support::{Random, Sum};

support::exports!(work, fail);

fn work(random: &mut Random, sum: &mut Sum) {
    for _ in 0..100 {
        let seconds = random.below(4_000_000_000) as i64;
        let time = DateTime::from_timestamp(seconds, 0).expect("a time");
        sum.add(time.format("%A %e %B %Y, %H:%M:%S %j %U").to_string());
        let text = time.to_rfc3339();
        let again = DateTime::parse_from_rfc3339(&text).expect("a time");
        sum.debug((again + TimeDelta::days(400)).date_naive().iso_week());
    }
    sum.debug(NaiveDate::parse_from_str(&random.words(1), "%Y-%m-%d").is_err());
}

/// Dates that there are not, and times behind the last one.
fn fail(random: &mut Random, seed: u32) {
    match seed % 3 {
        0 => _ = NaiveDate::MAX + TimeDelta::days(1 + random.below(9) as i64),
        1 => _ = TimeDelta::days(i64::MAX),
        _ => _ = DateTime::<chrono::Utc>::MIN_UTC - TimeDelta::seconds(1),
    }
}
