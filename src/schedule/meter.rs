//! Sums and shares that forget. In: amounts and run times in seconds. Out: what the last seconds held. Allocates: never.

/// A sum whose parts fade with their age: to 1/e in `span` seconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fading {
    span: f64,
    sum: f64,
    at: f64,
}

impl Fading {
    pub fn new(span: f64, now: f64) -> Self {
        Self { span, sum: 0.0, at: now }
    }

    pub fn add(&mut self, amount: f64, now: f64) {
        self.sum = self.at(now) + amount;
        self.at = self.at.max(now);
    }

    pub fn at(&self, now: f64) -> f64 {
        self.sum * (-(now - self.at).max(0.0) / self.span).exp()
    }

    /// What was added per second.
    pub fn rate(&self, now: f64) -> f64 {
        self.at(now) / self.span
    }
}

/// Share of worker time in use, over the last seconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Utilisation {
    span: f64,
    share: f64,
    at: f64,
}

impl Utilisation {
    pub fn new(span: f64, now: f64) -> Self {
        Self { span, share: 0.0, at: now }
    }

    /// Takes in that `busy` (a share) was so from the last call until `now`.
    pub fn advance(&mut self, busy: f64, now: f64) {
        self.share = self.at(busy, now);
        self.at = self.at.max(now);
    }

    pub fn at(&self, busy: f64, now: f64) -> f64 {
        busy + (self.share - busy) * (-(now - self.at).max(0.0) / self.span).exp()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_steady_stream_shows_its_rate_and_fades_when_it_stops() {
        let mut fading = Fading::new(5.0, 0.0);
        for tick in 1..=600 {
            fading.add(0.05, f64::from(tick) * 0.1);
        }
        assert!((fading.rate(60.0) - 0.5).abs() < 0.01);
        assert!((fading.rate(65.0) - 0.5 / std::f64::consts::E).abs() < 0.01);
        assert_eq!(fading.at(50.0), fading.at(60.0), "time that runs backwards changes nothing");
    }

    #[test]
    fn utilisation_follows_how_many_are_busy() {
        let mut use_ = Utilisation::new(5.0, 0.0);
        use_.advance(0.5, 60.0);
        assert!((use_.at(0.5, 60.0) - 0.5).abs() < 1e-4);
        use_.advance(0.0, 65.0);
        assert!((use_.at(0.0, 65.0) - 0.5 / std::f64::consts::E).abs() < 1e-3);
    }
}
