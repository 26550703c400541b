//! What the store knows of cameras, on both databases.

use super::{NewSetting, Scope};
use crate::console::project::Intake;
use crate::console::testing::{candidate, on_both, put, stored};
use crate::log::Topic;
use crate::payload::{CameraState, CloudEvent, examples};

#[test]
fn a_cameras_health_candidates_and_edits_are_found_again() {
    on_both(|store| async move {
        let city = Scope::everything();
        let mut ours: Vec<_> = (1..4).map(candidate).collect();
        ours[2].camera = "c-other".into();
        put(&store, &ours).await;
        let camera = ours[0].camera.clone();
        let preset = ours[0].preset.clone();
        let waiting = store.waiting_by_camera(&city).await.expect("counted");
        assert_eq!((waiting[&camera], waiting["c-other"]), (2, 1));
        let newest = store.newest_pictures(&city).await.expect("found");
        assert_eq!(newest[&(camera.clone(), preset.clone())].candidate, ours[1].id.to_string());
        let since = ours[1].raised_at.event_time().0;
        let day = store.candidates_of_camera(&city, &camera, &preset, since, 10).await.expect("found");
        assert_eq!(day.iter().map(|c| c.id.clone()).collect::<Vec<_>>(), [ours[1].id.to_string()]);
        let elsewhere = Scope::of(["999999".to_owned()]);
        assert!(store.newest_pictures(&elsewhere).await.expect("found").is_empty());
        assert!(store.candidates_of_camera(&elsewhere, &camera, &preset, 0, 10).await.expect("found").is_empty());

        let mut health = examples::health();
        let first = CloudEvent::health("demo", health.clone());
        (health.state, health.since) = (CameraState::Stalled, examples::after_eight(900));
        let second = CloudEvent::health("demo", health.clone());
        let key = health.camera.clone();
        let records = [stored(Topic::Health, &key, 0, &first), stored(Topic::Health, &key, 1, &second)];
        let intake = Intake::new(store.clone());
        intake.take(Topic::Health, &records).await.expect("taken");
        let past = store.health_history(&key, 10).await.expect("found");
        assert_eq!(past.iter().map(|p| p.state.as_str()).collect::<Vec<_>>()[0], "stalled");
        assert_eq!(past.len(), 2);
        assert_eq!(store.camera_health().await.expect("found")[&key].state, CameraState::Stalled);

        let data = serde_json::json!({ "configuration": "abc" });
        for (n, note) in (1i64..).zip(["one", "two"]) {
            let setting = NewSetting { camera: &key, preset: "home", user: "u", who: "Sun", note, data: &data };
            assert_eq!(store.add_setting(&setting, n).await.expect("added"), n);
        }
        let edits = store.settings(&key, "home", 10).await.expect("found");
        assert_eq!(edits.iter().map(|e| e.note.as_str()).collect::<Vec<_>>(), ["two", "one"]);
    });
}
