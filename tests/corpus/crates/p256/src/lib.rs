use p256::ecdsa::signature::{Signer, Verifier};
use p256::ecdsa::{Signature, SigningKey};
use p256::{FieldBytes, Scalar};
use support::{Random, Sum};

support::exports!(work, fail);

fn key(random: &mut Random) -> SigningKey {
    let mut bytes = random.bytes(32);
    bytes[0] = 1;
    SigningKey::from_slice(&bytes).expect("a key")
}

fn work(random: &mut Random, sum: &mut Sum) {
    let key = key(random);
    let text = random.words(20);
    let signature: Signature = key.sign(text.as_bytes());
    sum.debug(key.verifying_key().verify(text.as_bytes(), &signature).is_ok());
    sum.debug(key.verifying_key().verify(b"other", &signature).is_err());
    sum.add(signature.to_bytes());
}

/// The inverse of zero, and a field element of a wrong length.
fn fail(random: &mut Random, seed: u32) {
    match seed % 2 {
        0 => _ = Scalar::ZERO.invert().unwrap(),
        _ => _ = FieldBytes::from_slice(&random.bytes(31)),
    }
}
