//! When silence means that a stream has stalled.

use std::time::Duration;

/// Limits of stall detection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StallLimits {
    /// Silence shorter than this is never a stall.
    pub least: Duration,
    /// Silence of so many usual gaps is one.
    pub gaps: u32,
    /// Until the usual gap is known, silence up to this is borne.
    pub first: Duration,
    /// Never wait longer than this.
    pub most: Duration,
}

impl Default for StallLimits {
    fn default() -> Self {
        StallLimits {
            least: Duration::from_secs(10),
            gaps: 5,
            first: Duration::from_secs(30),
            most: Duration::from_secs(300),
        }
    }
}

/// Learns how far apart a camera's packets usually are. A camera that sends
/// one picture in five seconds is slow, not stalled. Kept across reconnects.
#[derive(Debug)]
pub struct StallWatch {
    limits: StallLimits,
    usual: Option<f64>,
    first: Duration,
    packets: u32,
}

/// Gaps shorter than this are one picture in several packets, or a burst.
const SHORTEST_GAP: f64 = 0.005;

impl StallWatch {
    /// Knows nothing of the camera yet.
    pub fn new(limits: StallLimits) -> Self {
        StallWatch { limits, usual: None, first: limits.first, packets: 0 }
    }

    /// A new connection begins.
    pub fn connected(&mut self) {
        self.packets = 0;
    }

    /// A packet came `gap` after the last one.
    pub fn packet(&mut self, gap: Duration) {
        self.packets = self.packets.saturating_add(1);
        let gap = gap.as_secs_f64();
        if self.packets == 1 || gap < SHORTEST_GAP {
            return;
        }
        // Longer gaps are believed faster than shorter ones: an encoder that
        // groups its packets must not look quicker than its pauses.
        self.usual = Some(match self.usual {
            None => gap,
            Some(usual) => usual + (gap - usual) * if gap > usual { 0.2 } else { 0.05 },
        });
    }

    /// The stream stalled. One that never got beyond its first packets may
    /// simply be slower than thought: be more patient next time.
    pub fn stalled(&mut self) {
        if self.packets < 3 {
            self.first = (self.first * 2).min(self.limits.most);
        }
    }

    /// How much silence to bear now.
    pub fn limit(&self) -> Duration {
        let limit = match self.usual {
            None => self.first.max(self.limits.least),
            Some(usual) => {
                let many = Duration::from_secs_f64(usual * f64::from(self.limits.gaps));
                many.max(self.limits.least).max(if self.packets < 3 { self.first } else { Duration::ZERO })
            }
        };
        limit.min(self.limits.most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fed(gap: Duration) -> StallWatch {
        let mut watch = StallWatch::new(StallLimits::default());
        watch.connected();
        for _ in 0..20 {
            watch.packet(gap);
        }
        watch
    }

    #[test]
    fn a_camera_of_one_picture_in_five_seconds_is_not_stalled_at_twenty() {
        assert!(fed(Duration::from_secs(5)).limit() >= Duration::from_secs(25));
    }

    #[test]
    fn a_camera_of_25_pictures_a_second_is_stalled_at_ten_seconds() {
        assert_eq!(fed(Duration::from_millis(40)).limit(), Duration::from_secs(10));
    }

    #[test]
    fn a_camera_slower_than_the_first_limit_is_learned_in_the_end() {
        let mut watch = StallWatch::new(StallLimits::default());
        for _ in 0..4 {
            watch.connected();
            watch.packet(Duration::ZERO);
            watch.stalled();
        }
        assert!(watch.limit() > Duration::from_secs(120));
    }
}
