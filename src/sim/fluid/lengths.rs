//! How many wait: geometric numbers, cut off where there is no more room.

/// The number ahead in a queue of little room, as those see it that wait: geometric and cut off.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ahead {
    /// Each number is so many times as likely as its neighbour, as a logarithm.
    log_ratio: f64,
    /// The same to the power of the room.
    end: f64,
    room: f64,
    /// Short queues are the likelier; otherwise full ones.
    falling: bool,
    /// Time that each one ahead takes, in seconds.
    pub each_s: f64,
    /// Squared variation of that time behind few; it stands for all that makes waits vary beside
    /// the number.
    each_cv_square: f64,
}

impl Ahead {
    /// Squared variation of the wait behind so many services: that of as many exponential ones in
    /// front of a full queue, where the number says it all.
    #[must_use]
    pub fn wait_cv_square(&self, services: f64) -> f64 {
        let full = (services / self.room).min(1.0);
        (self.each_cv_square * (1.0 - full) + full) / services
    }

    /// The number ahead at a uniform value.
    #[must_use]
    pub fn at(&self, u: f64) -> f64 {
        let number = (libm::log(1.0 - u * (1.0 - self.end)) / self.log_ratio).floor();
        if self.falling {
            number.max(0.0)
        } else {
            (self.room - 1.0 - number).max(0.0)
        }
    }
}

/// Sums over the geometric numbers waiting, as arrivals that wait see them: 0 to `room` - 1 ahead
/// in the queue, each `intensity` times as likely as the one before.
pub struct QueueLengths {
    /// Scale of the weights, so that none overflows.
    pub unit: f64,
    /// Sum of the weights.
    pub admitted: f64,
    /// Weight of the first length.
    pub first: f64,
    /// Weight of a full queue.
    pub last: f64,
    /// Mean number ahead.
    pub mean: f64,
    /// Its variance.
    pub variance: f64,
    ratio: f64,
    falling: bool,
}

impl QueueLengths {
    /// Squared variation of the wait behind that many exponential services and one's own turn.
    pub fn wait_cv_square(&self) -> f64 {
        let turns = self.mean + 1.0;
        (turns + self.variance) / (turns * turns)
    }

    /// The number ahead, where the room is small enough to matter; each takes `each_s`. The squared
    /// variation of waits is `spread` times that of exponential services.
    pub fn ahead(&self, room: f64, each_s: f64, spread: f64) -> Option<Ahead> {
        let end = if self.falling { self.last } else { self.first };
        let turns = self.mean + 1.0;
        // Where a full queue is unheard of, the number ahead is plainly geometric.
        (room >= 1.0 && (end > 1e-9 || !self.falling)).then(|| Ahead {
            log_ratio: libm::log(self.ratio),
            end,
            room,
            falling: self.falling,
            each_s,
            // Below 1 the number alone varies more than that.
            each_cv_square: 1.0 + (spread - 1.0).max(0.0) * self.wait_cv_square() * turns,
        })
    }

    /// The lengths at a traffic intensity and with room for so many.
    pub fn new(intensity: f64, room: f64) -> Self {
        if room < 1e-2 {
            return Self {
                unit: 1.0,
                admitted: 0.0,
                first: 1.0,
                last: 1.0,
                mean: 0.0,
                variance: 0.0,
                ratio: 1.0,
                falling: true,
            };
        }
        // A ratio of exactly 1 has no closed sum; a hair beside it is as good.
        let limit = 1e-3 / room;
        let falling = intensity < 1.0;
        let ratio = if falling { intensity } else { 1.0 / intensity }.min(1.0 - limit);
        let gap = 1.0 - ratio;
        // ratio^room; a power is spared where it is below 1e-13.
        let end = if gap * room > 30.0 {
            0.0
        } else {
            libm::pow(ratio, room)
        };
        let sum = (1.0 - end) / gap;
        let mean = ratio / gap
            - if end > 0.0 {
                room * end / (1.0 - end)
            } else {
                0.0
            };
        let cut = if end > 0.0 { room / (1.0 - end) } else { 0.0 };
        let variance = (ratio / (gap * gap) - cut * cut * end).max(0.0);
        if falling {
            return Self {
                unit: 1.0,
                admitted: sum,
                first: 1.0,
                last: end,
                mean,
                variance,
                ratio,
                falling,
            };
        }
        // Under overload the fullest queue is the likeliest: everything in units of its weight.
        Self {
            unit: end,
            admitted: ratio * sum,
            first: end,
            last: 1.0,
            mean: (room - 1.0 - mean).max(0.0),
            variance,
            ratio,
            falling,
        }
    }
}
