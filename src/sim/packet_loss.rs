//! Packet loss: what it costs an exchange of two messages, the request and its answer.
//!
//! Each message is lost with the same chance, independently of all others. Its sender hears nothing
//! and sends it again when the retransmission timeout is over; each further loss doubles the
//! timeout (RFC 6298, section 5), so that a message which was lost `k` times comes
//! `timeout * (2^k - 1)` late. Few exchanges pay, and they pay dearly: medians say nothing of a
//! network that loses one packet in a hundred, and the tail says it all.
//!
//! Assumed: connections are open and their round trips measured, as in a pool, so that the timeout
//! stands at its floor; a message is one packet. Left out: the round trip that Linux adds to the
//! floor, what recovers sooner than the timer in streams of several packets (duplicate and
//! selective acknowledgements), losses while a connection is opened (their first timeout is a
//! second), and smaller windows after losses.

use super::rng::Uniforms;

/// The first retransmission timeout in seconds: Linux's floor for connections whose round trip is
/// known and short (`TCP_RTO_MIN`, a fifth of a second, in `include/net/tcp.h`). RFC 6298 would
/// have a whole second.
pub const RETRANSMISSION_TIMEOUT_S: f64 = 0.2;

/// Losses of one message after which nobody counts on: Linux gives a connection up after about so
/// many (`tcp_retries2`), and callers long before.
const MOST_LOSSES: u32 = 15;

/// Courses of an exchange with a smaller chance are left out of [`delays`].
const NEGLIGIBLE: f64 = 1e-6;

/// How late a message comes that was lost so many times, in seconds.
fn late_s(losses: u32) -> f64 {
    RETRANSMISSION_TIMEOUT_S * f64::from((1_u32 << losses) - 1)
}

/// The share that two independent losses of `one` and `other` take together.
#[must_use]
pub fn either(one: f64, other: f64) -> f64 {
    1.0 - (1.0 - one) * (1.0 - other)
}

/// Draws by how much an exchange comes late when this share of the messages is lost, in seconds.
/// Two uniforms, one per message; a higher share never gives a shorter delay.
pub fn draw_s(stream: &mut impl Uniforms, share: f64) -> f64 {
    let mut message_s = || {
        let luck = stream.uniform();
        let (mut losses, mut chance) = (0, share);
        while luck < chance && losses < MOST_LOSSES {
            losses += 1;
            chance *= share;
        }
        late_s(losses)
    };
    message_s() + message_s()
}

/// One of the courses that an exchange may take.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Delay {
    /// How late the answer comes, in seconds.
    pub after_s: f64,
    /// How likely that is, 0 to 1.
    pub chance: f64,
}

/// By how much an exchange comes late when this share of the messages is lost, shortest first: all
/// delays of up to `limit_s` seconds but for those that hardly ever happen.
#[must_use]
pub fn delays(share: f64, limit_s: f64) -> Vec<Delay> {
    let mut delays = Vec::new();
    // Both messages arrive at last; one of them has been lost `more` times, the other `less`. Two
    // powers of two have no second pair with the same sum, and in this order the sums rise.
    let mut chance_of_more = (1.0 - share) * (1.0 - share);
    for more in 0..=MOST_LOSSES {
        let mut chance = chance_of_more;
        for less in 0..=more {
            let after_s = late_s(more) + late_s(less);
            if after_s > limit_s {
                return delays;
            }
            // Either message may be the unluckier one.
            let ways = if more == less { 1.0 } else { 2.0 };
            if ways * chance >= NEGLIGIBLE {
                let chance = ways * chance;
                delays.push(Delay { after_s, chance });
            }
            chance *= share;
        }
        chance_of_more *= share;
    }
    delays
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::rng::RngStream;

    /// What one message's losses cost on average without a caller's timeout.
    fn mean_s(share: f64) -> f64 {
        RETRANSMISSION_TIMEOUT_S * share / (1.0 - 2.0 * share)
    }

    #[track_caller]
    fn close(got: f64, expected: f64, tolerance: f64) {
        let distance = (got - expected).abs();
        assert!(distance <= tolerance * expected, "{got}, not {expected}");
    }

    #[test]
    fn delays_have_the_mean_of_the_closed_form() {
        for share in [0.001, 0.02, 0.1, 0.2] {
            let all = delays(share, f64::INFINITY);
            assert!(all.is_sorted_by(|a, b| a.after_s < b.after_s));
            let total: f64 = all.iter().map(|it| it.chance).sum();
            close(total, 1.0, 2e-5);
            let mean: f64 = all.iter().map(|it| it.chance * it.after_s).sum();
            // What is left out as too rare would add a few thousandths.
            close(mean, 2.0 * mean_s(share), 5e-3);
        }
    }

    #[test]
    fn draws_follow_the_law_of_delays() {
        const N: usize = 200_000;
        let share = 0.2;
        let mut stream = RngStream::new(7, 0, "packet_loss", "test", 0);
        let drawn: Vec<f64> = (0..N).map(|_| draw_s(&mut stream, share)).collect();
        for Delay { after_s, chance } in delays(share, 1.5) {
            let as_late = drawn.iter().filter(|it| (**it - after_s).abs() < 1e-9);
            let got = as_late.count() as f64 / N as f64;
            // Four standard deviations of the count.
            let noise = 4.0 * (chance * (1.0 - chance) / N as f64).sqrt();
            assert!((got - chance).abs() < noise, "{after_s} s: {got}, {chance}");
        }
    }

    #[test]
    fn a_limit_and_no_loss_end_the_list() {
        let expected = |after_s: f64, chance: f64| Delay { after_s, chance };
        assert_eq!(delays(0.0, 1.0), [expected(0.0, 1.0)]);
        let late: Vec<f64> = delays(0.5, 1.0).iter().map(|it| it.after_s).collect();
        let by_hand = [0.0, 0.2, 0.4, 0.6, 0.8];
        assert_eq!(late.len(), by_hand.len());
        for (got, expected) in late.iter().zip(by_hand) {
            assert!((got - expected).abs() < 1e-12, "{got}");
        }
    }

    #[test]
    fn a_lossier_network_is_never_quicker() {
        for ordinal in 0..2000 {
            let drawn = [0.01, 0.1, 0.3, 0.5].map(|share| {
                let mut stream = RngStream::new(7, 0, "packet_loss", "test", ordinal);
                draw_s(&mut stream, share)
            });
            assert!(drawn.is_sorted(), "{drawn:?}");
        }
    }

    #[test]
    fn independent_losses_join() {
        close(either(0.1, 0.2), 0.28, 1e-12);
        close(either(0.0, 0.2), 0.2, 1e-12);
    }
}
