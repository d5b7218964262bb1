//! Chance that comes out the same for the same seed (SplitMix64, as in Java's `SplittableRandom`).

pub struct Dice(u64);

impl Dice {
    /// Dice of their own for everything that differs in `number`, whatever was thrown elsewhere.
    pub fn new(seed: u64, number: u64) -> Self {
        let mut dice = Self(seed ^ number.wrapping_mul(0xD6E8_FEB8_6659_FD93));
        Self(dice.throw())
    }

    fn throw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// One of the numbers below `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.throw() % end
    }

    pub fn is_one_in(&mut self, many: u64) -> bool {
        self.below(many) == 0
    }
}
