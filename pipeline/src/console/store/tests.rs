//! Opening a store.

use super::{Sql, Store, StoreError, shown};
use crate::console::testing::on_both;
use std::os::unix::fs::PermissionsExt;

#[test]
fn a_store_that_was_made_by_a_later_version_is_refused() {
    on_both(|store| async move {
        let mut tx = store.begin().await.expect("begins");
        Sql::new("INSERT INTO migrations (name) VALUES ('9999_later')").run(&mut *tx).await.expect("written");
        tx.commit().await.expect("commits");
        let refused = super::migrate::migrate(&store).await;
        assert!(matches!(&refused, Err(StoreError::Newer { found, .. }) if found == "9999_later"), "{refused:?}");
    });
}

#[test]
fn a_store_that_is_up_to_date_is_opened_again_as_it_is() {
    on_both(|store| async move {
        let made = Sql::new("SELECT COUNT(*) FROM migrations").number(store.reader()).await.expect("counts");
        super::migrate::migrate(&store).await.expect("nothing to do");
        assert_eq!(Sql::new("SELECT COUNT(*) FROM migrations").number(store.reader()).await.expect("counts"), made);
    });
}

#[tokio::test]
async fn a_file_is_its_owners_only_and_its_folder_is_made() {
    let home = tempfile::tempdir().expect("a folder");
    let file = home.path().join("made here/console.db");
    let store = Store::open(&format!("sqlite:{}", file.display())).await.expect("opens");
    let mode = std::fs::metadata(&file).expect("there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    store.close().await;
}

#[tokio::test]
async fn an_address_that_leads_nowhere_is_refused_with_the_forms_there_are_and_without_its_password() {
    let home = tempfile::tempdir().expect("a folder");
    let below_a_file = home.path().join("file");
    std::fs::write(&below_a_file, "x").expect("written");
    let below = format!("sqlite:{}/console.db", below_a_file.display());
    for address in ["", "sqlite:", "mysql://u:hunter2@h/d", "postgres:h", "sqlite:a?mode=ro", &below] {
        let error = Store::open(address).await.expect_err(address).to_string();
        assert!(error.contains("sqlite:./data/console.db") && !error.contains("hunter2"), "{error}");
    }
    assert_eq!(shown("postgres://u:hunter2@h:5432/d?password=x"), "postgres://h:5432/d");
}
