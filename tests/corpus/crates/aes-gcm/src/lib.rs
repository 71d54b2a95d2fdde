use aes_gcm::aead::{Aead, KeyInit};
use aes_gcm::{Aes256Gcm, Key, Nonce};
use support::{Random, Sum};

support::exports!(work, fail);

fn work(random: &mut Random, sum: &mut Sum) {
    let cipher = Aes256Gcm::new(Key::<Aes256Gcm>::from_slice(&random.bytes(32)));
    let nonce = random.bytes(12);
    for length in [0, 15, 16, 4000] {
        let text = random.bytes(length);
        let mut sealed = cipher.encrypt(Nonce::from_slice(&nonce), &text[..]).expect("room");
        assert!(cipher.decrypt(Nonce::from_slice(&nonce), &sealed[..]).expect("whole") == text);
        sum.add(&sealed);
        sealed[0] ^= 1;
        sum.debug(cipher.decrypt(Nonce::from_slice(&nonce), &sealed[..]).is_err());
    }
}

/// Keys and nonces of a wrong length.
fn fail(random: &mut Random, seed: u32) {
    let cipher = Aes256Gcm::new(Key::<Aes256Gcm>::from_slice(&random.bytes(32)));
    match seed % 2 {
        0 => _ = Key::<Aes256Gcm>::from_slice(&random.bytes(31)),
        _ => _ = cipher.encrypt(Nonce::from_slice(&random.bytes(13)), &b"text"[..]),
    }
}
