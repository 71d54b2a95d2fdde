use rust_decimal::{Decimal, MathematicalOps};
use support::{Random, Sum};

support::exports!(work, fail);

fn work(random: &mut Random, sum: &mut Sum) {
    for _ in 0..50 {
        let one = Decimal::new(random.below(1 << 30) as i64, random.below(9) as u32);
        let other = Decimal::new(1 + random.below(1 << 20) as i64, 4);
        sum.add((one * other / Decimal::new(7, 1)).round_dp(6).to_string());
        sum.debug(one.sqrt());
        sum.debug(one.to_string().parse::<Decimal>());
    }
}

/// Division by zero, more than there is room for.
fn fail(random: &mut Random, seed: u32) {
    let one = Decimal::new(1 + random.below(99) as i64, 0);
    match seed % 3 {
        0 => _ = one / Decimal::ZERO,
        1 => _ = Decimal::MAX * one * Decimal::TEN,
        _ => _ = Decimal::new(1, 99),
    }
}
