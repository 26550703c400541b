//! A reviewer's day in headless Chromium, from the one-time link to the logout, with pictures to look at in
//! `target/console/`.

use std::path::{Path, PathBuf};
use streetwatch_tests::binary::{topic, workspace};
use streetwatch_tests::browser::Browser;
use streetwatch_tests::desk::Desk;
use streetwatch_tests::media;

const PASSWORD: &str = "correct horse battery";

fn pictures() -> PathBuf {
    workspace().join("target/console")
}

fn set_password(browser: &Browser, link: &str, name: Option<&str>) {
    browser.open(link);
    if let Some(name) = name {
        browser.write("#name", name);
    }
    browser.write("#password", PASSWORD);
    browser.write("#again", PASSWORD);
    browser.click_away("main button.primary");
    browser.find("#list, .empty");
}

fn log_out(browser: &Browser) {
    browser.click(".me summary");
    browser.click_away("#logout");
    browser.find("#password");
}

fn log_in(browser: &Browser, base: &str, name: &str) {
    browser.open(&format!("{base}/login"));
    browser.write("#name", name);
    browser.write("#password", PASSWORD);
    browser.click_away("main button.primary");
}

/// Makes a user by the page and sets their password by the link it shows.
fn make_user(browser: &Browser, base: &str, name: &str, role: &str) -> String {
    browser.open(&format!("{base}/users"));
    browser.write("#name", name);
    browser.run(&format!("document.querySelector('#role').value = '{role}'"));
    browser.click_away("section form[action='/users'] button");
    browser.find("#link");
    browser.run("return document.querySelector('#link').value").as_str().expect("a link").to_owned()
}

#[test]
fn a_reviewers_day() {
    let Some(browser) = Browser::start("en").filter(|_| media::available()) else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let mut desk = Desk::start(folder.path(), 30);
    let (base, shots) = (desk.base.clone(), pictures());
    let shot = |name: &str| browser.picture(&shots, name);

    // The first administrator, and a reviewer.
    let welcome = desk.welcome();
    browser.open(&welcome);
    shot("01-welcome");
    set_password(&browser, &welcome, Some("admin"));
    let link = make_user(&browser, &base, "li.wei", "reviewer");
    shot("02-users");
    log_out(&browser);
    set_password(&browser, &link, None);

    // Filter, then decide twenty by keyboard.
    browser.wait("thirty that wait", "return document.querySelectorAll('[data-row]').length === 30");
    shot("03-queue");
    browser.open(&format!("{base}/queue?rule=street-vending"));
    assert_eq!(browser.run("return document.querySelectorAll('[data-row]').length"), 15);
    browser.keys("jo");
    browser.find("#decide");
    shot("04-candidate");
    browser.keys("?");
    browser.find("#help[open]");
    shot("05-help");
    browser.click("#help button");
    for n in 0..10 {
        browser.find("#decide .confirm");
        if n % 2 == 0 {
            browser.keys_away("c");
        } else {
            browser.keys("r");
            browser.find("details.menu[open] .sheet");
            if n == 1 {
                shot("06-reasons");
            }
            browser.keys_away("1");
        }
    }
    assert!(browser.url().contains("rule=street-vending"), "the filter stays: {}", browser.url());
    browser.open(&format!("{base}/queue?rule=illegal-parking"));
    browser.keys("jo");
    for _ in 0..10 {
        browser.find("#decide .confirm");
        browser.keys_away("c");
    }

    // Undo the last one: it waits again.
    browser.keys_away("u");
    browser.wait("the button to confirm", "return document.querySelector('#decide .confirm') !== null");
    assert!(browser.text().contains("Undone"), "{}", browser.text());
    shot("07-undone");
    browser.keys_away("c");

    // Merge two from the queue.
    browser.open(&format!("{base}/queue"));
    assert_eq!(browser.run("return document.querySelectorAll('[data-row]').length"), 10);
    browser.keys("jxjx");
    browser.find("#bulk:not([hidden])");
    shot("08-selected");
    browser.keys_away("m");
    browser.wait("nine that wait", "return document.querySelectorAll('[data-row]').length === 9");

    // A comment with a script in it stays text.
    browser.keys("jo");
    browser.find("#decide");
    browser.keys("n");
    browser.write("#text", "<script>document.title = 'owned'</script> 请复核");
    browser.click_away("#comment button.primary");
    assert!(browser.text().contains("<script>document.title"), "{}", browser.text());
    assert!(!browser.run("return document.title").as_str().unwrap_or_default().contains("owned"));
    shot("09-comment");

    // Something new waits behind a button; the list does not jump.
    browser.open(&format!("{base}/queue?state=confirmed"));
    let rows = browser.run("return document.querySelectorAll('[data-row]').length");
    let report = "const answer = await fetch('/api/v1/missed', {method: 'POST', headers: {'content-type': 'application/json', \
                  'x-csrf-token': document.querySelector('meta[name=csrf]').content}, body: JSON.stringify({id: crypto.randomUUID(), \
                  camera: 'c-001', rule: 'illegal-parking', class_code: '09009', at: Date.now() - 60000, bbox: [0.1, 0.1, 0.2, 0.2]})}); \
                  return answer.status";
    assert_eq!(browser.run(&format!("return (async () => {{ {report} }})()")), 200);
    browser.wait("the button", "return !document.querySelector('#fresh').hidden");
    assert_eq!(browser.run("return document.querySelectorAll('[data-row]').length"), rows);
    shot("10-new");
    browser.click_away("#fresh");
    browser.wait("one more", &format!("return document.querySelectorAll('[data-row]').length === {rows} + 1"));

    // In the other tongue, in the dark, and on a phone.
    browser.open(&format!("{base}/queue"));
    browser.click_away(".me button[name=lang]");
    browser.wait("Chinese", "return document.documentElement.lang === 'zh-CN'");
    shot("10-queue-zh");
    browser.click_away(".me button[name=theme]");
    browser.click_away(".me button[name=theme]");
    browser.wait("the dark", "return document.documentElement.dataset.theme === 'dark'");
    browser.keys("jo");
    browser.find("#decide");
    shot("11-candidate-zh-dark");
    browser.size(390, 844);
    shot("12-candidate-phone");
    let wide = "return document.documentElement.scrollWidth <= document.documentElement.clientWidth";
    browser.wait("a page no wider than the phone", wide);
    browser.open(&format!("{base}/queue"));
    shot("13-queue-phone");
    browser.wait("a page no wider than the phone", wide);
    browser.size(1366, 768);
    // Everything of a decision is on one screen.
    browser.open(&format!("{base}/queue"));
    browser.keys("jo");
    browser.find("#decide");
    browser.wait("one screen", "return document.documentElement.scrollHeight <= 768");
    log_out(&browser);

    // Supervision: precision, the dataset, the audit log.
    log_in(&browser, &base, "admin");
    browser.open(&format!("{base}/feedback?days=365"));
    browser.wait("precision", "return document.querySelectorAll('tbody tr .badge').length > 0");
    shot("14-feedback-zh");
    let export = "const r = await fetch('/feedback/dataset.tar?days=365'); const b = await r.arrayBuffer(); return [r.status, b.byteLength]";
    let export = browser.run(&format!("return (async () => {{ {export} }})()"));
    assert_eq!(export[0], 200);
    assert!(export[1].as_u64().is_some_and(|bytes| bytes > 1024), "{export}");
    browser.open(&format!("{base}/audit"));
    shot("15-audit-zh");
    browser.open(&format!("{base}/no-such-page"));
    shot("16-not-found-zh");
    let complaints: Vec<String> =
        browser.complaints().into_iter().filter(|line| !line.contains("no-such-page")).collect();
    assert_eq!(complaints, Vec::<String>::new());
    log_out(&browser);
    browser.open(&format!("{base}/queue"));
    browser.find("#password");
    shot("17-login-zh");

    // What was decided is on the topic, each verdict once.
    let verdicts = topic(&desk.log, "verdicts");
    let of = |action: &str| verdicts.iter().filter(|verdict| verdict["action"] == action).count();
    assert_eq!((of("confirm"), of("reject"), of("undo"), of("merge"), of("comment")), (16, 5, 1, 1, 1));
    let mut ids: Vec<&str> = verdicts.iter().filter_map(|verdict| verdict["id"].as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), verdicts.len(), "no verdict twice");
    assert!(Path::new(&shots).join("04-candidate.png").exists());
}
