//! What each module of the corpus exports: work that always goes well, and calls that always panic.

/// Exports `work`, which answers a sum of all that it made from a seed, and `fail`.
#[macro_export]
macro_rules! exports {
    ($work:ident, $fail:ident) => {
        mod exports {
            #[unsafe(no_mangle)]
            pub extern "C-unwind" fn work(seed: u32) -> u64 {
                let mut sum = $crate::Sum::default();
                super::$work(&mut $crate::Random::new(seed), &mut sum);
                sum.finish()
            }

            #[unsafe(no_mangle)]
            pub extern "C-unwind" fn fail(seed: u32) {
                super::$fail(&mut $crate::Random::new(seed), seed)
            }
        }
    };
}

/// A checksum (FNV-1a) of results.
pub struct Sum(u64);

impl Default for Sum {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Sum {
    /// Adds a result.
    pub fn add(&mut self, result: impl AsRef<[u8]>) {
        for byte in result.as_ref() {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    /// Adds what a result is in words.
    pub fn debug(&mut self, result: impl std::fmt::Debug) {
        self.add(format!("{result:?}"));
    }

    pub fn finish(self) -> u64 {
        self.0
    }
}

/// Numbers from a seed (xorshift).
pub struct Random(u64);

impl Random {
    pub fn new(seed: u32) -> Self {
        Self(u64::from(seed).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// One of `0..bound`.
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % bound.max(1)
    }

    /// A number with a fraction, from 0 to 1.
    pub fn unit(&mut self) -> f64 {
        self.below(1 << 20) as f64 / f64::from(1 << 20)
    }

    pub fn bytes(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| self.below(256) as u8).collect()
    }

    /// Lower-case words.
    pub fn words(&mut self, count: usize) -> String {
        const SYLLABLES: [&str; 8] = ["ka", "to", "mi", "re", "nu", "so", "hi", "la"];
        let mut text = String::new();
        for word in 0..count {
            if word > 0 {
                text.push(' ');
            }
            for _ in 0..1 + self.below(4) {
                text.push_str(SYLLABLES[self.below(8)]);
            }
        }
        text
    }
}
