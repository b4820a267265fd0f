//! The opening of a device, which may hang. In: when it began and ended. Out: the news that the device is down, once,
//! where it lasts. Threads: the device's, and the one that looks.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crossbeam_channel::Sender;

use super::KeptDevice;
use crate::capture::SourceNews;
use crate::said::Bilingual;

/// Clones share it.
#[derive(Clone)]
pub(super) struct Opening {
    name: String,
    news: Sender<SourceNews>,
    limit: Duration,
    /// Run time at which it began, while it lasts and nothing was told.
    since: Arc<Mutex<Option<Duration>>>,
}

impl Opening {
    /// Of `device`, which is told as down after `limit`.
    pub fn of(device: &KeptDevice, limit: Duration) -> Self {
        Self { name: device.name.clone(), news: device.news.clone(), limit, since: Arc::default() }
    }

    /// Opens the device, at the run time `now`.
    pub fn attempt<T>(&self, now: Duration, open: impl FnOnce() -> T) -> T {
        self.set(Some(now));
        let opened = open();
        // From here on it is not told as down any more: what comes next is told by whoever opened it.
        self.set(None);
        opened
    }

    /// Tells when it hangs.
    pub fn look(&self, now: Duration) {
        let mut since = self.since.lock().unwrap_or_else(PoisonError::into_inner);
        if since.take_if(|since| now.saturating_sub(*since) >= self.limit).is_some() {
            let (name, limit_s) = (&self.name, self.limit.as_secs());
            let reason = Bilingual::new(
                format!(
                    "device:{name}: has been hanging for {limit_s} s while it is opened: unplug it and plug it in \
                     again, or restart the sound server"
                ),
                format!("设备 {name}：打开时已卡住 {limit_s} 秒：请重新插拔，或重启音频服务"),
            );
            // Held until it is told, so that the news of an opening that ends now comes after it.
            let _ = self.news.send(SourceNews::Down { reason, retry_in: None });
        }
    }

    fn set(&self, since: Option<Duration>) {
        *self.since.lock().unwrap_or_else(PoisonError::into_inner) = since;
    }
}
