//! How often an address may ask.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Weak;
use std::time::Duration;

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use super::address::subscriber;
use super::problem::Fault;

/// Limits per address.
#[derive(Debug)]
pub struct Limits {
    any: DefaultKeyedRateLimiter<IpAddr>,
    sign_in: DefaultKeyedRateLimiter<IpAddr>,
    address_asked: DefaultKeyedRateLimiter<String>,
}

const fn many(n: u32) -> NonZeroU32 {
    match NonZeroU32::new(n) {
        Some(n) => n,
        None => NonZeroU32::MIN,
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::new()
    }
}

impl Limits {
    /// 200 requests a second with bursts of 1,000; ten sign-in attempts a minute; five links an
    /// hour for one e-mail address.
    #[must_use]
    pub fn new() -> Self {
        Self {
            any: RateLimiter::keyed(Quota::per_second(many(200)).allow_burst(many(1000))),
            sign_in: RateLimiter::keyed(Quota::per_minute(many(10)).allow_burst(many(20))),
            address_asked: RateLimiter::keyed(Quota::per_hour(many(5)).allow_burst(many(5))),
        }
    }

    /// Any request.
    pub fn any(&self, from: IpAddr) -> Result<(), Fault> {
        self.any
            .check_key(&subscriber(from))
            .map_err(|_soon| Fault::too_many(1))
    }

    /// An attempt to sign in.
    pub fn sign_in(&self, from: IpAddr) -> Result<(), Fault> {
        self.sign_in
            .check_key(&subscriber(from))
            .map_err(|_soon| Fault::too_many(60))
    }

    /// Whether another link may be sent to an address; the answer to the caller is the same.
    pub fn may_mail(&self, address: &str) -> bool {
        self.address_asked
            .check_key(&address.trim().to_lowercase())
            .is_ok()
    }

    /// Forgets addresses that have been quiet.
    pub fn sweep(&self) {
        self.any.retain_recent();
        self.sign_in.retain_recent();
        self.address_asked.retain_recent();
        self.any.shrink_to_fit();
        self.sign_in.shrink_to_fit();
        self.address_asked.shrink_to_fit();
    }

    /// How many addresses are remembered, those of people and those that links were sent to.
    #[must_use]
    pub fn remembered(&self) -> usize {
        self.any.len() + self.sign_in.len() + self.address_asked.len()
    }
}

/// Sweeps until nobody holds the limits any more.
pub async fn keep_swept(limits: Weak<Limits>, every: Duration) {
    loop {
        tokio::time::sleep(every).await;
        match limits.upgrade() {
            Some(limits) => limits.sweep(),
            None => return,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::sync::Arc;

    use super::*;

    #[tokio::test]
    async fn who_has_been_quiet_is_forgotten() {
        let limits = Arc::new(Limits::new());
        for n in 0..100_u8 {
            limits.any(IpAddr::from([10, 0, 0, n])).unwrap();
        }
        limits.sign_in(IpAddr::from([10, 0, 0, 1])).unwrap();
        assert_eq!(limits.remembered(), 101);
        let sweeper = keep_swept(Arc::downgrade(&limits), Duration::from_millis(20));
        // One request of 200 a second is forgotten in five milliseconds, an attempt to sign in is not.
        let looked = async {
            for _ in 0..500 {
                if limits.remembered() == 1 {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            let left = limits.remembered();
            drop(limits);
            left
        };
        let (left, ()) = tokio::join!(looked, sweeper);
        assert_eq!(left, 1);
    }
}
