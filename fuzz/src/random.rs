//! Random data that is the same on every machine, and choices made by it.

/// xorshift64*.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// The stream of a seed.
    pub fn new(seed: u64) -> Self {
        // 0 would stay 0.
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// The stream that a fuzzer's data stands for.
    pub fn of(data: &[u8]) -> Self {
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        for byte in data {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
        Self::new(hash)
    }

    /// 64 bits.
    pub fn word(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// A number below `limit`, 0 if that is 0.
    pub fn below(&mut self, limit: usize) -> usize {
        ((self.word() >> 33) as usize) % limit.max(1)
    }

    /// Yes, one time in `times`.
    pub fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    /// So many bytes.
    pub fn bytes(&mut self, length: usize) -> Vec<u8> {
        let mut bytes: Vec<u8> = Vec::with_capacity(length + 8);
        while bytes.len() < length {
            bytes.extend(self.word().to_le_bytes());
        }
        bytes.truncate(length);
        bytes
    }

    /// Changes some bytes, cuts some out, puts some in.
    pub fn mutate(&mut self, bytes: &mut Vec<u8>) {
        for _ in 0..1 + self.below(6) {
            let at = self.below(bytes.len());
            match self.below(8) {
                0 => bytes.truncate(at.max(1)),
                1 => {
                    let end = (at + 1 + self.below(9)).min(bytes.len());
                    bytes.drain(at..end);
                }
                2 => {
                    let length = 1 + self.below(9);
                    let new = self.bytes(length);
                    bytes.splice(at..at, new);
                }
                // The ends of LEB128 numbers, and the largest of them.
                3 => {
                    let end = (at + 1 + self.below(5)).min(bytes.len());
                    bytes[at..end].fill(0xff);
                }
                4 => {
                    if let Some(byte) = bytes.get_mut(at) {
                        *byte ^= 1 << (at % 8);
                    }
                }
                _ => {
                    let new = self.word() as u8;
                    if let Some(byte) = bytes.get_mut(at) {
                        *byte = new;
                    }
                }
            }
            if bytes.is_empty() {
                return;
            }
        }
    }
}
