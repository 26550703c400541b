//! How good this machine's clock is, as the kernel's clock discipline says.

use crate::payload::{ClockQuality, RecorderClock};

/// Asks the kernel whether something keeps the clock right, and within what error.
pub fn system_clock() -> RecorderClock {
    // SAFETY: all zeros is a valid value of this plain struct, and no mode set means that nothing is changed.
    let (state, told) = unsafe {
        let mut told: libc::timex = std::mem::zeroed();
        (libc::adjtimex(&raw mut told), told)
    };
    let synchronised = state >= 0 && state != libc::TIME_ERROR && told.status & libc::STA_UNSYNC == 0;
    let quality = if synchronised { ClockQuality::Synchronised } else { ClockQuality::Unsynchronised };
    // The kernel's largest possible error, in microseconds.
    let error_ms = synchronised.then(|| u32::try_from(told.maxerror.max(0) / 1_000).unwrap_or(u32::MAX));
    RecorderClock { quality, error_ms }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_told_only_of_a_clock_that_is_kept_right() {
        let clock = system_clock();
        assert_eq!(clock.error_ms.is_some(), clock.quality == ClockQuality::Synchronised, "{clock:?}");
    }
}
