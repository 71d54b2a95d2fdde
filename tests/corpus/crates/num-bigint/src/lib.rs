use num_bigint::BigUint;
use support::{Random, Sum};

support::exports!(work, fail);

fn work(random: &mut Random, sum: &mut Sum) {
    let one = BigUint::from_bytes_le(&random.bytes(200));
    let other = BigUint::from_bytes_le(&random.bytes(90)) | BigUint::from(1_u8);
    sum.add((&one * &other).to_string());
    sum.add((&one % &other).to_string());
    sum.add(one.modpow(&BigUint::from(65537_u32), &other).to_string());
    sum.debug(one.sqrt().to_str_radix(36));
    sum.debug("12a".parse::<BigUint>().is_err());
}

/// Division by zero, and less than nothing.
fn fail(random: &mut Random, seed: u32) {
    let one = BigUint::from_bytes_le(&random.bytes(20));
    match seed % 3 {
        0 => _ = &one / BigUint::ZERO,
        1 => _ = BigUint::from(1_u8) - one,
        _ => _ = one.modpow(&BigUint::from(3_u8), &BigUint::ZERO),
    }
}
