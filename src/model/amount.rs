//! Money and time spans as whole numbers, so that sums are exact.

use std::fmt;
use std::ops::{Add, Sub};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// The largest amount that is accepted from outside; a larger one is a mistake or an attack.
const LIMIT: f64 = 1e12;

macro_rules! amount_type {
    ($(#[$doc:meta])* $name:ident, $per_unit:literal, $from:ident, $to:ident, $part:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u64);

        impl $name {
            #[doc = concat!("Makes it from whole ", $part, ".")]
            pub fn $from(parts: u64) -> Self {
                Self(parts)
            }

            #[doc = concat!("Returns it in whole ", $part, ".")]
            pub fn $to(&self) -> u64 {
                self.0
            }

            /// Makes it from a decimal number, rounded; `None` when negative, not finite or over 10^12.
            pub fn from_decimal(value: f64) -> Option<Self> {
                let fits = value.is_finite() && (0.0..=LIMIT).contains(&value);
                fits.then(|| Self((value * $per_unit as f64).round() as u64))
            }

            /// Returns it as a decimal number.
            pub fn decimal(&self) -> f64 {
                self.0 as f64 / $per_unit as f64
            }
        }

        impl Add for $name {
            type Output = Self;

            fn add(self, other: Self) -> Self {
                Self(self.0.saturating_add(other.0))
            }
        }

        impl Sub for $name {
            type Output = Self;

            fn sub(self, other: Self) -> Self {
                Self(self.0.saturating_sub(other.0))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.decimal().fmt(f)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                if self.0 % $per_unit == 0 {
                    serializer.serialize_u64(self.0 / $per_unit)
                } else {
                    serializer.serialize_f64(self.decimal())
                }
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let value = f64::deserialize(deserializer)?;
                Self::from_decimal(value).ok_or_else(|| {
                    de::Error::custom(format!("{value} is not between 0 and {LIMIT}"))
                })
            }
        }
    };
}

amount_type! {
    /// An amount of money in US dollars, counted in whole micro-dollars.
    Usd, 1_000_000, from_micros, micros, "micro-dollars"
}

amount_type! {
    /// A span of time in seconds, counted in whole milliseconds.
    Seconds, 1_000, from_millis, millis, "milliseconds"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thousand_small_costs_sum_exactly() {
        let one = Usd::from_decimal(0.0081).expect("in range");
        let sum = (0..1000).fold(Usd::default(), |sum, _| sum + one);
        assert_eq!(sum, Usd::from_micros(8_100_000));
        assert_eq!(serde_json::to_string(&one).expect("json"), "0.0081");
        assert_eq!(serde_json::to_string(&Usd::from_micros(2_000_000)).expect("json"), "2");
    }

    #[test]
    fn amounts_that_cannot_be_are_refused() {
        for bad in ["-1", "1e23", "\"1\""] {
            assert!(serde_json::from_str::<Usd>(bad).is_err(), "{bad} must be refused");
        }
        assert_eq!(Seconds::from_decimal(f64::NAN), None);
    }
}
