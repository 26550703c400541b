//! People on both databases by the same questions.

use super::{NewUserRow, Scope, Sql, Store};
use crate::console::people::audit::{Act, Entry, Wanted};
use crate::console::people::{Role, User};
use crate::console::testing::on_both;
use operators::vocabulary::EventTime;

fn row(name: &str, districts: &[&str], oidc: Option<&str>) -> NewUserRow {
    let districts = districts.iter().map(|d| (*d).to_owned()).collect();
    NewUserRow { name: name.into(), password: None, role: Role::Reviewer, districts, oidc: oidc.map(str::to_owned) }
}

async fn user(store: &Store, name: &str) -> User {
    store.insert_user(row(name, &["320113", "320114"], None), EventTime(1)).await.expect("made")
}

#[test]
fn a_user_is_found_by_id_by_name_in_any_case_and_by_the_provider() {
    on_both(|store| async move {
        assert!(!store.has_users().await.expect("asked"));
        let li = user(&store, "Li.Wei").await;
        let zhao =
            store.insert_user(row("王芳", &[], Some("https://id.example#17")), EventTime(2)).await.expect("made");
        assert_eq!(store.user(&li.id).await.expect("asked"), Some(li.clone()));
        assert_eq!(store.user_by_name("lI.wEI").await.expect("asked"), Some(li.clone()));
        assert_eq!(store.user_by_oidc("https://id.example#17").await.expect("asked"), Some(zhao.clone()));
        assert_eq!(store.user_by_oidc("https://id.example#18").await.expect("asked"), None);
        assert!(store.insert_user(row("LI.WEI", &[], None), EventTime(3)).await.is_err(), "the name is taken");
        store.set_rights(&li.id, Role::Supervisor, &["320199".to_owned()]).await.expect("set");
        store.set_password(&li.id, "hash", EventTime(4)).await.expect("set");
        store.set_disabled(&li.id, true).await.expect("set");
        store.touch_user(&li.id, EventTime(5)).await.expect("set");
        let users = store.users().await.expect("asked");
        assert_eq!(users.len(), 2);
        let now = User {
            role: Role::Supervisor,
            districts: vec!["320199".into()],
            password: Some("hash".into()),
            disabled: true,
            last_sign_in: Some(EventTime(5)),
            ..li
        };
        assert_eq!(users[0], now);
    });
}

#[test]
fn sessions_end_one_by_one_all_but_one_and_by_age() {
    on_both(|store| async move {
        let li = user(&store, "li").await;
        for hash in ["a", "b", "c"] {
            store.insert_session(hash, &li.id, EventTime(10), EventTime(1000), "192.0.2.7").await.expect("kept");
        }
        store.touch_session("b", EventTime(500)).await.expect("noted");
        assert_eq!(store.session("b").await.expect("asked").expect("there").last_seen, EventTime(500));
        store.delete_session("a").await.expect("ended");
        assert!(store.session("a").await.expect("asked").is_none());
        store.forget_sessions(EventTime(600), EventTime(400)).await.expect("forgotten");
        assert!(store.session("c").await.expect("asked").is_none(), "idle");
        store.delete_sessions_of(&li.id, Some("b")).await.expect("ended");
        assert!(store.session("b").await.expect("asked").is_some(), "one's own stays");
        store.delete_sessions_of(&li.id, None).await.expect("ended");
        assert!(store.session("b").await.expect("asked").is_none());
    });
}

#[test]
fn of_two_who_use_a_link_one_is_told_yes() {
    on_both(|store| async move {
        let li = user(&store, "li").await;
        store.insert_link("first", None, EventTime(1), EventTime(100)).await.expect("kept");
        store.insert_link("own", Some(&li.id), EventTime(1), EventTime(100)).await.expect("kept");
        assert_eq!(store.link("first", EventTime(50)).await.expect("asked"), Some(None));
        assert_eq!(store.link("own", EventTime(50)).await.expect("asked"), Some(Some(li.id.clone())));
        assert_eq!(store.link("own", EventTime(100)).await.expect("asked"), None, "too old");
        let both = tokio::join!(store.take_link("own", EventTime(50)), store.take_link("own", EventTime(50)));
        assert_ne!(both.0.expect("asked"), both.1.expect("asked"));
        assert_eq!(store.link("own", EventTime(50)).await.expect("asked"), None, "used up");
        store.forget_links(None).await.expect("forgotten");
        assert_eq!(store.link("first", EventTime(50)).await.expect("asked"), None);
    });
}

#[test]
fn the_audit_log_is_read_in_pages_both_ways_and_is_never_changed() {
    on_both(|store| async move {
        for n in 0..7 {
            let (act, who) = if n % 2 == 0 { (Act::SignIn, "li") } else { (Act::Refused, "wang") };
            let entry = Entry::new(act, &format!("line {n}\0"), "").named(who);
            store.append_audit(entry, EventTime(n)).await.expect("written");
        }
        let page = |wanted: Wanted| {
            let store = store.clone();
            async move { store.audit_page(&wanted, 3).await.expect("read") }
        };
        let first = page(Wanted::default()).await;
        assert_eq!(first.iter().map(|line| line.at).collect::<Vec<_>>(), [6, 5, 4]);
        let next = page(Wanted { before: Some(first[2].id.clone()), ..Wanted::default() }).await;
        assert_eq!(next.iter().map(|line| line.at).collect::<Vec<_>>(), [3, 2, 1]);
        let refused = page(Wanted { acts: vec!["refused".into()], who: "wang".into(), ..Wanted::default() }).await;
        assert_eq!(refused.iter().map(|line| line.at).collect::<Vec<_>>(), [5, 3, 1]);
        let from_start = store.audit_after("", 100).await.expect("read");
        assert_eq!(from_start.iter().map(|line| line.at).collect::<Vec<_>>(), [0, 1, 2, 3, 4, 5, 6]);
        for statement in ["UPDATE audit SET user_name = 'x'", "DELETE FROM audit"] {
            let mut tx = store.begin().await.expect("begun");
            assert!(Sql::new(statement).run(&mut *tx).await.is_err(), "{statement}");
        }
        assert_eq!(store.audit_after("", 100).await.expect("read").len(), 7);
    });
}

#[test]
fn cameras_of_other_districts_are_not_listed() {
    on_both(|store| async move {
        let mut tx = store.begin().await.expect("begun");
        for (id, district) in [("c-1", "320113"), ("c-2", "320199")] {
            let mut sql = Sql::new("INSERT INTO cameras (id, name, grid, district, lon, lat, preset) VALUES ");
            sql.row([id.into(), id.into(), "".into(), district.into(), 118.0.into(), 32.0.into(), "home".into()]);
            sql.run(&mut *tx).await.expect("written");
        }
        tx.commit().await.expect("committed");
        let seen = store.cameras(&Scope::of(["320199".to_owned()])).await.expect("asked");
        assert_eq!(seen.iter().map(|camera| camera.id.as_str()).collect::<Vec<_>>(), ["c-2"]);
        assert_eq!(store.cameras(&Scope::everything()).await.expect("asked").len(), 2);
        assert_eq!(store.cameras_online().await.expect("asked"), (0, 0));
        assert_eq!(store.outbox_waiting().await.expect("asked"), (0, None));
    });
}
