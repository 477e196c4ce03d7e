//! A quick hash for maps whose keys nobody can choose freely enough to do harm: the work of one
//! filling is bounded by steps and by time.

use std::hash::{BuildHasherDefault, Hasher};

/// Builds the hasher of maps that are asked often.
pub type Quick = BuildHasherDefault<QuickHasher>;

/// Multiplies and rotates, as compilers hash.
#[derive(Clone, Copy, Debug, Default)]
pub struct QuickHasher(u64);

impl QuickHasher {
    fn add(&mut self, n: u64) {
        self.0 = (self.0.rotate_left(5) ^ n).wrapping_mul(0x517c_c1b7_2722_0a95);
    }
}

impl Hasher for QuickHasher {
    fn finish(&self) -> u64 {
        // The high bits are the well mixed ones, and maps look at both ends.
        self.0 ^ self.0 >> 32
    }

    fn write(&mut self, bytes: &[u8]) {
        let mut parts = bytes.chunks_exact(8);
        for part in parts.by_ref() {
            self.add(u64::from_le_bytes(part.try_into().unwrap_or_default()));
        }
        let mut last = [0; 8];
        let rest = parts.remainder();
        last[..rest.len()].copy_from_slice(rest);
        self.add(u64::from_le_bytes(last) ^ (bytes.len() as u64) << 56);
    }

    fn write_u8(&mut self, n: u8) {
        self.add(n.into());
    }

    fn write_u32(&mut self, n: u32) {
        self.add(n.into());
    }

    fn write_u64(&mut self, n: u64) {
        self.add(n);
    }

    fn write_usize(&mut self, n: usize) {
        self.add(n as u64);
    }
}
