//! CPU and byte sizes, as Kubernetes writes them.

use std::fmt;

use super::text::{FromText, UnitError, split_number, text_form, trimmed};

/// An amount of CPU in milli-cores. Text: `"250m"`, `"2"`, `"1.5"` (cores).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Cpu(u32);

impl Cpu {
    /// From milli-cores.
    #[must_use]
    pub const fn from_millis(millis: u32) -> Self {
        Self(millis)
    }

    /// In milli-cores.
    #[must_use]
    pub const fn millis(self) -> u32 {
        self.0
    }

    /// In cores.
    #[must_use]
    pub fn cores(self) -> f64 {
        f64::from(self.0) / 1000.0
    }
}

impl FromText for Cpu {
    const FORMAT: &'static str = "cpu";
    const EXPECTED: &'static str =
        "CPU in cores or milli-cores up to 1000 cores, such as \"250m\" or \"2\"";

    fn from_text(text: &str) -> Result<Self, UnitError> {
        let error = || UnitError::new::<Self>(text);
        let (number, unit) = split_number(text).ok_or_else(error)?;
        let millis = match unit {
            "m" => number,
            "" => number * 1000.0,
            _ => return Err(error()),
        };
        if millis > 1_000_000.0 {
            return Err(error());
        }
        Ok(Self((millis + 0.5) as u32))
    }
}

impl fmt::Display for Cpu {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_multiple_of(1000) {
            write!(f, "{}", self.0 / 1000)
        } else {
            write!(f, "{}m", self.0)
        }
    }
}

text_form!(Cpu, "250m", "2", "1.5");

const BYTE_UNITS: [(&str, f64); 9] = [
    ("Ti", 1_099_511_627_776.0),
    ("Gi", 1_073_741_824.0),
    ("Mi", 1_048_576.0),
    ("Ki", 1024.0),
    ("TB", 1e12),
    ("GB", 1e9),
    ("MB", 1e6),
    ("kB", 1e3),
    ("B", 1.0),
];

/// An amount of memory or data in bytes. Text: `"512Mi"`, `"2Gi"` (powers of 1024) or `"8kB"`,
/// `"40TB"` (powers of 1000).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct ByteSize(u64);

impl ByteSize {
    /// From whole bytes.
    #[must_use]
    pub const fn from_bytes(bytes: u64) -> Self {
        Self(bytes)
    }

    /// In bytes.
    #[must_use]
    pub const fn bytes(self) -> u64 {
        self.0
    }

    /// In gigabytes of 10^9 bytes.
    #[must_use]
    pub fn gigabytes(self) -> f64 {
        self.0 as f64 / 1e9
    }

    /// In mebibytes of 2^20 bytes.
    #[must_use]
    pub fn mebibytes(self) -> f64 {
        self.0 as f64 / 1_048_576.0
    }
}

impl FromText for ByteSize {
    const FORMAT: &'static str = "bytes";
    const EXPECTED: &'static str =
        "a size up to 1000 TB, such as \"512Mi\", \"2Gi\", \"8kB\" or \"40GB\"";

    fn from_text(text: &str) -> Result<Self, UnitError> {
        let error = || UnitError::new::<Self>(text);
        let (number, unit) = split_number(text).ok_or_else(error)?;
        let factor = BYTE_UNITS
            .iter()
            .find(|(name, _)| *name == unit || unit.strip_suffix('B') == Some(*name))
            .map(|(_, factor)| *factor)
            .or((unit == "KB").then_some(1e3))
            .ok_or_else(error)?;
        let bytes = number * factor;
        if bytes > 1e15 {
            Err(error())
        } else {
            Ok(Self((bytes + 0.5) as u64))
        }
    }
}

impl fmt::Display for ByteSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Of the units that write it exactly, the one with the smallest number.
        let (name, factor) = BYTE_UNITS
            .iter()
            .filter(|(_, factor)| self.0.is_multiple_of(*factor as u64) && self.0 > 0)
            .max_by(|a, b| a.1.total_cmp(&b.1))
            .unwrap_or(&BYTE_UNITS[8]);
        write!(f, "{}{name}", trimmed(self.0 as f64 / factor, 0))
    }
}

text_form!(ByteSize, "512Mi", "2Gi", "8kB", "40GB");

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn cpu(text: &str, millis: u32, written: &str) {
        let got = Cpu::from_text(text).expect(text);
        assert_eq!((got.millis(), got.to_string().as_str()), (millis, written));
    }

    #[track_caller]
    fn bytes(text: &str, expected: u64, written: &str) {
        let got = ByteSize::from_text(text).expect(text);
        assert_eq!((got.bytes(), got.to_string().as_str()), (expected, written));
        assert_eq!(ByteSize::from_text(written), Ok(got));
    }

    #[test]
    fn sizes_read_and_write() {
        cpu("250m", 250, "250m");
        cpu("2", 2000, "2");
        cpu("1.5", 1500, "1500m");
        bytes("512Mi", 536_870_912, "512Mi");
        bytes("2GiB", 2_147_483_648, "2Gi");
        bytes("8kB", 8000, "8kB");
        bytes("8KB", 8000, "8kB");
        bytes("0B", 0, "0B");
        bytes("1500B", 1500, "1500B");
        bytes("100GB", 100_000_000_000, "100GB");
    }

    #[test]
    fn wrong_sizes_are_refused() {
        for text in ["", "5x", "-1", "2000000", "1 core"] {
            assert!(Cpu::from_text(text).is_err(), "{text}");
        }
        for text in ["", "12", "5Qi", "9999TB", "-1kB"] {
            assert!(ByteSize::from_text(text).is_err(), "{text}");
        }
    }
}
