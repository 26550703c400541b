//! The projection at work: a task for each topic, and one that publishes.

use super::{Follower, Intake, ProjectError, Publisher, topics};
use crate::config::City;
use crate::console::store::Store;
use crate::log::Log;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// How long a stopping console waits for a log that does not answer. The verdicts stay in the outbox.
const LAST_TRY: Duration = Duration::from_secs(5);

/// Follows the topics into a store and publishes its verdicts, until it is stopped.
#[derive(Debug)]
pub struct Projection {
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
    publisher: Publisher,
}

impl Projection {
    /// Writes down the city's cameras and begins.
    ///
    /// # Errors
    /// [`ProjectError::OtherLog`] when the store was made from another log; what the database says. A broker that is
    /// away is no error: the console goes on with what it has.
    pub async fn start(city: &City, store: Store, log: Arc<dyn Log>) -> Result<Projection, ProjectError> {
        let intake = Intake::new(store.clone());
        intake.cameras(city).await?;
        for topic in topics(city) {
            // Whether the log can be asked at all is the followers' matter.
            if let Ok(bounds) = log.bounds(topic).await {
                let offsets = intake.offsets(topic).await?;
                let end = |part: &i32| bounds.get(part).map_or(0, |held| held.end);
                if let Some((part, next)) = offsets.into_iter().find(|(part, next)| *next > end(part)) {
                    return Err(ProjectError::OtherLog { topic, next, end: end(&part) });
                }
            }
        }
        let (stop, stopped) = watch::channel(false);
        let mut tasks = JoinSet::new();
        for topic in topics(city) {
            let (follower, stopped) = (Follower::new(log.clone(), intake.clone()), stopped.clone());
            tasks.spawn(async move { follower.follow(topic, stopped).await });
        }
        let publisher = Publisher::new(log, store);
        let running = publisher.clone();
        tasks.spawn(async move { running.run(stopped).await });
        Ok(Projection { stop, tasks, publisher })
    }

    /// Tells how many decisions wait for the log.
    pub fn publisher(&self) -> &Publisher {
        &self.publisher
    }

    /// Publishes what it can in a few seconds, and ends.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        let all = async { while self.tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(LAST_TRY, all).await.is_err() {
            tracing::warn!("the log does not answer; verdicts stay in the outbox until the next start");
            self.tasks.shutdown().await;
        }
    }
}
