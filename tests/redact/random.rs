//! Random values that are the same in every run.

const ALNUM: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const HEX: &str = "0123456789abcdef";
const UPPER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const URL: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_-";
const BASE64: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz+/";

/// A generator of values (xorshift64*, Vigna 2016).
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let number = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        usize::try_from(number).unwrap() % limit
    }

    pub fn of(&mut self, alphabet: &str, length: usize) -> String {
        let alphabet = alphabet.as_bytes();
        (0..length).map(|_| char::from(alphabet[self.below(alphabet.len())])).collect()
    }

    pub fn alnum(&mut self, length: usize) -> String {
        self.of(ALNUM, length)
    }

    pub fn hex(&mut self, length: usize) -> String {
        self.of(HEX, length)
    }

    pub fn upper(&mut self, length: usize) -> String {
        self.of(UPPER, length)
    }

    pub fn digits(&mut self, length: usize) -> String {
        format!("{}{}", self.of("123456789", 1), self.of("0123456789", length - 1))
    }

    /// Neither end is a sign: those of base64 for URLs belong to words around them.
    pub fn url(&mut self, length: usize) -> String {
        format!("{}{}{}", self.alnum(1), self.of(URL, length - 2), self.alnum(1))
    }

    pub fn base64(&mut self, length: usize) -> String {
        format!("{}{}{}", self.alnum(1), self.of(BASE64, length - 2), self.alnum(1))
    }

    pub fn uuid(&mut self) -> String {
        [8, 4, 4, 4, 12].map(|length| self.hex(length)).join("-")
    }

    /// A password as people choose one.
    pub fn password(&mut self) -> String {
        let word = ["sunshine", "dragon", "Monkey", "letmein", "winter", "Falcon"][self.below(6)];
        format!("{word}{}{}", self.digits(2), ["", "!", "#"][self.below(3)])
    }
}
